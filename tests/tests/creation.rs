//! What must be there, ids of one's own type, facts, and aggregates in the hands of a service.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    convert::Infallible,
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use cqrs::{
    Aggregate, Aggregates, App, Apply, Command, CommandHandler, CommandId, Context, Decide,
    DispatchError, Event, EventHandler, EventQuery, Handler, HandlerContext, HandlerError, Memory,
    Metadata, Position, Query, Range, Recorded, Store, View, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Written as `u-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct UserId(u32);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "u-{}", self.0)
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("not a user's id")]
struct NotAUserId;

impl FromStr for UserId {
    type Err = NotAUserId;

    fn from_str(text: &str) -> Result<Self, NotAUserId> {
        let number = text.strip_prefix("u-").and_then(|text| text.parse().ok());
        number.map(Self).ok_or(NotAUserId)
    }
}

#[derive(Command)]
#[command(aggregate = User, create, local)]
struct CreateUser {
    #[id]
    id: UserId,
    name: String,
}

#[derive(Command)]
#[command(aggregate = User, output = String, error = Unchanged, local)]
struct RenameUser {
    #[id]
    id: UserId,
    name: String,
}

/// Answers the revision that it found.
#[derive(Command)]
#[command(aggregate = User, upsert, output = u64, local)]
struct Visit {
    #[id]
    id: UserId,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the name is `{0}` already")]
struct Unchanged(String);

#[derive(Event, Serialize, Deserialize)]
struct Created {
    name: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Renamed {
    name: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Visited;

#[derive(Aggregate, View, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Created, Renamed, Visited), id = UserId)]
struct User {
    name: String,
    visits: u32,
}

impl Decide<CreateUser> for User {
    fn decide(&self, command: &CreateUser, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let name = command.name.clone();
        cx.emit(Created { name });
        Ok(())
    }
}

impl Decide<RenameUser> for User {
    /// Answers the old name.
    fn decide(
        &self,
        command: &RenameUser,
        cx: &mut Context<'_, Self>,
    ) -> Result<String, Unchanged> {
        let name = command.name.clone();
        if name == self.name {
            return Err(Unchanged(name));
        }
        cx.emit(Renamed { name });
        Ok(self.name.clone())
    }
}

impl Decide<Visit> for User {
    fn decide(&self, command: &Visit, cx: &mut Context<'_, Self>) -> Result<u64, Infallible> {
        cx.emit(Visited);
        let known = cx.id() == &command.id;
        Ok(if known { cx.revision().get() } else { u64::MAX })
    }
}

impl Apply<Created> for User {
    fn apply(&mut self, event: &Created) {
        self.name.clone_from(&event.name);
    }
}

impl Apply<Renamed> for User {
    fn apply(&mut self, event: &Renamed) {
        self.name.clone_from(&event.name);
    }
}

impl Apply<Visited> for User {
    fn apply(&mut self, _: &Visited) {
        self.visits += 1;
    }
}

#[derive(Query)]
#[query(view = User, local)]
struct GetUser {
    #[id]
    id: UserId,
}

/// Counts the creation as a visit; it fails as often as it is told to when that is done.
#[derive(Handler)]
#[handler(name = "greeter", events(Created))]
struct Greeter {
    users: Aggregates<User>,
    failures: Failures,
    told: mpsc::UnboundedSender<Result<(), String>>,
}

#[derive(Clone, Default)]
struct Failures(Arc<AtomicU32>);

impl EventHandler<Created> for Greeter {
    async fn handle(
        &self,
        event: &Recorded<Created>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let id = event.stream().id().parse()?;
        let visit = self.users.within(cx).update(&id, |_, cx| {
            cx.emit(Visited);
            Ok::<_, Infallible>(())
        });
        let visited = visit.await.map(drop);
        self.told.send(visited.map_err(|error| error.to_string()))?;
        let left = self.failures.0.load(Ordering::SeqCst);
        self.failures
            .0
            .store(left.saturating_sub(1), Ordering::SeqCst);
        if left > 0 {
            return Err("it fails when all is done".into());
        }
        Ok(())
    }
}

/// What a service does with aggregates.
#[derive(Clone, Copy)]
enum Way {
    Create,
    Update,
    Upsert,
}

#[derive(Command)]
#[command(handler = Office, output = u64, local)]
struct ByHand(Way, UserId);

#[derive(Handler)]
struct Office {
    users: Aggregates<User>,
}

impl CommandHandler<ByHand> for Office {
    async fn handle(&self, command: ByHand, cx: &HandlerContext) -> Result<u64, HandlerError> {
        let ByHand(way, id) = command;
        let users = self.users.within(cx);
        let visit = |_: &User, cx: &mut Context<'_, User>| {
            cx.emit(Visited);
            Ok::<_, Infallible>(cx.revision().get())
        };
        let visited = match way {
            Way::Create => users.create(&id, visit).await,
            Way::Update => users.update(&id, visit).await,
            Way::Upsert => users.upsert(&id, visit).await,
        };
        Ok(visited?.into_output())
    }
}

type Greeted = mpsc::UnboundedReceiver<Result<(), String>>;

async fn app(store: impl Store, failures: u32) -> (App, Greeted) {
    let (told, greeted) = mpsc::unbounded_channel();
    let app = App::builder(store)
        .provide(told)
        .provide(Failures(Arc::new(AtomicU32::new(failures))))
        .start()
        .await
        .unwrap();
    (app, greeted)
}

fn create(id: u32, name: &str) -> CreateUser {
    CreateUser {
        id: UserId(id),
        name: name.into(),
    }
}

fn rename(id: u32, name: &str) -> RenameUser {
    RenameUser {
        id: UserId(id),
        name: name.into(),
    }
}

async fn user(app: &App, id: u32) -> Option<User> {
    app.ask(GetUser { id: UserId(id) }).await.unwrap()
}

async fn what_must_be_there(store: impl Store) {
    let (app, _greeted) = app(store, 0).await;

    let missing = app.dispatch(rename(1, "jane")).await.unwrap_err();
    assert!(
        matches!(&missing, DispatchError::NotFound { stream } if stream.id() == "u-1"),
        "{missing}"
    );
    assert_eq!(missing.to_string(), "User `u-1` does not exist");

    app.dispatch(create(1, "jane")).await.unwrap();
    let again = app.dispatch(create(1, "joan")).await.unwrap_err();
    assert!(
        matches!(again, DispatchError::AlreadyExists { .. }),
        "{again}"
    );
    assert_eq!(again.to_string(), "User `u-1` already exists");

    let renamed = app.dispatch(rename(1, "joan")).await.unwrap();
    assert_eq!(renamed.output, "jane");
    let rejected = app.dispatch(rename(1, "joan")).await.unwrap_err();
    assert_eq!(rejected.to_string(), "the name is `joan` already");
    assert_eq!(rejected.rejection(), Some(Unchanged("joan".into())));

    // Neither must it be there, nor must it not.
    let visit = |id| Visit { id: UserId(id) };
    assert_eq!(app.dispatch(visit(2)).await.unwrap().output, 0);
    assert_eq!(app.dispatch(visit(2)).await.unwrap().output, 1);
    assert_eq!(user(&app, 2).await.unwrap().visits, 2);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_command_says_whether_its_aggregate_must_be_there() {
    what_must_be_there(Memory::new()).await;
}

#[tokio::test]
async fn a_command_says_whether_its_aggregate_must_be_there_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    what_must_be_there(Sqlite::open(folder.path().join("store.db")).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_creations_one_wins() {
    let (app, _greeted) = app(Memory::new(), 0).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16 {
        let app = app.clone();
        tasks.spawn(async move { app.dispatch(create(1, &number.to_string())).await });
    }
    let answers = tasks.join_all().await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(won, 1);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Ok(_) | Err(DispatchError::AlreadyExists { .. })))
    );
}

#[tokio::test]
async fn facts_are_recorded_without_a_decision() {
    let store = Memory::new();
    let (app, mut greeted) = app(store.clone(), 0).await;
    let id = UserId(1);
    let name = |name: &str| name.to_owned();

    let created = (Created { name: name("jane") }, Visited);
    app.record::<User>(&id, created).await.unwrap();
    greeted.recv().await.unwrap().unwrap();
    let renamed = [Renamed { name: name("joan") }];
    app.with(Metadata::new().actor("import"))
        .record::<User>(&id, renamed)
        .await
        .unwrap();
    for _ in 0..2 {
        let request = app.with_id(CommandId::from_key("visit of 1999"));
        request.record::<User>(&id, [Visited]).await.unwrap();
    }

    let joan = User {
        name: name("joan"),
        visits: 3,
    };
    assert_eq!(user(&app, 1).await, Some(joan));
    let old_name = app.dispatch(rename(1, "jane")).await.unwrap().output;
    assert_eq!(old_name, "joan", "an aggregate in use has seen them");
    let store: &dyn Store = &store;
    let log = store
        .read(&EventQuery::all(), Range::after(Position::START))
        .await
        .unwrap()
        .events;
    assert_eq!(log.len(), 6);
    assert_eq!(log[3].meta.metadata.actor_name(), Some("import"));
}

#[tokio::test]
async fn a_service_creates_and_changes_aggregates_in_its_own_flow() {
    let store = Memory::new();
    let (app, _greeted) = app(store.clone(), 0).await;
    let id = CommandId::from_key("one");

    for (way, user, found) in [
        (Way::Update, 1, Err("User `u-1` does not exist")),
        (Way::Create, 1, Ok(0)),
        (Way::Create, 1, Err("User `u-1` already exists")),
        (Way::Update, 1, Ok(1)),
        (Way::Upsert, 1, Ok(2)),
        (Way::Upsert, 2, Ok(0)),
    ] {
        let answer = app.dispatch(ByHand(way, UserId(user))).await;
        let answer = answer.map(|committed| committed.output);
        assert_eq!(
            answer.map_err(|error| error.to_string()),
            found.map_err(str::to_owned)
        );
    }
    let by_hand = ByHand(Way::Upsert, UserId(3));
    app.with_id(id).dispatch(by_hand).await.unwrap();

    let store: &dyn Store = &store;
    let newest = store
        .read(&EventQuery::all(), Range::backward().limit(1))
        .await
        .unwrap();
    let meta = &newest.events[0].meta;
    assert_eq!(meta.stream.id(), "u-3");
    assert_eq!(meta.causation_id(), Some(id.into()));
    assert_eq!(meta.correlation_id(), Some(id.into()));
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_of_events_changed_is_not_changed_again() {
    let (app, mut greeted) = app(Memory::new(), 3).await;
    app.dispatch(create(1, "jane")).await.unwrap();
    for _ in 0..4 {
        assert_eq!(greeted.recv().await.unwrap(), Ok(()));
    }
    assert_eq!(user(&app, 1).await.unwrap().visits, 1);
}
