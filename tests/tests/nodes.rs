//! Several nodes on one store: each view and handler runs on one of them at a time.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    sync::{Arc, Mutex, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use cqrs::{
    Aggregate, App, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext,
    HandlerError, Memory, Project, Query, Recorded, Store, View,
    app::{AppBuilder, SubscriptionState, SubscriptionStatus},
    postgres::Postgres,
    store::documents::SubscriptionKind,
};
use serde::{Deserialize, Serialize};
use temporary_postgres::Database;
use tokio::{runtime, sync::watch};

#[derive(Event, Serialize, Deserialize)]
struct Counted {
    by: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Counted))]
struct Counter;

impl Apply<Counted> for Counter {
    fn apply(&mut self, _: &Counted) {}
}

#[derive(Command)]
#[command(aggregate = Counter, upsert, local)]
struct Count {
    #[id]
    counter: String,
    by: u64,
}

impl Decide<Count> for Counter {
    fn decide(
        &self,
        command: &Count,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        cx.emit(Counted { by: command.by });
        Ok(())
    }
}

#[derive(View, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(Counted), name = "totals")]
struct Total {
    sum: u64,
}

impl Project<Counted> for Total {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Counted>) -> Option<Self> {
        assert_ne!(event.by, BAD, "this view cannot count so far");
        let sum = view.map_or(0, |view| view.sum) + event.by;
        Some(Self { sum })
    }
}

const BAD: u64 = 1_313;

#[derive(Query)]
#[query(view = Total, local)]
struct GetTotal {
    #[id]
    counter: String,
}

/// What the handlers of all nodes have handled, with the name of the node.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<(String, u64)>>>, watch::Sender<usize>);

impl Journal {
    fn entries(&self) -> Vec<(String, u64)> {
        self.0.lock().unwrap().clone()
    }

    async fn has(&self, count: usize) {
        let mut written = self.1.subscribe();
        written.wait_for(|written| *written >= count).await.unwrap();
    }
}

/// What a handler is provided with: who it is, and what it does with an event first.
#[derive(Clone)]
struct Node {
    name: &'static str,
    journal: Journal,
    before: Arc<dyn Fn(u64) + Send + Sync>,
}

#[derive(Handler)]
#[handler(name = "journal", events(Counted), from = beginning)]
struct Write {
    node: Node,
}

impl EventHandler<Counted> for Write {
    async fn handle(
        &self,
        event: &Recorded<Counted>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let Node {
            name,
            journal,
            before,
        } = &self.node;
        before(event.by);
        let mut entries = journal.0.lock().unwrap();
        entries.push(((*name).to_owned(), event.by));
        journal.1.send_replace(entries.len());
        Ok(())
    }
}

/// Where the nodes keep everything: each opens it for itself.
trait Place: Clone + Send + 'static {
    fn open(&self) -> impl Future<Output = impl Store> + Send;
}

impl Place for Memory {
    async fn open(&self) -> impl Store {
        self.clone()
    }
}

impl Place for Arc<Database> {
    async fn open(&self) -> impl Store {
        Postgres::connect(self.url()).await.unwrap()
    }
}

fn database() -> Arc<Database> {
    Arc::new(temporary_postgres::shared().unwrap())
}

const TERM: Duration = Duration::from_millis(500);

async fn program(place: &impl Place, journal: &Journal, name: &'static str) -> AppBuilder {
    program_that(place, journal, name, |_| {}).await
}

async fn program_that(
    place: &impl Place,
    journal: &Journal,
    name: &'static str,
    before: impl Fn(u64) + Send + Sync + 'static,
) -> AppBuilder {
    App::builder(place.open().await)
        .node_name(name)
        .lease(TERM)
        .wait_limit(Duration::from_secs(20))
        .provide(Node {
            name,
            journal: journal.clone(),
            before: Arc::new(before),
        })
}

async fn started(builder: AppBuilder) -> App {
    builder.start().await.unwrap()
}

