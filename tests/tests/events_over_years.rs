//! What was stored years ago is read by the program of today, or said to be unreadable.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{convert::Infallible, error::Error};

use cqrs::{
    Aggregate, App, Append, Apply, AskError, Command, CommandId, Context, Decide, DecodeReason,
    DispatchError, Event, EventHandler, EventQuery, Events, Expected, Handler, HandlerContext,
    HandlerError, Memory, Metadata, NewEvent, Position, Query, QueryHandler, Range, ReadViewError,
    Recorded, Store, StreamId, View, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};

/// Version 1 had one name for everything, version 2 two names, version 3 has an address too.
#[derive(Event, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[event(
    name = "customers.registered",
    formerly("CustomerRegistered", "CustomerCreated"),
    version = 3,
    upcast(1 = RegisteredV1, 2 = RegisteredV2)
)]
struct Registered {
    given: String,
    family: String,
    email: Option<String>,
}

// Old shapes need no more than to be read.

#[derive(Deserialize)]
struct RegisteredV1 {
    name: String,
}

#[derive(Deserialize)]
struct RegisteredV2 {
    given: String,
    family: String,
}

impl From<RegisteredV1> for RegisteredV2 {
    fn from(old: RegisteredV1) -> Self {
        let (given, family) = old.name.split_once(' ').unwrap_or((&old.name, ""));
        Self {
            given: given.to_owned(),
            family: family.to_owned(),
        }
    }
}

impl From<RegisteredV2> for Registered {
    fn from(old: RegisteredV2) -> Self {
        Self {
            given: old.given,
            family: old.family,
            email: None,
        }
    }
}

#[derive(Event, Serialize, Deserialize)]
struct Greeted;

#[derive(Aggregate, View, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Registered, Greeted))]
struct Customer {
    name: String,
    email: Option<String>,
    greetings: u32,
}

impl Apply<Registered> for Customer {
    fn apply(&mut self, event: &Registered) {
        self.name = format!("{} {}", event.given, event.family);
        self.email.clone_from(&event.email);
    }
}

impl Apply<Greeted> for Customer {
    fn apply(&mut self, _: &Greeted) {
        self.greetings += 1;
    }
}

/// Answers whom it has greeted.
#[derive(Command)]
#[command(aggregate = Customer, upsert, output = String, local)]
struct Greet {
    #[id]
    customer: String,
}

impl Decide<Greet> for Customer {
    fn decide(&self, _: &Greet, cx: &mut Context<'_, Self>) -> Result<String, Infallible> {
        cx.emit(Greeted);
        Ok(self.name.clone())
    }
}

#[derive(Query)]
#[query(view = Customer, local)]
struct GetCustomer {
    #[id]
    customer: String,
}

#[derive(Query)]
#[query(handler = Registrations, output = Vec<Registered>, local)]
struct AllRegistered;

/// Reads the log itself, and follows it too.
#[derive(Handler)]
#[handler(name = "registrations", events(Registered), from = beginning)]
struct Registrations {
    events: Events,
    followed: tokio::sync::mpsc::UnboundedSender<Registered>,
}

impl QueryHandler<AllRegistered> for Registrations {
    async fn handle(
        &self,
        _: AllRegistered,
        _: &HandlerContext,
    ) -> Result<Vec<Registered>, HandlerError> {
        let query = EventQuery::all().event::<Registered>();
        let range = Range::after(Position::START);
        let page = self.events.read(&query, range).await?;
        let registered: Result<Vec<_>, _> = page
            .of::<Registered>()
            .map(|event| event.map(|event| event.event().clone()))
            .collect();
        Ok(registered?)
    }
}

impl EventHandler<Registered> for Registrations {
    async fn handle(
        &self,
        event: &Recorded<Registered>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        Ok(self.followed.send(event.event().clone())?)
    }
}

type Followed = tokio::sync::mpsc::UnboundedReceiver<Registered>;

async fn app(store: impl Store) -> (App, Followed) {
    let (sender, followed) = tokio::sync::mpsc::unbounded_channel();
    let app = App::builder(store).provide(sender).start().await.unwrap();
    (app, followed)
}

/// Stores an event as a program of another year did.
async fn stored(store: &dyn Store, customer: &str, name: &'static str, version: u32, json: &str) {
    let event = NewEvent {
        id: CommandId::from_key(&format!("{customer} {name} {version} {json}")).event(0),
        name: name.into(),
        version,
        payload: json.to_owned().into(),
        tags: Vec::new(),
        metadata: Metadata::new(),
    };
    let stream = StreamId::new("Customer", customer).unwrap();
    let append = Append::new().stream(stream, Expected::Any, [event]);
    store.append(append).await.unwrap();
}

fn registered(given: &str, family: &str, email: Option<&str>) -> Registered {
    Registered {
        given: given.into(),
        family: family.into(),
        email: email.map(Into::into),
    }
}

