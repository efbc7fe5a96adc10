//! How an app ends: nothing that was acknowledged is lost, and nothing more is taken.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{convert::Infallible, path::Path, time::Duration};

use cqrs::{
    Aggregate, App, Apply, AskError, Command, CommandHandler, Context, Decide, DispatchError,
    Event, EventHandler, Handler, HandlerContext, HandlerError, Memory, Query, Recorded, View,
    app::ShutdownError, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, task::JoinSet};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Counter, upsert)]
struct Increment {
    #[id]
    counter: u32,
}

#[derive(Event, Serialize, Deserialize)]
struct Incremented;

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Incremented), id = u32)]
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
    counter: u32,
}

/// Takes its time before it sends on.
#[derive(Command)]
#[command(handler = Slow, local)]
struct IncrementLater;

#[derive(Handler)]
struct Slow {
    begun: mpsc::UnboundedSender<()>,
}

impl CommandHandler<IncrementLater> for Slow {
    async fn handle(&self, _: IncrementLater, cx: &HandlerContext) -> Result<(), HandlerError> {
        self.begun.send(())?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        cx.dispatch(Increment { counter: 7 }).await?;
        // Views go on as long as there are calls.
        let counter = cx.ask(GetCounter { counter: 7 }).await?;
        counter
            .map(drop)
            .ok_or_else(|| "its own write was not seen".into())
    }
}

async fn app(file: &Path) -> (App, mpsc::UnboundedReceiver<()>) {
    let (begun, beginnings) = mpsc::unbounded_channel::<()>();
    let store = Sqlite::open(file).unwrap();
    let app = App::builder(store)
        .provide(begun)
        .provide(Ends(true))
        .start()
        .await
        .unwrap();
    (app, beginnings)
}

async fn count(app: &App, counter: u32) -> u64 {
    let counter = app.ask(GetCounter { counter }).await.unwrap();
    counter.map_or(0, |counter| counter.count)
}