async fn count(app: &App, by: u64) -> cqrs::Committed<()> {
    let counter = "c".to_owned();
    app.dispatch(Count { counter, by }).await.unwrap()
}

async fn total(app: &App) -> u64 {
    let counter = "c".to_owned();
    app.ask(GetTotal { counter }).await.unwrap().unwrap().sum
}

async fn status(app: &App, name: &str) -> SubscriptionStatus {
    let all = app.status().await.unwrap();
    all.into_iter().find(|status| status.name == name).unwrap()
}

/// Waits until a node says so: of another node it learns with the next sign of life.
async fn until(app: &App, name: &str, is_so: impl Fn(&SubscriptionStatus) -> bool) {
    let waiting = async {
        while !is_so(&status(app, name).await) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "{:?}", status(app, name).await);
}

async fn each_handler_runs_on_one_node_and_each_node_reads_its_own_writes(place: impl Place) {
    let journal = Journal::default();
    let first = started(program(&place, &journal, "first").await).await;
    let second = started(program(&place, &journal, "second").await).await;

    for by in 0..10 {
        let before = by * 2;
        count(&first, before).await;
        let expected = (0..=before).sum::<u64>();
        assert_eq!(total(&first).await, expected);
        let token = count(&second, before + 1).await.position;
        assert_eq!(total(&second).await, expected + before + 1);
        let counter = "c".to_owned();
        let elsewhere = first.after(token).ask(GetTotal { counter });
        assert_eq!(elsewhere.await.unwrap().unwrap().sum, expected + before + 1);
    }

    journal.has(20).await;
    let once: Vec<_> = (0..20).map(|by| ("first".to_owned(), by)).collect();
    assert_eq!(journal.entries(), once);
    assert_eq!(status(&first, "totals").await.elsewhere, None);
    until(&second, "totals", |seen| {
        seen.elsewhere.as_deref() == Some("first") && seen.state == SubscriptionState::Running
    })
    .await;
}

async fn a_node_that_is_shut_down_hands_over_at_once(place: impl Place) {
    let journal = Journal::default();
    let first = program(&place, &journal, "first").await;
    let first = started(first.lease(Duration::from_secs(600))).await;
    let second = started(program(&place, &journal, "second").await).await;
    count(&first, 1).await;
    journal.has(1).await;
    first.shutdown().await.unwrap();

    // The handle that was shut down is closed, the other is not.
    count(&second, 2).await;
    assert_eq!(total(&second).await, 3);
    journal.has(2).await;
    assert_eq!(journal.entries()[1], ("second".to_owned(), 2));
}

/// A node with a thread of its own, which stands still whenever its handler does: nothing else of it runs then.
fn freezing_node(place: &impl Place, journal: &Journal) -> (JoinHandle<App>, mpsc::Sender<()>) {
    let (thaw, thawed) = mpsc::channel();
    let (starts, is_started) = mpsc::channel();
    let thawed = Mutex::new(thawed);
    let freeze = move |by| {
        if by == 1 {
            thawed.lock().unwrap().recv().unwrap();
        }
    };
    let (place, journal) = (place.clone(), journal.clone());
    let thread = thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async {
            let app = started(program_that(&place, &journal, "frozen", freeze).await).await;
            starts.send(()).unwrap();
            // It is over when it knows that another node does its work.
            until(&app, "journal", |status| status.elsewhere.is_some()).await;
            app
        })
    });
    is_started.recv().unwrap();
    (thread, thaw)
}

