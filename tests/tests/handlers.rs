//! What handlers are given, and how they call each other.

use std::{convert::Infallible, sync::Arc};

use cqrs::{
    Aggregate, App, Apply, AskError, Command, CommandHandler, CommandId, Context, Decide,
    DispatchError, Dispatcher, Event, EventHandler, EventQuery, Handler, HandlerContext,
    HandlerError, Memory, Metadata, Position, Query, QueryHandler, Range, Recorded, Store, View,
    Views, app::AppBuilder,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};

// Two services that call each other in a circle.

#[derive(Command)]
#[command(handler = Evens, output = u32, local)]
struct Halve(u64);

#[derive(Command)]
#[command(handler = Odds, output = u32, local)]
struct Triple(u64);

#[derive(Handler)]
struct Evens;

#[derive(Handler)]
struct Odds;

/// How many steps it takes from here to 1.
async fn steps(number: u64, cx: &HandlerContext) -> Result<u32, HandlerError> {
    let flow = cx.metadata().correlation_id();
    assert_eq!(flow, Some(CommandId::from_key("one").into()));
    Ok(match number {
        1 => 0,
        even if even % 2 == 0 => 1 + cx.dispatch(Halve(even)).await?.output,
        odd => 1 + cx.dispatch(Triple(odd)).await?.output,
    })
}

impl CommandHandler<Halve> for Evens {
    async fn handle(&self, command: Halve, cx: &HandlerContext) -> Result<u32, HandlerError> {
        steps(command.0 / 2, cx).await
    }
}

impl CommandHandler<Triple> for Odds {
    async fn handle(&self, command: Triple, cx: &HandlerContext) -> Result<u32, HandlerError> {
        steps(command.0 * 3 + 1, cx).await
    }
}

// Two handlers of events that answer each other's events.

#[derive(Command)]
#[command(aggregate = Rally, upsert, local)]
struct Hit {
    #[id]
    rally: String,
    hits_left: u32,
}

#[derive(Event, Serialize, Deserialize)]
struct Pinged {
    hits_left: u32,
}

#[derive(Event, Serialize, Deserialize)]
struct Ponged {
    hits_left: u32,
}

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Pinged, Ponged))]
struct Rally {
    hits: u32,
}

impl Decide<Hit> for Rally {
    fn decide(&self, command: &Hit, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let hits_left = command.hits_left;
        if self.hits.is_multiple_of(2) {
            cx.emit(Pinged { hits_left });
        } else {
            cx.emit(Ponged { hits_left });
        }
        Ok(())
    }
}

impl Apply<Pinged> for Rally {
    fn apply(&mut self, _: &Pinged) {
        self.hits += 1;
    }
}

impl Apply<Ponged> for Rally {
    fn apply(&mut self, _: &Ponged) {
        self.hits += 1;
    }
}

#[derive(Handler)]
#[handler(name = "player-a", events(Ponged))]
struct PlayerA {
    ended: mpsc::UnboundedSender<String>,
}

#[derive(Handler)]
#[handler(name = "player-b", events(Pinged))]
struct PlayerB {
    ended: mpsc::UnboundedSender<String>,
}

async fn hit_back(
    rally: &str,
    hits_left: u32,
    ended: &mpsc::UnboundedSender<String>,
    cx: &HandlerContext,
) -> Result<(), HandlerError> {
    let rally = rally.to_owned();
    match hits_left.checked_sub(1) {
        None => ended.send(rally)?,
        Some(hits_left) => drop(cx.dispatch(Hit { rally, hits_left }).await?),
    }
    Ok(())
}

impl EventHandler<Ponged> for PlayerA {
    async fn handle(
        &self,
        event: &Recorded<Ponged>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        hit_back(event.stream().id(), event.hits_left, &self.ended, cx).await
    }
}

impl EventHandler<Pinged> for PlayerB {
    async fn handle(
        &self,
        event: &Recorded<Pinged>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        hit_back(event.stream().id(), event.hits_left, &self.ended, cx).await
    }
}

// A service with everything that can be injected.

#[derive(Clone, Default)]
struct Greeting(String);

#[derive(Clone)]
struct Gate(Arc<Notify>);

#[derive(Handler)]
struct Host {
    dispatcher: Dispatcher,
    rallies: Views<Rally>,
    #[inject(default)]
    greeting: Greeting,
    gate: Gate,
    told: mpsc::UnboundedSender<String>,
}

#[derive(Command)]
#[command(handler = Host, local)]
struct HitLater {
    rally: String,
}

