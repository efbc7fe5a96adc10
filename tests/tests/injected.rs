//! Time and ids come from outside, so that what a program writes can be the same to the last byte.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, SystemTime},
};

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, Context, Decide, Event, EventHandler,
    EventQuery, Handler, HandlerContext, HandlerError, Memory, Position, Query, QueryHandler,
    Range, Recorded, Store, StoredEvent, clock::Clock,
};
use cqrs_testing::{CountedIds, TestClock};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Timer, upsert, output = SystemTime)]
struct Start {
    #[id]
    timer: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Started {
    at: SystemTime,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Alarm, create)]
struct Ring {
    #[id]
    timer: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Rang;

#[derive(Aggregate, Default)]
#[aggregate(events(Started), id = u64)]
struct Timer {
    starts: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Rang), id = u64)]
struct Alarm;

impl Decide<Start> for Timer {
    fn decide(&self, _: &Start, cx: &mut Context<'_, Self>) -> Result<SystemTime, Infallible> {
        let at = cx.now();
        cx.emit(Started { at });
        Ok(at)
    }
}

impl Decide<Ring> for Alarm {
    fn decide(&self, _: &Ring, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Rang);
        Ok(())
    }
}

impl Apply<Started> for Timer {
    fn apply(&mut self, _: &Started) {
        self.starts += 1;
    }
}

impl Apply<Rang> for Alarm {
    fn apply(&mut self, _: &Rang) {}
}

#[derive(Handler)]
#[handler(name = "alarms", events(Started))]
struct Alarms;

impl EventHandler<Started> for Alarms {
    async fn handle(
        &self,
        event: &Recorded<Started>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let timer = event.stream().id().parse()?;
        cx.dispatch(Ring { timer }).await?;
        Ok(())
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Watch, output = SystemTime)]
struct WhatTimeIsIt;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Watch, output = SystemTime)]
struct LookAtTheTime;

#[derive(Handler)]
struct Watch;

impl QueryHandler<WhatTimeIsIt> for Watch {
    async fn handle(
        &self,
        _: WhatTimeIsIt,
        cx: &HandlerContext,
    ) -> Result<SystemTime, HandlerError> {
        Ok(cx.now())
    }
}

impl CommandHandler<LookAtTheTime> for Watch {
    async fn handle(
        &self,
        _: LookAtTheTime,
        cx: &HandlerContext,
    ) -> Result<SystemTime, HandlerError> {
        Ok(cx.now())
    }
}

async fn run() -> Vec<StoredEvent> {
    let (clock, ids) = (TestClock::at("2030-01-01"), CountedIds::default());
    let store = Memory::new()
        .with_clock(Arc::new(clock.clone()))
        .with_ids(Arc::new(ids.clone()));
    let app = App::builder(store.clone())
        .clock(clock.clone())
        .ids(ids)
        .start()
        .await
        .unwrap();
    for timer in 0..20 {
        clock.advance(Duration::from_secs(1));
        app.dispatch(Start { timer }).await.unwrap();
        app.caught_up().await.unwrap();
    }
    let store: &dyn Store = &store;
    let all = EventQuery::all();
    let range = Range::after(Position::START);
    store.read(&all, range).await.unwrap().events
}

#[tokio::test]
async fn with_the_same_time_and_ids_a_program_writes_the_same() {
    let (first, second) = (run().await, run().await);
    assert_eq!(first.len(), 40);
    assert_eq!(first, second);
}

#[tokio::test]
async fn decisions_and_handlers_see_the_time_of_the_clock() {
    let clock = TestClock::at("2030-01-01T12:00:00Z");
    let app = App::builder(Memory::new())
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    for _ in 0..2 {
        let now = clock.now();
        let started = app.dispatch(Start { timer: 1 }).await.unwrap();
        assert_eq!(started.output, now);
        assert_eq!(app.ask(WhatTimeIsIt).await.unwrap(), now);
        let looked = app.dispatch(LookAtTheTime).await.unwrap();
        assert_eq!(looked.output, now);
        clock.advance(Duration::from_secs(3_600));
    }
}
