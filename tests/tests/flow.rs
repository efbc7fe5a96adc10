//! What follows from a message belongs to its flow, and happens once however often an event is delivered.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, CommandId, Context, Decide, Event,
    EventHandler, EventMeta, EventQuery, Handler, HandlerContext, HandlerError, Memory, Metadata,
    Position, Project, Query, Range, Recorded, Store, View, sqlite::Sqlite,
};
use cqrs_testing::{Faults, FaultyStore};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

#[derive(Command)]
#[command(aggregate = Order, create, local)]
struct PlaceOrder {
    #[id]
    order: String,
    items: Vec<String>,
}

#[derive(Event, Serialize, Deserialize)]
struct OrderPlaced {
    items: Vec<String>,
}

#[derive(Aggregate, Default)]
#[aggregate(events(OrderPlaced))]
struct Order;

impl Decide<PlaceOrder> for Order {
    fn decide(&self, command: &PlaceOrder, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let items = command.items.clone();
        cx.emit(OrderPlaced { items });
        Ok(())
    }
}

impl Apply<OrderPlaced> for Order {
    fn apply(&mut self, _: &OrderPlaced) {}
}

#[derive(View, Serialize, Deserialize)]
#[view(events(OrderPlaced))]
struct OrderView;

impl Project<OrderPlaced> for OrderView {
    fn project(_: Option<Self>, _: &String, _: &Recorded<OrderPlaced>) -> Option<Self> {
        Some(Self)
    }
}

#[derive(Query)]
#[query(view = OrderView, local)]
struct GetOrder {
    #[id]
    order: String,
}

#[derive(Command)]
#[command(aggregate = Item, upsert, local)]
struct Reserve {
    #[id]
    item: String,
    order: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Reserved {
    order: String,
}

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Reserved))]
struct Item {
    orders: Vec<String>,
}

impl Decide<Reserve> for Item {
    fn decide(&self, command: &Reserve, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let order = command.order.clone();
        cx.emit(Reserved { order });
        Ok(())
    }
}

impl Apply<Reserved> for Item {
    fn apply(&mut self, event: &Reserved) {
        self.orders.push(event.order.clone());
    }
}

#[derive(Query)]
#[query(view = Item, local)]
struct GetItem {
    #[id]
    item: String,
}

/// Reserves what was ordered: several commands for one event.
#[derive(Handler)]
#[handler(name = "warehouse", events(OrderPlaced))]
struct Warehouse {
    hands: Hands,
}

/// What the handler is made to do, and what it tells of it.
#[derive(Clone)]
struct Hands {
    /// How often it fails when all is done.
    failures: Arc<AtomicU32>,
    /// The store that goes away when all is done.
    cuts: Option<Faults>,
    delivered: mpsc::UnboundedSender<Delivered>,
}

struct Delivered {
    order: String,
    order_was_seen: bool,
    failed: bool,
}

impl EventHandler<OrderPlaced> for Warehouse {
    async fn handle(
        &self,
        event: &Recorded<OrderPlaced>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let order = event.stream().id().to_owned();
        let seen = cx
            .ask(GetOrder {
                order: order.clone(),
            })
            .await?;
        for item in &event.items {
            let (item, order) = (item.clone(), order.clone());
            cx.dispatch(Reserve { item, order }).await?;
        }
        let hands = &self.hands;
        let failures = &hands.failures;
        let failed = failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        if let Some(store) = &hands.cuts {
            store.disconnect();
        }
        let delivered = Delivered {
            order,
            order_was_seen: seen.is_some(),
            failed,
        };
        hands.delivered.send(delivered)?;
        if failed {
            return Err("it fails when all is done".into());
        }
        Ok(())
    }
}

/// An app, and what its handler tells.
async fn app(
    store: impl Store,
    failures: u32,
    cuts: Option<Faults>,
) -> (App, mpsc::UnboundedReceiver<Delivered>) {
    let (delivered, deliveries) = mpsc::unbounded_channel();
    let hands = Hands {
        failures: Arc::new(AtomicU32::new(failures)),
        cuts,
        delivered,
    };
    let app = App::builder(store).provide(hands).start().await.unwrap();
    (app, deliveries)
}

fn order(order: &str, items: &[&str]) -> PlaceOrder {
    PlaceOrder {
        order: order.into(),
        items: items.iter().map(|&item| item.to_owned()).collect(),
    }
}

async fn orders_of(app: &App, item: &str) -> Vec<String> {
    let item = item.to_owned();
    let item = app.ask(GetItem { item }).await.unwrap();
    item.map_or_else(Vec::new, |item| item.orders)
}

async fn log(store: &dyn Store) -> Vec<EventMeta> {
    let page = store
        .read(&EventQuery::all(), Range::after(Position::START))
        .await
        .unwrap();
    page.events.into_iter().map(|event| event.meta).collect()
}