/// It answers at once; a task of its own sends on when the gate is opened.
impl CommandHandler<HitLater> for Host {
    async fn handle(&self, command: HitLater, _: &HandlerContext) -> Result<(), HandlerError> {
        let (dispatcher, gate) = (self.dispatcher.clone(), self.gate.clone());
        let told = self.told.clone();
        tokio::spawn(async move {
            gate.0.notified().await;
            let rally = command.rally;
            let hit = dispatcher.dispatch(Hit {
                rally: rally.clone(),
                hits_left: 0,
            });
            let told_of = match hit.await {
                Ok(_) => rally,
                Err(error @ DispatchError::ShuttingDown) => error.to_string(),
                Err(error) => panic!("{error}"),
            };
            let asked = dispatcher.ask(Greet).await;
            assert!(asked.is_ok() || matches!(asked, Err(AskError::ShuttingDown)));
            told.send(told_of)
        });
        Ok(())
    }
}

#[derive(Query)]
#[query(handler = Host, output = String, local)]
struct Greet;

impl QueryHandler<Greet> for Host {
    async fn handle(&self, _: Greet, _: &HandlerContext) -> Result<String, HandlerError> {
        let rallies = self.rallies.count().await?;
        Ok(format!("{}{rallies} rallies", self.greeting.0))
    }
}

struct Told {
    gate: Arc<Notify>,
    rallies: mpsc::UnboundedReceiver<String>,
}

fn builder(store: impl Store) -> (AppBuilder, Told) {
    let (told, rallies) = mpsc::unbounded_channel();
    let gate = Arc::new(Notify::new());
    let builder = App::builder(store)
        .provide(told)
        .provide(Gate(Arc::clone(&gate)));
    (builder, Told { gate, rallies })
}

#[tokio::test]
async fn services_call_each_other_in_a_circle() {
    let (builder, _told) = builder(Memory::new());
    let app = builder.start().await.unwrap();

    let request = app.with_id(CommandId::from_key("one"));
    let steps = request.dispatch(Triple(27)).await.unwrap().output;
    assert_eq!(steps, 110, "with the first step, 27 takes 111");
}

#[tokio::test]
async fn handlers_of_events_answer_each_other_in_one_flow() {
    let store = Memory::new();
    let (builder, mut told) = builder(store.clone());
    let app = builder.start().await.unwrap();

    let hit = |rally: &str| Hit {
        rally: rally.into(),
        hits_left: 20,
    };
    app.with(Metadata::new().actor("jane"))
        .dispatch(hit("one"))
        .await
        .unwrap();
    assert_eq!(told.rallies.recv().await.unwrap(), "one");

    let store: &dyn Store = &store;
    let log = store
        .read(&EventQuery::all(), Range::after(Position::START))
        .await
        .unwrap()
        .events;
    assert_eq!(log.len(), 21);
    for pair in log.windows(2) {
        let (before, after) = (&pair[0].meta, &pair[1].meta);
        assert_eq!(after.causation_id(), Some(before.id.into()));
        assert_eq!(after.correlation_id(), before.correlation_id());
        assert_eq!(after.metadata.actor_name(), Some("jane"));
    }
}

#[tokio::test]
async fn a_task_of_a_handler_sends_on_by_a_dispatcher() {
    let (builder, mut told) = builder(Memory::new());
    let app = builder.start().await.unwrap();

    let rally = "later".to_owned();
    app.dispatch(HitLater { rally }).await.unwrap();
    assert_eq!(app.ask(Greet).await.unwrap(), "0 rallies");
    told.gate.notify_one();

    // The end of the rally and what the task tells come through one channel, in either order.
    assert_eq!(told.rallies.recv().await.unwrap(), "later");
    assert_eq!(told.rallies.recv().await.unwrap(), "later");
    assert_eq!(app.ask(Greet).await.unwrap(), "1 rallies");
}

#[tokio::test]
async fn a_dispatcher_keeps_no_app_alive() {
    let (builder, mut told) = builder(Memory::new());
    let app = builder.start().await.unwrap();
    let rally = "later".to_owned();
    app.dispatch(HitLater { rally }).await.unwrap();

    app.shutdown().await.unwrap();
    drop(app);
    told.gate.notify_one();
    assert_eq!(
        told.rallies.recv().await.unwrap(),
        "the app is shutting down"
    );
}

#[tokio::test]
async fn a_field_has_its_default_unless_somebody_provides_one() {
    let (bare, _told) = builder(Memory::new());
    let app = bare.start().await.unwrap();
    assert_eq!(app.ask(Greet).await.unwrap(), "0 rallies");

    let (bare, _told) = builder(Memory::new());
    let greeting = Greeting("hello, ".into());
    let app = bare.provide(greeting).start().await.unwrap();
    assert_eq!(app.ask(Greet).await.unwrap(), "hello, 0 rallies");
}
