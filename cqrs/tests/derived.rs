//! What the derives make of a program: names, routes, places, upcasting, tags, creation.

#![cfg(all(feature = "macros", feature = "inventory"))]

use std::collections::HashMap;

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, Context, Creation, Decide, DecidedBy,
    DecodeReason, DispatchError, Event, Handler, HandlerContext, HandlerError, Memory, Project,
    Query, QueryHandler, Recorded, Tags, View, Views,
    app::{MessageKind, RouteInfo},
};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = AccountAggregate, create)]
struct OpenCommand {
    #[id]
    id: u64,
    owner: Option<String>,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = AccountAggregate)]
struct Close {
    #[id]
    id: u64,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = AccountAggregate, upsert, name = "accounts.touch", output = usize)]
struct Touch {
    #[id]
    id: u64,
}

/// A contract: the aggregate claims it.
#[derive(Command, Serialize, Deserialize)]
#[command(output = u64, error = String)]
struct Audit {
    #[id]
    id: u64,
}

/// A contract: the handler claims it.
#[derive(Command, Serialize, Deserialize)]
struct Remind;

#[derive(Command)]
#[command(handler = ServiceHandler, local)]
struct Here {
    reply: HashMap<u8, fn() -> u8>,
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = AccountView)]
struct GetAccountQuery {
    #[id]
    id: u64,
}

#[derive(Query, Serialize, Deserialize)]
#[query(output = usize)]
struct CountAccounts;

#[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
#[event(version = 3, formerly("AccountOpened", "Begun"), upcast(2 = OpenedV2, 1 = OpenedV1))]
struct OpenedEvent {
    #[tag(name = "by")]
    owner: String,
    #[tag]
    branch: u16,
}

#[derive(Deserialize)]
struct OpenedV1 {
    first: String,
    last: String,
}

#[derive(Deserialize)]
struct OpenedV2 {
    owner: String,
}

impl From<OpenedV1> for OpenedV2 {
    fn from(old: OpenedV1) -> Self {
        Self {
            owner: format!("{} {}", old.first, old.last),
        }
    }
}

impl From<OpenedV2> for OpenedEvent {
    fn from(old: OpenedV2) -> Self {
        Self {
            owner: old.owner,
            branch: 1,
        }
    }
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "accounts.closed")]
struct Closed;

#[derive(Aggregate, Default, Serialize, Deserialize)]
#[aggregate(
    events(OpenedEvent, Closed),
    id = u64,
    commands(Audit),
    snapshot(version = 4, every = 10)
)]
struct AccountAggregate {
    open: bool,
}

impl Apply<OpenedEvent> for AccountAggregate {
    fn apply(&mut self, _: &OpenedEvent) {
        self.open = true;
    }
}

impl Apply<Closed> for AccountAggregate {
    fn apply(&mut self, _: &Closed) {
        self.open = false;
    }
}

type Decided<T> = Result<T, std::convert::Infallible>;

impl Decide<OpenCommand> for AccountAggregate {
    fn decide(&self, command: &OpenCommand, cx: &mut Context<'_, Self>) -> Decided<()> {
        cx.emit(OpenedEvent {
            owner: command.owner.clone().unwrap_or_else(|| "nobody".to_owned()),
            branch: 7,
        });
        Ok(())
    }
}

impl Decide<Close> for AccountAggregate {
    fn decide(&self, _: &Close, cx: &mut Context<'_, Self>) -> Decided<()> {
        cx.emit(Closed);
        Ok(())
    }
}

impl Decide<Touch> for AccountAggregate {
    fn decide(&self, _: &Touch, _: &mut Context<'_, Self>) -> Decided<usize> {
        Ok(usize::from(self.open))
    }
}

impl Decide<Audit> for AccountAggregate {
    fn decide(&self, command: &Audit, _: &mut Context<'_, Self>) -> Result<u64, String> {
        Ok(command.id)
    }
}

#[derive(View, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(OpenedEvent), key = u64, version = 2)]
struct AccountView {
    #[index]
    owner: String,
}

impl Project<OpenedEvent> for AccountView {
    fn project(_: Option<Self>, _: &u64, event: &Recorded<OpenedEvent>) -> Option<Self> {
        Some(Self {
            owner: event.owner.clone(),
        })
    }
}

#[derive(Handler)]
#[handler(commands(Remind), queries(CountAccounts))]
struct ServiceHandler {
    accounts: Views<AccountView>,
    #[inject(default)]
    extra: usize,
    greeting: &'static str,
}

impl CommandHandler<Remind> for ServiceHandler {
    async fn handle(&self, _: Remind, _: &HandlerContext) -> Result<(), HandlerError> {
        if self.greeting == "hello" {
            Ok(())
        } else {
            Err(HandlerError::permanent("another greeting was injected"))
        }
    }
}

