//! A store that goes away for a while: what follows the log waits for it, and nothing is parked, lost or doubled.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use cqrs::{
    Aggregate, Aggregates, App, Apply, Command, Context, Decide, DispatchError, Event,
    EventHandler, Events, Expected, Handler, HandlerContext, HandlerError, Memory, Query,
    QueryHandler, Recorded, View, Views,
};
use cqrs_testing::{Faults, FaultyStore};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};

/// Says by which way its handler writes or reads.
#[derive(Event, Serialize, Deserialize)]
struct Ordered {
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Way {
    Dispatch,
    Update,
    Append,
    Ask,
    AskHandler,
    Read,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Ordered))]
struct Order;

impl Apply<Ordered> for Order {
    fn apply(&mut self, _: &Ordered) {}
}

#[derive(Command)]
#[command(aggregate = Item, upsert, local)]
struct Reserve {
    #[id]
    item: String,
}

#[derive(Debug, thiserror::Error)]
#[error("sold out")]
struct SoldOut;

#[derive(Event, Serialize, Deserialize)]
struct Reserved;

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Reserved), error = SoldOut)]
struct Item {
    reserved: u32,
}

impl Decide<Reserve> for Item {
    fn decide(&self, _: &Reserve, cx: &mut Context<'_, Self>) -> Result<(), SoldOut> {
        cx.emit(Reserved);
        Ok(())
    }
}

impl Apply<Reserved> for Item {
    fn apply(&mut self, _: &Reserved) {
        self.reserved += 1;
    }
}

#[derive(Query)]
#[query(view = Item, local)]
struct GetItem {
    #[id]
    item: String,
}

#[derive(Query)]
#[query(handler = Stock, output = u64, local)]
struct CountItems;

#[derive(Handler)]
struct Stock {
    items: Views<Item>,
}

impl QueryHandler<CountItems> for Stock {
    async fn handle(&self, _: CountItems, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(self.items.count().await?)
    }
}

#[derive(Handler)]
#[handler(name = "warehouse", events(Ordered))]
struct Warehouse {
    items: Aggregates<Item>,
    views: Views<Item>,
    events: Events,
    gate: Gate,
    done: mpsc::UnboundedSender<Way>,
}

/// Where the handler waits, with the event in hand, until the store has gone away.
#[derive(Clone)]
struct Gate {
    arrived: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    fn new() -> Self {
        Self {
            arrived: watch::Sender::new(false),
            open: watch::Sender::new(false),
        }
    }

    async fn pass(&self) {
        self.arrived.send_replace(true);
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
    }

    async fn arrived(&self) {
        let mut arrived = self.arrived.subscribe();
        arrived.wait_for(|arrived| *arrived).await.unwrap();
    }
}

impl EventHandler<Ordered> for Warehouse {
    async fn handle(
        &self,
        event: &Recorded<Ordered>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        self.gate.pass().await;
        let item = "pen".to_owned();
        match event.way {
            Way::Dispatch => {
                cx.dispatch(Reserve { item }).await?;
            }
            Way::Update => {
                let items = self.items.within(cx);
                let reserve = |_: &Item, cx: &mut Context<'_, Item>| {
                    cx.emit(Reserved);
                    Ok::<_, SoldOut>(())
                };
                items.update(&item, reserve).await?;
            }
            Way::Append => {
                let append = self.events.append().within(cx);
                let append = append.to::<Item>(&item, Expected::Any, [Reserved]);
                append.commit().await?;
            }
            Way::Ask => {
                cx.ask(GetItem { item }).await?;
            }
            Way::AskHandler => {
                cx.ask(CountItems).await?;
            }
            Way::Read => {
                self.views.get(&item).await?;
            }
        }
        Ok(self.done.send(event.way)?)
    }
}

struct Running {
    app: App,
    faults: Faults,
    gate: Gate,
    done: mpsc::UnboundedReceiver<Way>,
}

async fn run() -> Running {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let (sender, done) = mpsc::unbounded_channel();
    let gate = Gate::new();
    let app = App::builder(store)
        .provide(sender)
        .provide(gate.clone())
        .start()
        .await
        .unwrap();
    let item = "pen".to_owned();
    app.dispatch(Reserve { item }).await.unwrap();
    Running {
        app,
        faults,
        gate,
        done,
    }
}

impl Running {
    /// Something is ordered, and the store goes away before the handler does what it does.
    async fn order(&mut self, way: Way, fail: impl Fn(&Faults)) {
        let order = "o1".to_owned();
        let ordered = [Ordered { way }];
        self.app.record::<Order>(&order, ordered).await.unwrap();
        self.gate.arrived().await;
        fail(&self.faults);
        self.gate.open.send_replace(true);
    }

    async fn is_done(&mut self, way: Way) {
        let done = tokio::time::timeout(Duration::from_secs(3_600), self.done.recv()).await;
        let Ok(done) = done else {
            panic!("{way:?} is not done: {:?}", self.app.parked().await)
        };
        assert_eq!(done, Some(way));
    }

    async fn nothing_is_parked_and(&self, reserved: u32) {
        self.app.caught_up().await.unwrap();
        assert_eq!(self.app.parked().await.unwrap(), []);
        let item = "pen".to_owned();
        let item = self.app.ask(GetItem { item }).await.unwrap();
        assert_eq!(item.unwrap().reserved, reserved);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_writes_fail_waits_until_they_work() {
    for way in [Way::Dispatch, Way::Update, Way::Append] {
        let mut running = run().await;
        running.order(way, |faults| faults.fail_appends(20)).await;
        running.is_done(way).await;
        running.nothing_is_parked_and(2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_answers_are_lost_writes_once() {
    for way in [Way::Dispatch, Way::Update, Way::Append] {
        let mut running = run().await;
        running
            .order(way, |faults| faults.lose_acknowledgements(20))
            .await;
        running.is_done(way).await;
        running.nothing_is_parked_and(2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_an_hour_is_waited_for() {
    for way in [
        Way::Dispatch,
        Way::Update,
        Way::Append,
        Way::Ask,
        Way::AskHandler,
        Way::Read,
    ] {
        let mut running = run().await;
        running.order(way, Faults::disconnect).await;
        let outage = tokio::time::timeout(Duration::from_secs(3_600), running.done.recv());
        assert!(outage.await.is_err(), "the store is away");
        running.faults.reconnect();
        running.is_done(way).await;
        let writes = matches!(way, Way::Dispatch | Way::Update | Way::Append);
        running.nothing_is_parked_and(1 + u32::from(writes)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_during_an_outage_is_told_that_it_did_not_happen() {
    let running = run().await;
    running.faults.disconnect();
    let item = "pen".to_owned();
    let failed = running.app.dispatch(Reserve { item }).await.unwrap_err();
    assert!(matches!(failed, DispatchError::Store(_)), "{failed}");
    assert!(failed.is_transient());

    running.faults.reconnect();
    running.nothing_is_parked_and(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_view_goes_on_soon_after_a_long_outage() {
    let running = run().await;
    // All that is written meanwhile is seen, and no page of it is committed.
    running.faults.fail_commits(usize::MAX);
    let item = "pen".to_owned();
    running.app.dispatch(Reserve { item }).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3_601)).await;
    running.faults.heal();
    let back = tokio::time::Instant::now();
    running.nothing_is_parked_and(2).await;
    assert!(
        back.elapsed() < Duration::from_secs(3),
        "{:?}",
        back.elapsed()
    );
}
