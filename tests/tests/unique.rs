//! Rules across aggregates: by tags, conditions and expected revisions, in the hands of a service.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use cqrs::{
    Aggregate, App, AppendError, AppendEventsError, Apply, Command, CommandHandler, CommandId,
    Event, EventQuery, Events, Expected, Handler, HandlerContext, HandlerError, Memory, Metadata,
    Position, Range, Revision, Store, Tag, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

#[derive(Event, Debug, Serialize, Deserialize)]
#[event(formerly("SignedUp"))]
struct Registered {
    #[tag]
    email: String,
}

#[derive(Event, Debug, PartialEq, Serialize, Deserialize)]
struct Moved {
    cents: i64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Registered, Moved))]
struct Account;

impl Apply<Registered> for Account {
    fn apply(&mut self, _: &Registered) {}
}

impl Apply<Moved> for Account {
    fn apply(&mut self, _: &Moved) {}
}

#[derive(Command)]
#[command(handler = Registry, local)]
struct Register {
    id: String,
    email: String,
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is taken")]
struct Taken(String);

#[derive(Handler)]
struct Registry {
    events: Events,
}

impl CommandHandler<Register> for Registry {
    async fn handle(&self, command: Register, cx: &HandlerContext) -> Result<(), HandlerError> {
        let Register { id, email } = command;
        let taken = EventQuery::all()
            .event::<Registered>()
            .tag(Tag::new("email", &email)?);
        let known = self.events.read(&taken, Range::backward().limit(1)).await?;
        if !known.is_empty() {
            return Err(Taken(email).into());
        }
        let registered = Registered {
            email: email.clone(),
        };
        let append = self
            .events
            .append()
            .within(cx)
            .to::<Account>(&id, Expected::NoStream, [registered])
            .only_if_none(taken, known.head());
        match append.commit().await {
            Err(AppendEventsError::Append(AppendError::ConditionFailed { .. })) => {
                Err(Taken(email).into())
            }
            other => {
                other?;
                Ok(())
            }
        }
    }
}

/// Gives the log itself to a test.
#[derive(Command)]
#[command(handler = Lender, output = Events, local)]
struct Lend;

#[derive(Handler)]
struct Lender {
    events: Events,
}

impl CommandHandler<Lend> for Lender {
    async fn handle(&self, _: Lend, _: &HandlerContext) -> Result<Events, HandlerError> {
        Ok(self.events.clone())
    }
}

async fn app(store: impl Store) -> App {
    App::builder(store).start().await.unwrap()
}

async fn events(store: impl Store) -> (App, Events) {
    let app = app(store).await;
    let events = app.dispatch(Lend).await.unwrap().into_output();
    (app, events)
}

fn id(text: &str) -> String {
    text.to_owned()
}

async fn one_of_sixteen_gets_the_address(store: impl Store) {
    let app = app(store).await;
    for round in 0..10 {
        let email = format!("jane{round}@example.com");
        let mut tasks = JoinSet::new();
        for task in 0..16 {
            let (app, email, id) = (app.clone(), email.clone(), format!("{round}-{task}"));
            tasks.spawn(async move { app.dispatch(Register { id, email }).await });
        }
        let answers = tasks.join_all().await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(winners, 1, "round {round}");
        for refused in answers.into_iter().filter_map(Result::err) {
            assert_eq!(refused.to_string(), format!("`{email}` is taken"));
        }
    }
    let events = app.dispatch(Lend).await.unwrap().into_output();
    assert_eq!(events.head().await.unwrap(), Position::new(10));
    app.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_who_want_one_address_one_gets_it() {
    one_of_sixteen_gets_the_address(Memory::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_who_want_one_address_one_gets_it_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    one_of_sixteen_gets_the_address(Sqlite::open(folder.path().join("store.db")).unwrap()).await;
}

#[tokio::test]
async fn an_address_that_was_taken_under_a_former_name_of_the_event_is_taken() {
    let store = Memory::new();
    let event = cqrs::NewEvent {
        id: CommandId::from_key("long ago").event(0),
        name: "SignedUp".into(),
        version: 1,
        payload: br#"{"email":"jane@example.com"}"#.as_slice().into(),
        tags: vec![Tag::new("email", "jane@example.com").unwrap()],
        metadata: Metadata::new(),
    };
    let stream = cqrs::StreamId::new("Account", "old").unwrap();
    let long_ago = cqrs::Append::new().stream(stream, Expected::NoStream, [event]);
    (&store as &dyn Store).append(long_ago).await.unwrap();

    let email = "jane@example.com".to_owned();
    let register = Register {
        id: id("new"),
        email,
    };
    let taken = app(store).await.dispatch(register).await.unwrap_err();
    let taken = taken.rejection().unwrap();
    // It was found by the name that it is stored under.
    assert!(taken.downcast_ref::<Taken>().is_some(), "{taken}");
}

#[tokio::test]
async fn a_transfer_happens_on_both_accounts_or_on_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db")).unwrap();
    let (app, events) = events(store).await;
    let transfer = |cents: i64, from: u64, to: u64| {
        let revision = |number| Expected::Exactly(Revision::new(number));
        events
            .append()
            .to::<Account>(&id("from"), revision(from), [Moved { cents: -cents }])
            .to::<Account>(&id("to"), revision(to), [Moved { cents }])
            .commit()
    };

    transfer(5, 0, 0).await.unwrap();
    let late = transfer(7, 1, 0).await.unwrap_err();
    assert!(
        matches!(&late, AppendEventsError::Append(AppendError::Conflict { stream, .. }) if stream.id() == "to"),
        "{late}"
    );
    assert_eq!(
        late.to_string(),
        "Account `to` is at revision 1, expected revision 0"
    );
    transfer(9, 1, 1).await.unwrap();

    let query = EventQuery::all().event::<Moved>();
    let page = events
        .read(&query, Range::after(Position::START))
        .await
        .unwrap();
    let moves: Vec<_> = page
        .of::<Moved>()
        .map(|event| {
            event
                .map(|event| (event.stream().id().to_owned(), event.cents))
                .unwrap()
        })
        .collect();
    let both = [
        (id("from"), -5),
        (id("to"), 5),
        (id("from"), -9),
        (id("to"), 9),
    ];
    assert_eq!(moves, both);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_append_can_depend_on_an_account_that_it_does_not_change() {
    let (_app, events) = events(Memory::new()).await;
    let move_while = |revision| {
        events
            .append()
            .to::<Account>(
                &id("frozen?"),
                Expected::Exactly(Revision::new(revision)),
                (),
            )
            .to::<Account>(&id("a"), Expected::Any, [Moved { cents: 1 }])
            .commit()
    };

    move_while(0).await.unwrap();
    let changed = events
        .append()
        .to::<Account>(&id("frozen?"), Expected::NoStream, [Moved { cents: 0 }])
        .commit();
    changed.await.unwrap();
    let refused = move_while(0).await.unwrap_err();
    assert!(
        matches!(
            refused,
            AppendEventsError::Append(AppendError::Conflict { .. })
        ),
        "{refused}"
    );
    move_while(1).await.unwrap();
    assert_eq!(events.head().await.unwrap(), Position::new(3));
}

#[tokio::test]
async fn an_append_with_a_command_id_is_stored_once() {
    let (_app, events) = events(Memory::new()).await;
    let metadata = Metadata::new().command(CommandId::from_key("import, line 7"));
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let append = events.append().with(metadata.clone()).to::<Account>(
            &id("a"),
            Expected::NoStream,
            [Moved { cents: 1 }],
        );
        tokens.push(append.commit().await.unwrap());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "each is answered as the first");
    assert_eq!(events.head().await.unwrap(), Position::new(1));
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_before_anything_is() {
    let (_app, events) = events(Memory::new()).await;
    let moved = || [Moved { cents: 1 }];
    let email = String::new();
    let refusals = [
        events
            .append()
            .to::<Account>(&id(""), Expected::Any, moved()),
        events
            .append()
            .to::<Account>(&id("a"), Expected::Any, [Registered { email }]),
        events
            .append()
            .to::<Account>(&id("a"), Expected::Any, moved())
            .to::<Account>(&id("a"), Expected::Any, moved()),
        events
            .append()
            .to::<Account>(&id("a"), Expected::Any, moved())
            .only_if_none(EventQuery::all(), Position::new(7)),
    ];
    let texts = [
        "an aggregate's id is empty",
        "event `Registered` cannot be tagged: a tag's value is empty",
        "Account `a` is listed twice",
        "position 7 is beyond the head of the log, which is 0",
    ];
    for (append, text) in refusals.into_iter().zip(texts) {
        let refused = append.commit().await.unwrap_err();
        assert!(refused.to_string().contains(text), "{refused}");
    }
    assert_eq!(events.head().await.unwrap(), Position::START);
}
