//! What goes wrong in a program stays where it went wrong, and what comes again comes out the same.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use cqrs::{
    Aggregate, App, Apply, Call, Command, CommandId, Context, Decide, DispatchError, Event,
    EventHandler, EventStore, Handler, HandlerContext, HandlerError, Memory, Middleware, Next,
    Outcome, Project, Query, Recorded, StreamId, View, Views, app::SubscriptionState,
};
use cqrs_testing::FaultyStore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that cannot be written when it is 13, and not be read when it is 99.
struct Touchy(u64);

#[expect(clippy::panic_in_result_fn, reason = "that is what it is for")]
impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(self.0 != 13, "unlucky");
        serializer.serialize_u64(self.0)
    }
}

#[expect(clippy::panic_in_result_fn, reason = "that is what it is for")]
impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        assert!(number != 99, "too great");
        Ok(Self(number))
    }
}

#[derive(Event, Serialize, Deserialize)]
struct Deposited {
    cents: Touchy,
    number: u64,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account, upsert)]
struct Deposit {
    #[id]
    id: String,
    cents: u64,
    /// Whether it comes out differently each time it is decided.
    unsteady: bool,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account, upsert, output = u64)]
struct Balance {
    #[id]
    id: String,
}

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Deposited), snapshot(version = 1, every = 2))]
struct Account {
    cents: u64,
}

static DECIDED: AtomicU64 = AtomicU64::new(0);

impl Decide<Deposit> for Account {
    fn decide(&self, command: &Deposit, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let number = if command.unsteady {
            DECIDED.fetch_add(1, Ordering::Relaxed)
        } else {
            0
        };
        let cents = Touchy(command.cents);
        cx.emit(Deposited { cents, number });
        Ok(())
    }
}

impl Decide<Balance> for Account {
    fn decide(&self, _: &Balance, _: &mut Context<'_, Self>) -> Result<u64, Infallible> {
        Ok(self.cents)
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.cents += event.cents.0;
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Account)]
struct GetAccount {
    #[id]
    id: String,
}

fn deposit(id: &str, cents: u64) -> Deposit {
    let id = id.to_owned();
    let unsteady = false;
    Deposit {
        id,
        cents,
        unsteady,
    }
}

async fn seen(app: &App, id: &str) -> Option<u64> {
    let account = app.ask(GetAccount { id: id.into() }).await.unwrap();
    account.map(|account| account.cents)
}

/// Gives each deposit of 10 the same id.
struct Key;

impl Middleware for Key {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        if call
            .message::<Deposit>()
            .is_some_and(|deposit| deposit.cents == 10)
        {
            let metadata = call.metadata().clone().command(CommandId::from_key("ten"));
            *call.metadata_mut() = metadata;
        }
        next.run(call).await
    }
}

#[tokio::test]
async fn an_id_that_middleware_gives_makes_a_command_happen_once() {
    let store = Memory::new();
    let app = App::builder(store.clone())
        .middleware(Key)
        .start()
        .await
        .unwrap();
    app.dispatch(deposit("a", 10)).await.unwrap();
    let again = app.dispatch(deposit("a", 10)).await;
    assert!(
        matches!(again, Err(DispatchError::AlreadyHandled { .. })),
        "{again:?}"
    );
    app.dispatch(deposit("a", 1)).await.unwrap();

    assert_eq!(seen(&app, "a").await, Some(11));
    let stream = StreamId::new("Account", "a").unwrap();
    while store.snapshot(&stream, 1).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    let other = App::builder(store).start().await.unwrap();
    let balance = other
        .dispatch(Balance { id: "a".into() })
        .await
        .unwrap()
        .output;
    assert_eq!(balance, 11, "from the snapshot");
}