async fn every_version_is_read_everywhere(store: impl Store + Clone) {
    for (customer, name, version, json) in [
        ("ada", "CustomerCreated", 1, r#"{"name":"Ada Lovelace"}"#),
        (
            "bob",
            "CustomerRegistered",
            2,
            r#"{"given":"Bob","family":"Marley"}"#,
        ),
        (
            "cy",
            "customers.registered",
            3,
            r#"{"given":"Cy","family":"Young","email":"cy@example.com"}"#,
        ),
        // What is not known of it is left aside, as with serde.
        (
            "dee",
            "customers.registered",
            2,
            r#"{"given":"Dee","family":"Dee","shoe":7}"#,
        ),
    ] {
        stored(&store, customer, name, version, json).await;
    }
    let (app, mut followed) = app(store).await;

    let mut expected = Vec::new();
    for (customer, given, family, email) in [
        ("ada", "Ada", "Lovelace", None),
        ("bob", "Bob", "Marley", None),
        ("cy", "Cy", "Young", Some("cy@example.com")),
        ("dee", "Dee", "Dee", None),
    ] {
        let name = format!("{given} {family}");
        let customer = || customer.to_owned();
        let greet = Greet {
            customer: customer(),
        };
        assert_eq!(app.dispatch(greet).await.unwrap().output, name);
        let get = GetCustomer {
            customer: customer(),
        };
        let expected_view = Customer {
            name,
            email: email.map(Into::into),
            greetings: 1,
        };
        assert_eq!(app.ask(get).await.unwrap(), Some(expected_view));
        let event = registered(given, family, email);
        assert_eq!(followed.recv().await, Some(event.clone()));
        expected.push(event);
    }
    assert_eq!(app.ask(AllRegistered).await.unwrap(), expected);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn events_of_every_version_and_name_are_read_by_all_who_follow_them() {
    every_version_is_read_everywhere(Memory::new()).await;
}

#[tokio::test]
async fn events_of_every_version_and_name_are_read_by_all_who_follow_them_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db")).unwrap();
    every_version_is_read_everywhere(store).await;
}

/// What somebody reads of an error: its text, and those of its causes.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

async fn unreadable(name: &'static str, version: u32, json: &str) -> (DecodeReason, String) {
    let store = Memory::new();
    stored(&store, "eve", name, version, json).await;
    let (app, _followed) = app(store).await;
    let greet = |customer: &str| Greet {
        customer: customer.into(),
    };

    let error = app.dispatch(greet("eve")).await.unwrap_err();
    // Nobody else is concerned.
    app.dispatch(greet("ada")).await.unwrap();
    let text = chain(&error);
    match error {
        DispatchError::Unreadable(error) => {
            assert_eq!((&*error.name, error.version), (name, version));
            (error.reason, text)
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_version_of_tomorrow_is_unreadable() {
    let (reason, text) = unreadable("customers.registered", 4, "{}").await;
    assert!(
        matches!(reason, DecodeReason::Version { known: 3 }),
        "{text}"
    );
    assert_eq!(
        text,
        "event `customers.registered` version 4 at position 1 (Customer `eve`) cannot be read: \
         the program knows this event up to version 3: \
         a newer version wants a newer program, an older one an upcaster"
    );
}

#[tokio::test]
async fn a_name_that_nobody_has_any_more_is_unreadable() {
    let (reason, text) = unreadable("CustomerArrived", 1, "{}").await;
    assert!(matches!(reason, DecodeReason::Name { .. }), "{text}");
    assert_eq!(
        text,
        "event `CustomerArrived` version 1 at position 1 (Customer `eve`) cannot be read: \
         no event of this name belongs to `Customer`: an event that was renamed keeps its old name by `formerly(\"..\")`"
    );
}

#[tokio::test]
async fn a_payload_that_never_had_this_shape_is_unreadable() {
    let (reason, text) = unreadable("CustomerRegistered", 1, r#"{"nom":"Eve"}"#).await;
    assert!(matches!(reason, DecodeReason::Payload(_)), "{text}");
    assert!(
        text.ends_with(
            "its payload does not fit the type: missing field `name` at line 1 column 13"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn one_unreadable_event_holds_back_its_own_document_and_stream_and_is_listed() {
    let store = Memory::new();
    stored(&store, "eve", "customers.registered", 9, "{}").await;
    stored(&store, "ada", "CustomerCreated", 1, r#"{"name":"Ada L"}"#).await;
    let (app, mut followed) = app(store).await;
    let get = |customer: &str| GetCustomer {
        customer: customer.into(),
    };

    assert_eq!(
        followed.recv().await,
        Some(registered("Ada", "L", None)),
        "the handler goes on"
    );
    let ada = app.ask(get("ada")).await.unwrap();
    assert_eq!(ada.unwrap().name, "Ada L");
    let parked = app.ask(get("eve")).await.unwrap_err();
    let AskError::View(ReadViewError::Parked { view, key, .. }) = &parked else {
        panic!("{parked}");
    };
    assert_eq!((view.as_str(), key.as_str()), ("Customer", "eve"));

    let parked = app.parked().await.unwrap();
    let names: Vec<_> = parked.iter().map(|parked| parked.name.as_str()).collect();
    assert_eq!(names, ["Customer", "registrations"]);
    for parked in parked {
        assert!(
            parked.error.contains("version 9"),
            "it says why: {}",
            parked.error
        );
    }
}