impl CommandHandler<Here> for ServiceHandler {
    async fn handle(&self, command: Here, _: &HandlerContext) -> Result<(), HandlerError> {
        drop(command.reply);
        Ok(())
    }
}

impl QueryHandler<CountAccounts> for ServiceHandler {
    async fn handle(&self, _: CountAccounts, _: &HandlerContext) -> Result<usize, HandlerError> {
        Ok(usize::try_from(self.accounts.count().await?)? + self.extra)
    }
}

async fn app() -> App {
    App::builder(Memory::new())
        .provide("hello")
        .start()
        .await
        .expect("the program is wired")
}

#[tokio::test]
async fn every_type_can_be_registered_by_hand() {
    let app = App::builder(Memory::new())
        .without_auto_registration()
        .command::<OpenCommand>()
        .event::<OpenedEvent>()
        .event::<Closed>()
        .aggregate::<AccountAggregate>()
        .command::<Audit>()
        .view::<AccountView>()
        .query::<GetAccountQuery>()
        .query::<CountAccounts>()
        .command::<Remind>()
        .handler::<ServiceHandler>()
        .provide("hello")
        .start()
        .await
        .expect("the list is whole");

    app.dispatch(OpenCommand { id: 1, owner: None })
        .await
        .expect("it is not there yet");
    app.dispatch(Audit { id: 1 }).await.expect("it is claimed");
    assert_eq!(app.ask(CountAccounts).await.expect("it is claimed"), 1);
    assert_eq!(app.catalog().entries().len(), 10);
}

#[test]
fn names_leave_out_the_word_of_their_kind() {
    assert_eq!(<OpenCommand as Command>::NAME, "Open");
    assert_eq!(<Touch as Command>::NAME, "accounts.touch");
    assert_eq!(<GetAccountQuery as Query>::NAME, "GetAccount");
    assert_eq!(<OpenedEvent as Event>::NAME, "Opened");
    assert_eq!(<Closed as Event>::NAME, "accounts.closed");
    assert_eq!(<AccountAggregate as Aggregate>::NAME, "Account");
    assert_eq!(<AccountView as View>::NAME, "Account");
    assert_eq!(<ServiceHandler as Handler>::NAME, "Service");
}

#[test]
fn creation_is_as_the_command_says() {
    assert_eq!(
        <OpenCommand as DecidedBy<AccountAggregate>>::CREATION,
        Creation::Create
    );
    assert_eq!(
        <Close as DecidedBy<AccountAggregate>>::CREATION,
        Creation::Update
    );
    assert_eq!(
        <Touch as DecidedBy<AccountAggregate>>::CREATION,
        Creation::Upsert
    );
    assert_eq!(
        <Audit as DecidedBy<AccountAggregate>>::CREATION,
        Creation::Update
    );
}