/// Sixteen tasks increment until the app does not take it any more, and count what was acknowledged.
async fn increment_until_the_end(end: impl AsyncFnOnce(App)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let (first, _beginnings) = app(&file).await;
    let (done, mut acknowledged_so_far) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for counter in 0..16 {
        let (app, done) = (first.clone(), done.clone());
        tasks.spawn(async move {
            let mut acknowledged = 0;
            loop {
                match app.dispatch(Increment { counter }).await {
                    Ok(_) => acknowledged += 1,
                    Err(DispatchError::ShuttingDown) => return (counter, acknowledged),
                    Err(error) => panic!("{error}"),
                }
                done.send(()).unwrap();
            }
        });
    }
    for _ in 0..200 {
        acknowledged_so_far.recv().await.unwrap();
    }
    end(first).await;

    let acknowledged = tasks.join_all().await;
    let (second, _beginnings) = app(&file).await;
    second.caught_up().await.unwrap();
    for (counter, acknowledged) in acknowledged {
        assert_eq!(count(&second, counter).await, acknowledged);
    }
    second.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_before_the_end_is_there_and_no_more() {
    increment_until_the_end(async |app| app.shutdown().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shutting_down_twice_at_once_is_as_good() {
    increment_until_the_end(async |app| {
        let (first, second) = tokio::join!(app.shutdown(), app.shutdown());
        first.unwrap();
        second.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_has_begun_may_finish_what_it_sends_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let (first, mut beginnings) = app(&file).await;
    let later = tokio::spawn({
        let app = first.clone();
        async move { app.dispatch(IncrementLater).await.map(drop) }
    });
    beginnings.recv().await.unwrap();
    first.shutdown().await.unwrap();
    later.await.unwrap().unwrap();

    let (second, _beginnings) = app(&file).await;
    second.caught_up().await.unwrap();
    assert_eq!(count(&second, 7).await, 1);
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_app_that_has_ended_says_so() {
    let (begun, _beginnings) = mpsc::unbounded_channel::<()>();
    let app = App::builder(Memory::new())
        .provide(begun)
        .provide(Ends(true))
        .start()
        .await
        .unwrap();
    app.shutdown().await.unwrap();

    let counter = 1;
    let refused = app.dispatch(Increment { counter }).await.unwrap_err();
    assert!(matches!(refused, DispatchError::ShuttingDown), "{refused}");
    let refused = app.ask(GetCounter { counter }).await.map(drop).unwrap_err();
    assert!(matches!(refused, AskError::ShuttingDown), "{refused}");
    assert_eq!(refused.to_string(), "the app is shutting down");
    let refused = app.dispatch_json("Increment", "{}").await.unwrap_err();
    assert!(matches!(refused, DispatchError::ShuttingDown), "{refused}");
    let refused = app.record::<Counter>(&1, [Incremented]).await.unwrap_err();
    assert!(matches!(refused, DispatchError::ShuttingDown), "{refused}");
    app.shutdown().await.unwrap();
}

/// Never ends.
#[derive(Command)]
#[command(handler = Stuck, local)]
struct Wait;

/// Never ends with an event either, as long as it is told so.
#[derive(Handler)]
#[handler(name = "stuck", events(Incremented))]
struct Stuck {
    begun: mpsc::UnboundedSender<()>,
    ends: Ends,
}

#[derive(Clone)]
struct Ends(bool);

impl CommandHandler<Wait> for Stuck {
    async fn handle(&self, _: Wait, _: &HandlerContext) -> Result<(), HandlerError> {
        self.begun.send(())?;
        std::future::pending().await
    }
}

impl EventHandler<Incremented> for Stuck {
    async fn handle(
        &self,
        _: &Recorded<Incremented>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        self.begun.send(())?;
        if self.ends.0 {
            return Ok(());
        }
        std::future::pending().await
    }
}

#[tokio::test]
async fn what_never_ends_is_given_up_after_a_while_and_its_event_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let start = async |ends| {
        let (begun, beginnings) = mpsc::unbounded_channel::<()>();
        let app = App::builder(Sqlite::open(&file).unwrap())
            .provide(begun)
            .provide(Ends(ends))
            .shutdown_limit(Duration::from_millis(50))
            .start()
            .await
            .unwrap();
        (app, beginnings)
    };
    let (app, mut beginnings) = start(false).await;
    app.dispatch(Increment { counter: 1 }).await.unwrap();
    beginnings.recv().await.unwrap();
    let waits = tokio::spawn({
        let app = app.clone();
        async move { app.dispatch(Wait).await.map(drop) }
    });
    beginnings.recv().await.unwrap();

    let error = app.shutdown().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not ended within 50ms: handler `stuck`, one call; raise `shutdown_limit`, or let them end sooner"
    );
    let ShutdownError::Unfinished {
        given_up, calls, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((&*given_up[0].name, given_up.len(), calls), ("stuck", 1, 1));
    waits.abort();
    waits.await.unwrap_err();
    app.shutdown().await.unwrap();

    // The file is free, and the event is not lost.
    let (app, mut beginnings) = start(true).await;
    beginnings.recv().await.unwrap();
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_ends_may_be_given_no_time_or_all_of_it() {
    for limit in [Duration::ZERO, Duration::MAX] {
        let (begun, _beginnings) = mpsc::unbounded_channel::<()>();
        let app = App::builder(Memory::new())
            .provide(begun)
            .provide(Ends(true))
            .shutdown_limit(limit)
            .wait_limit(limit)
            .start()
            .await
            .unwrap();
        app.dispatch(Increment { counter: 1 }).await.unwrap();
        app.caught_up().await.unwrap();
        assert_eq!(count(&app, 1).await, 1);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn an_app_that_is_dropped_leaves_its_file_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    for round in 1..=5 {
        // It is let go of as soon as the tasks of the one before have ended.
        let store = loop {
            match Sqlite::open(&file) {
                Ok(store) => break store,
                Err(_in_use) => tokio::task::yield_now().await,
            }
        };
        let (begun, _beginnings) = mpsc::unbounded_channel::<()>();
        let app = App::builder(store)
            .provide(begun)
            .provide(Ends(true))
            .start()
            .await
            .unwrap();
        app.dispatch(Increment { counter: 1 }).await.unwrap();
        assert_eq!(count(&app, 1).await, round);
    }
}
