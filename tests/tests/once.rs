//! A command happens once, whatever is lost on the way back.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    convert::Infallible,
    env,
    path::Path,
    process::{Command as Process, abort},
};

use cqrs::{
    Aggregate, App, Apply, Call, Command, CommandHandler, CommandId, Context, Decide,
    DispatchError, Event, Handler, HandlerContext, HandlerError, Memory, Middleware, Next, Outcome,
    Query, View, sqlite::Sqlite,
};
use cqrs_testing::FaultyStore;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Counter, upsert)]
struct Increment {
    #[id]
    counter: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Incremented;

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Incremented))]
struct Counter {
    count: u64,
}

impl Decide<Increment> for Counter {
    fn decide(&self, _: &Increment, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Incremented);
        Ok(())
    }
}

impl Apply<Incremented> for Counter {
    fn apply(&mut self, _: &Incremented) {
        self.count += 1;
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Counter)]
struct GetCounter {
    #[id]
    counter: String,
}

fn increment() -> Increment {
    let counter = "a".into();
    Increment { counter }
}

async fn count(app: &App) -> u64 {
    let counter = "a".into();
    app.ask(GetCounter { counter })
        .await
        .unwrap()
        .map_or(0, |counter| counter.count)
}

#[tokio::test]
async fn a_lost_acknowledgement_is_told_with_the_id_to_retry_with() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = App::builder(store).start().await.unwrap();
    app.dispatch(increment()).await.unwrap();

    faults.lose_acknowledgements(1);
    let unknown = app.dispatch(increment()).await.unwrap_err();
    let DispatchError::Unknown { command_id, .. } = unknown else {
        panic!("the outcome is not unknown: {unknown}");
    };
    assert!(
        unknown.to_string().contains(&command_id.to_string()),
        "{unknown}"
    );

    let again = app.with_id(command_id).dispatch(increment()).await;
    assert!(
        matches!(again, Err(DispatchError::AlreadyHandled { .. })),
        "{again:?}"
    );
    app.dispatch(increment()).await.unwrap();
    assert_eq!(count(&app).await, 3);
}

#[tokio::test]
async fn a_failed_append_did_not_happen() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = App::builder(store).start().await.unwrap();
    let id = CommandId::from_key("one");

    faults.fail_appends(1);
    let failed = app.with_id(id).dispatch(increment()).await;
    assert!(matches!(failed, Err(DispatchError::Store(_))), "{failed:?}");
    app.with_id(id).dispatch(increment()).await.unwrap();
    assert_eq!(count(&app).await, 1);
}

/// A service that sends two commands on.
#[derive(Handler)]
struct Pair;

#[derive(Command)]
#[command(handler = Pair, local)]
struct IncrementBoth;

impl CommandHandler<IncrementBoth> for Pair {
    async fn handle(&self, _: IncrementBoth, cx: &HandlerContext) -> Result<(), HandlerError> {
        for counter in ["a", "b"] {
            let counter = counter.into();
            cx.dispatch(Increment { counter }).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_service_that_broke_off_half_way_is_finished_by_sending_it_again() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = App::builder(store).start().await.unwrap();
    let id = CommandId::from_key("one");

    // The first of its two commands is stored, and nobody is told.
    let half_way = app.with_id(id).dispatch(IncrementBoth);
    faults.lose_acknowledgements(1);
    assert!(half_way.await.is_err());
    for _ in 0..3 {
        app.with_id(id).dispatch(IncrementBoth).await.unwrap();
    }

    assert_eq!(count(&app).await, 1);
    let counter = "b".into();
    let second = app.ask(GetCounter { counter }).await.unwrap();
    assert_eq!(second.unwrap().count, 1);
}

/// Ends the process when the command is committed and before anybody hears of it.
struct CrashBeforeTheAnswer;

impl Middleware for CrashBeforeTheAnswer {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        let outcome = next.run(call).await;
        if outcome.result().is_ok() {
            abort();
        }
        outcome
    }
}

const FILE: &str = "CQRS_TEST_CRASH_FILE";

/// Run by the next test in a process of its own.
#[tokio::test]
#[ignore = "it is what the other process does"]
async fn crash_between_commit_and_answer() {
    let file = env::var(FILE).expect("the other test says which file");
    let app = App::builder(Sqlite::open(file).unwrap())
        .middleware(CrashBeforeTheAnswer)
        .start()
        .await
        .unwrap();
    let answer = app
        .with_id(CommandId::from_key("one"))
        .dispatch(increment())
        .await;
    panic!("the process lives: {answer:?}");
}

#[tokio::test]
async fn a_crash_between_commit_and_answer_makes_no_second_event() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counter.db");
    let crash = |file: &Path| {
        let status = Process::new(env::current_exe().unwrap())
            .args(["--exact", "crash_between_commit_and_answer", "--ignored"])
            .env(FILE, file)
            .output()
            .unwrap()
            .status;
        assert_eq!(status.code(), None, "killed by a signal: {status}");
    };
    crash(&file);

    let app = App::builder(Sqlite::open(&file).unwrap())
        .start()
        .await
        .unwrap();
    assert_eq!(count(&app).await, 1, "what was committed is there");
    let again = app
        .with_id(CommandId::from_key("one"))
        .dispatch(increment())
        .await;
    assert!(
        matches!(again, Err(DispatchError::AlreadyHandled { .. })),
        "{again:?}"
    );
    assert_eq!(count(&app).await, 1);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_dispatch_that_nobody_waits_for_happens_all_the_same() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = App::builder(store.clone()).start().await.unwrap();
    // Appends are answered later, so that the first poll cannot end the dispatch.
    faults.delay(std::time::Duration::from_millis(1));

    for _ in 0..20 {
        let mut dispatch = Box::pin(app.dispatch(increment()));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(dispatch.as_mut().poll(&mut cx).is_pending());
    }
    faults.heal();
    app.dispatch(increment()).await.unwrap();
    assert_eq!(count(&app).await, 21);
}