#[tokio::test(start_paused = true)]
async fn one_command_id_on_two_nodes_at_once_happens_once() {
    let store = FaultyStore::new(Memory::new());
    let here = App::builder(store.clone()).start().await.unwrap();
    let there = App::builder(store.clone()).start().await.unwrap();
    // Both look for the id before either has stored it.
    store.faults().delay(Duration::from_millis(20));
    let id = CommandId::from_key("both");
    let send = |unsteady| Deposit {
        unsteady,
        ..deposit("a", 5)
    };

    for (unsteady, both) in [(true, "both"), (false, "again")] {
        let id = if unsteady {
            id
        } else {
            CommandId::from_key(both)
        };
        let (a, b) = tokio::join!(
            here.with_id(id).dispatch(send(unsteady)),
            there.with_id(id).dispatch(send(unsteady)),
        );
        for answer in [a, b] {
            let good = matches!(answer, Ok(_) | Err(DispatchError::AlreadyHandled { .. }));
            assert!(good, "{answer:?}");
        }
    }
    store.faults().heal();
    assert_eq!(seen(&here, "a").await, Some(10));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_panics_fails_only_its_own_command() {
    let store = FaultyStore::new(Memory::new());
    let app = App::builder(store.clone()).start().await.unwrap();
    store.faults().delay(Duration::from_millis(5));

    let send = |cents| {
        let app = app.clone();
        tokio::spawn(async move { app.dispatch(deposit("a", cents)).await })
    };
    let tasks: Vec<_> = [1, 2, 13, 3, 4].map(|cents| (cents, send(cents))).into();
    for (cents, task) in tasks {
        match task.await {
            Ok(answer) => assert!(answer.is_ok() && cents != 13, "{cents}: {answer:?}"),
            Err(error) => assert!(error.is_panic() && cents == 13, "{cents}: {error}"),
        }
    }
    store.faults().heal();
    assert_eq!(seen(&app, "a").await, Some(10));
}

#[tokio::test]
async fn an_aggregate_that_panics_over_its_past_says_where() {
    let store = Memory::new();
    let app = App::builder(store.clone()).start().await.unwrap();
    app.dispatch(deposit("a", 99)).await.unwrap();

    let other = App::builder(store)
        .serve_while_rebuilding()
        .start()
        .await
        .unwrap();
    let unreadable = other.dispatch(deposit("a", 1)).await.unwrap_err();
    let DispatchError::Unreadable(error) = &unreadable else {
        panic!("{unreadable}");
    };
    assert_eq!(error.position.get(), 1);
    assert!(
        error.reason.to_string().contains("too great"),
        "{}",
        error.reason
    );
    other.dispatch(deposit("b", 1)).await.unwrap();
}

#[derive(Event, Serialize, Deserialize)]
struct Ordered;

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Order, upsert)]
struct PlaceOrder {
    #[id]
    id: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Ordered))]
struct Order;

impl Decide<PlaceOrder> for Order {
    fn decide(&self, _: &PlaceOrder, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Ordered);
        Ok(())
    }
}

impl Apply<Ordered> for Order {
    fn apply(&mut self, _: &Ordered) {}
}

/// Pays two accounts for an order, each if it is not done yet, and fails between the two the first time.
#[derive(Handler)]
#[handler(name = "payments", events(Ordered))]
struct Payments {
    accounts: Views<Account>,
}

static FAILED: AtomicBool = AtomicBool::new(false);

impl EventHandler<Ordered> for Payments {
    async fn handle(&self, _: &Recorded<Ordered>, cx: &HandlerContext) -> Result<(), HandlerError> {
        for id in ["paid-1", "paid-2"] {
            if cx.ask(GetAccount { id: id.into() }).await?.is_none() {
                cx.dispatch(deposit(id, 5)).await?;
            }
            if !FAILED.swap(true, Ordering::Relaxed) {
                return Err(HandlerError::transient("the network is down"));
            }
        }
        assert!(self.accounts.get("paid-2").await?.is_some());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_skips_what_is_done_loses_nothing() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    app.dispatch(PlaceOrder { id: "o".into() }).await.unwrap();
    app.caught_up().await.unwrap();

    assert_eq!(seen(&app, "paid-1").await, Some(5));
    assert_eq!(seen(&app, "paid-2").await, Some(5));
    assert!(app.parked().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_erased_does_not_come_back_by_building_a_view_again() {
    let store = Memory::new();
    let app = App::builder(store.clone()).start().await.unwrap();
    app.dispatch(deposit("x", 77)).await.unwrap();
    app.dispatch(deposit("y", 1)).await.unwrap();
    assert_eq!(seen(&app, "x").await, Some(77));

    store
        .erase(&StreamId::new("Account", "x").unwrap())
        .await
        .unwrap();
    app.rebuild_view("Account").await.unwrap();
    app.caught_up().await.unwrap();

    assert_eq!(
        (seen(&app, "x").await, seen(&app, "y").await),
        (None, Some(1))
    );
}

#[derive(View, Serialize, Deserialize)]
#[view(events(Deposited))]
struct LastView {
    cents: Touchy,
}

impl Project<Deposited> for LastView {
    fn project(_: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
        // 98 becomes what cannot be read any more.
        let cents = Touchy(event.cents.0 + u64::from(event.cents.0 == 98));
        Some(Self { cents })
    }
}

#[tokio::test]
async fn a_view_that_panics_over_a_document_is_stopped_for_all_to_see() {
    let store = Memory::new();
    let app = App::builder(store.clone()).start().await.unwrap();
    app.dispatch(deposit("z", 98)).await.unwrap();
    app.caught_up().await.unwrap();
    drop(app);

    let app = App::builder(store).start().await.unwrap();
    app.dispatch(deposit("z", 1)).await.unwrap();
    app.caught_up().await.unwrap();

    let last = app.status().await.unwrap();
    let last = last.iter().find(|status| status.name == "Last").unwrap();
    let SubscriptionState::Stopped { reason, .. } = &last.state else {
        panic!("it is {:?}", last.state);
    };
    assert!(reason.contains("too great"), "{reason}");
    assert_eq!(seen(&app, "z").await, Some(99), "others go on");
}