#[tokio::test]
async fn a_flow_is_one_from_the_first_command_to_the_last_event() {
    let store = Memory::new();
    let (app, mut deliveries) = app(store.clone(), 0, None).await;
    let id = CommandId::from_key("one");

    app.with(Metadata::new().actor("jane").tenant("acme"))
        .with_id(id)
        .dispatch(order("o1", &["pen", "ink"]))
        .await
        .unwrap();
    deliveries.recv().await.unwrap();

    let log = log(&store).await;
    let names: Vec<_> = log.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["OrderPlaced", "Reserved", "Reserved"]);
    assert_eq!(log[0].command_id(), Some(id));
    assert_eq!(log[0].causation_id(), None, "nothing was before it");
    for event in &log {
        assert_eq!(event.correlation_id(), Some(id.into()));
        assert_eq!(event.metadata.actor_name(), Some("jane"));
        assert_eq!(event.metadata.tenant_name(), Some("acme"));
    }
    for event in &log[1..] {
        assert_eq!(event.causation_id(), Some(log[0].id.into()));
    }
    assert_ne!(log[1].command_id(), log[2].command_id());
}

#[tokio::test]
async fn a_handler_s_query_has_seen_the_event_in_hand() {
    let (app, mut deliveries) = app(Memory::new(), 0, None).await;
    for number in 0..50 {
        app.dispatch(order(&format!("o{number}"), &[]))
            .await
            .unwrap();
        let delivered = deliveries.recv().await.unwrap();
        assert_eq!(delivered.order, format!("o{number}"));
        assert!(delivered.order_was_seen, "{}", delivered.order);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_when_all_is_done_does_nothing_twice() {
    let (app, mut deliveries) = app(Memory::new(), 3, None).await;

    app.dispatch(order("o1", &["pen", "ink", "pen"]))
        .await
        .unwrap();
    for failed in [true, true, true, false] {
        assert_eq!(deliveries.recv().await.unwrap().failed, failed);
    }

    assert_eq!(orders_of(&app, "pen").await, ["o1", "o1"]);
    assert_eq!(orders_of(&app, "ink").await, ["o1"]);
}

/// The first app loses its store between what the handler did and the commit of how far it is.
async fn crash_and_come_back(store: impl Store + Clone) {
    let faulty = FaultyStore::new(store.clone());
    let (first, mut deliveries) = app(faulty.clone(), 0, Some(faulty.faults())).await;
    first.dispatch(order("o1", &["pen", "ink"])).await.unwrap();
    deliveries.recv().await.unwrap();
    drop(first);

    let (second, mut deliveries) = app(store, 0, None).await;
    let again = deliveries.recv().await.unwrap();
    assert_eq!(again.order, "o1", "the event comes again");
    assert_eq!(orders_of(&second, "pen").await, ["o1"]);
    assert_eq!(orders_of(&second, "ink").await, ["o1"]);

    second.dispatch(order("o2", &["pen"])).await.unwrap();
    assert_eq!(deliveries.recv().await.unwrap().order, "o2");
    assert_eq!(orders_of(&second, "pen").await, ["o1", "o2"]);
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_event_that_comes_again_after_a_crash_does_nothing_twice() {
    crash_and_come_back(Memory::new()).await;
}

#[tokio::test]
async fn an_event_that_comes_again_after_a_crash_does_nothing_twice_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    crash_and_come_back(Sqlite::open(folder.path().join("store.db")).unwrap()).await;
}

/// A service that sends on to an aggregate.
#[derive(Handler)]
struct Counter;

#[derive(Command)]
#[command(handler = Counter, local)]
struct Buy {
    item: String,
}

impl CommandHandler<Buy> for Counter {
    async fn handle(&self, command: Buy, cx: &HandlerContext) -> Result<(), HandlerError> {
        let order = "counter".to_owned();
        let item = command.item;
        cx.dispatch(Reserve { item, order }).await?;
        Ok(())
    }
}

#[tokio::test]
async fn what_a_service_sends_on_is_caused_by_its_command() {
    let store = Memory::new();
    let (app, _deliveries) = app(store.clone(), 0, None).await;
    let id = CommandId::from_key("one");

    let item = || "pen".to_owned();
    let buy = Buy { item: item() };
    app.with_id(id).dispatch(buy).await.unwrap();

    let log = log(&store).await;
    assert_eq!(log[0].causation_id(), Some(id.into()));
    assert_eq!(log[0].correlation_id(), Some(id.into()));
    assert_ne!(log[0].command_id(), Some(id));
}

#[tokio::test]
async fn a_service_that_is_sent_the_same_command_again_writes_nothing_twice() {
    let (app, _deliveries) = app(Memory::new(), 0, None).await;
    let id = CommandId::from_key("one");
    for _ in 0..3 {
        let item = "pen".to_owned();
        app.with_id(id).dispatch(Buy { item }).await.unwrap();
    }
    assert_eq!(orders_of(&app, "pen").await, ["counter"]);
}