#[test]
fn older_versions_are_read_step_by_step() {
    let current = |owner: &str, branch| OpenedEvent {
        owner: owner.to_owned(),
        branch,
    };

    let first = OpenedEvent::decode(1, br#"{"first":"Jane","last":"Doe"}"#);
    let second = OpenedEvent::decode(2, br#"{"owner":"Jane Doe"}"#);
    let third = OpenedEvent::decode(3, br#"{"owner":"Jane Doe","branch":4}"#);

    assert_eq!(first.expect("it is version 1"), current("Jane Doe", 1));
    assert_eq!(second.expect("it is version 2"), current("Jane Doe", 1));
    assert_eq!(third.expect("it is version 3"), current("Jane Doe", 4));
}

#[test]
fn what_no_version_fits_is_an_error() {
    let newer = OpenedEvent::decode(4, b"{}");
    let broken = OpenedEvent::decode(1, br#"{"owner":"Jane Doe"}"#);

    assert!(matches!(newer, Err(DecodeReason::Version { known: 3 })));
    assert!(matches!(broken, Err(DecodeReason::Payload(_))));
    assert_eq!(OpenedEvent::FORMERLY, ["AccountOpened", "Begun"]);
}

#[test]
fn tags_are_named_after_their_fields_or_as_said() {
    let mut tags = Tags::default();
    let event = OpenedEvent {
        owner: "jane".to_owned(),
        branch: 7,
    };
    event.tags(&mut tags);

    let tags = format!("{tags:?}");
    assert!(
        tags.contains("by:jane") && tags.contains("branch:7"),
        "{tags}"
    );
}

#[test]
fn a_key_is_read_from_an_id() {
    assert_eq!(<AccountView as View>::key_of_stream("7"), Some(7));
    assert_eq!(<AccountView as View>::key_of_stream("seven"), None);
}

#[tokio::test]
async fn every_route_is_taken() {
    let app = app().await;

    let open = || OpenCommand { id: 7, owner: None };
    app.dispatch(open()).await.expect("it is not there yet");
    let again = app.dispatch(open()).await;
    let missing = app.dispatch(Close { id: 8 }).await;
    let touched = app.dispatch(Touch { id: 9 }).await.expect("either will do");
    let audited = app.dispatch(Audit { id: 7 }).await.expect("it is there");
    app.dispatch(Remind)
        .await
        .expect("the greeting was provided");
    app.dispatch(Here {
        reply: HashMap::new(),
    })
    .await
    .expect("it is here");

    assert!(
        matches!(again, Err(DispatchError::AlreadyExists { .. })),
        "{again:?}"
    );
    assert!(
        matches!(missing, Err(DispatchError::NotFound { .. })),
        "{missing:?}"
    );
    assert_eq!(touched.into_output(), 0);
    assert_eq!(audited.into_output(), 7);
    assert_eq!(app.ask(CountAccounts).await.expect("it is claimed"), 1);
    let account = app.ask(GetAccountQuery { id: 7 }).await;
    assert_eq!(
        account
            .expect("the view follows")
            .expect("it is there")
            .owner,
        "nobody"
    );
}

#[tokio::test]
async fn the_catalog_knows_every_type_and_its_place() {
    let app = app().await;
    let catalog = app.catalog();
    let place = |kind, name: &str| {
        let entry = catalog.get(kind, name).expect("it was derived");
        (entry.place.line(), entry.place.column())
    };
    let source = include_str!("derived.rs");
    let written = |text: &str, word: &str| {
        let (line, found) = (1..)
            .zip(source.lines())
            .find(|(_, line)| line.contains(text))
            .expect("it is in this file");
        let column = found.find(word).expect("it is in the line") + 1;
        (line, u32::try_from(column).expect("lines are short"))
    };

    for (kind, name, text, word) in [
        (
            MessageKind::Command,
            "Open",
            "struct OpenCommand",
            "OpenCommand",
        ),
        (
            MessageKind::Query,
            "GetAccount",
            "struct GetAccountQuery",
            "GetAccountQuery",
        ),
        (
            MessageKind::Event,
            "Opened",
            "struct OpenedEvent",
            "OpenedEvent",
        ),
        (
            MessageKind::Aggregate,
            "Account",
            "struct AccountAggregate",
            "AccountAggregate",
        ),
        (
            MessageKind::View,
            "Account",
            "struct AccountView",
            "AccountView",
        ),
        (
            MessageKind::Handler,
            "Service",
            "struct ServiceHandler",
            "ServiceHandler",
        ),
    ] {
        assert_eq!(place(kind, name), written(text, word), "{name}");
    }
    let open = catalog
        .get(MessageKind::Command, "Open")
        .expect("it was derived");
    let fields: Vec<_> = open
        .fields
        .iter()
        .map(|it| (it.name, it.type_name))
        .collect();
    assert_eq!(fields, [("id", "u64"), ("owner", "Option<String>")]);
    let owner = open.fields[1].place;
    assert_eq!(
        (owner.line(), owner.column()),
        written("owner: Option<String>,", "owner")
    );
    assert!(owner.file().ends_with("derived.rs"));
}

#[tokio::test]
async fn the_catalog_knows_routes_and_what_is_local() {
    let app = app().await;
    let catalog = app.catalog();
    let command = |name| {
        catalog
            .get(MessageKind::Command, name)
            .expect("it was derived")
    };

    assert_eq!(
        command("Open").route,
        Some(RouteInfo::Aggregate("AccountAggregate"))
    );
    assert_eq!(command("Audit").route, Some(RouteInfo::Contract));
    assert_eq!(
        command("Here").route,
        Some(RouteInfo::Handler("ServiceHandler"))
    );
    assert!(command("Open").by_name);
    assert!(!command("Here").by_name);
    let field = command("Here").fields[0];
    assert_eq!(field.type_name, "HashMap<u8, fn() -> u8>");
}

#[tokio::test]
async fn a_missing_resource_is_a_fault_at_its_field() {
    let fault = App::builder(Memory::new())
        .start()
        .await
        .expect_err("nobody provided a greeting")
        .to_string();

    let line = (1..)
        .zip(include_str!("derived.rs").lines())
        .find_map(|(line, text)| text.contains("greeting: &'static str").then_some(line))
        .expect("it is in this file");
    assert!(fault.contains(&format!("derived.rs:{line}:5")), "{fault}");
    assert!(!fault.contains("extra"), "{fault}");
}