async fn a_frozen_node_is_replaced_and_changes_nothing_when_it_wakes_up(place: impl Place) {
    let journal = Journal::default();
    let (thread, thaw) = freezing_node(&place, &journal);
    let other = started(program(&place, &journal, "other").await).await;

    // The other node takes over while the first one stands still in its handler.
    count(&other, 1).await;
    count(&other, 2).await;
    journal.has(2).await;
    assert_eq!(total(&other).await, 3);
    until(&other, "journal", |done| {
        done.elsewhere.is_none() && done.position.get() == 2
    })
    .await;

    thaw.send(()).unwrap();
    let woken = thread.join().unwrap();
    let entries = journal.entries();
    // At least once: what the frozen node had in hand is done there too, and nothing behind it.
    let frozen = entries.iter().filter(|(node, _)| node == "frozen");
    assert_eq!(frozen.count(), 1, "{entries:?}");
    count(&other, 3).await;
    assert_eq!(total(&other).await, 6);
    let position = status(&other, "journal").await.position;
    assert!(position.get() >= 2, "it never goes back: {position}");
    let held = status(&other, "totals").await.elsewhere;
    assert_eq!(held, None);
    drop(woken);
}

async fn orders_are_carried_out_wherever_it_runs(place: impl Place) {
    let journal = Journal::default();
    let first = started(program(&place, &journal, "first").await).await;
    let second = started(program(&place, &journal, "second").await).await;
    count(&first, 1).await;
    journal.has(1).await;

    let handler = SubscriptionKind::Handler;
    second.pause(handler, "journal").await.unwrap();
    assert_eq!(
        status(&first, "journal").await.state,
        SubscriptionState::Paused
    );
    until(&second, "journal", |status| {
        status.state == SubscriptionState::Paused
    })
    .await;
    count(&second, 2).await;
    assert_eq!(journal.entries().len(), 1);
    second.resume(handler, "journal").await.unwrap();
    journal.has(2).await;

    second.rebuild_view("totals").await.unwrap();
    assert_eq!(total(&first).await, 3);
}

async fn what_is_parked_is_told_and_retried_from_any_node(place: impl Place) {
    let journal = Journal::default();
    let first = started(program(&place, &journal, "first").await).await;
    let second = started(program(&place, &journal, "second").await).await;
    let bad = count(&first, BAD).await.position;
    first.caught_up().await.unwrap();

    let counter = "c".to_owned();
    let asked = second
        .after(bad)
        .ask(GetTotal { counter })
        .await
        .unwrap_err();
    assert!(asked.to_string().contains("parked"), "{asked}");
    until(&second, "totals", |status| status.parked == 1).await;
    let seen = status(&second, "totals").await;
    assert!(
        seen.last_error.unwrap().contains("cannot count so far"),
        "what went wrong is told"
    );
    let parked = second.parked().await.unwrap();
    let again = second.retry_parked(&parked[0]).await.unwrap();
    assert_eq!((again.done, again.left), (0, 1));
    let dropped = second.drop_parked(&parked[0]).await.unwrap();
    assert_eq!((dropped.done, dropped.left), (1, 0));
}

async fn a_pause_outlives_the_node(place: impl Place) {
    let journal = Journal::default();
    let first = started(program(&place, &journal, "first").await).await;
    let handler = SubscriptionKind::Handler;
    first.pause(handler, "journal").await.unwrap();
    first.shutdown().await.unwrap();

    let second = started(program(&place, &journal, "second").await).await;
    count(&second, 1).await;
    assert_eq!(total(&second).await, 1);
    assert_eq!(
        status(&second, "journal").await.state,
        SubscriptionState::Paused
    );
    assert_eq!(journal.entries(), []);
    second.resume(handler, "journal").await.unwrap();
    journal.has(1).await;
}

macro_rules! on_each_store {
    ($($test:ident)*) => {
        mod in_memory {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(super::Memory::new()).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(super::database()).await;
                }
            )*
        }
    };
}

on_each_store! {
    each_handler_runs_on_one_node_and_each_node_reads_its_own_writes
    a_node_that_is_shut_down_hands_over_at_once
    a_frozen_node_is_replaced_and_changes_nothing_when_it_wakes_up
    orders_are_carried_out_wherever_it_runs
    what_is_parked_is_told_and_retried_from_any_node
    a_pause_outlives_the_node
}
