//! Views that are built again under readers: nobody is shown a part for the whole, it comes out the same, and nothing else
//! is done again.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/random.rs"]
mod random;
#[path = "support/stores.rs"]
mod stores;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cqrs::{
    Aggregate, App, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext,
    HandlerError, Query, QueryHandler, Recorded, View, Views,
};
use random::{Rng, usually};
use serde::{Deserialize, Serialize};
use stores::{Place, on_each_store};
use tokio::{sync::watch, task::JoinSet};

#[derive(Event, Serialize, Deserialize)]
struct Added {
    number: u64,
}

/// Another one for another order of its events.
#[derive(Aggregate, View, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Added))]
struct Tally {
    count: u64,
    hash: u64,
}

impl Apply<Added> for Tally {
    fn apply(&mut self, event: &Added) {
        self.count += 1;
        self.hash = self.hash.wrapping_mul(31).wrapping_add(event.number);
    }
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Tally, upsert)]
struct Add {
    #[id]
    tally: String,
    number: u64,
}

impl Decide<Add> for Tally {
    fn decide(&self, command: &Add, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Added {
            number: command.number,
        });
        Ok(())
    }
}

#[derive(Query)]
#[query(view = Tally, local)]
struct GetTally {
    #[id]
    tally: String,
}

/// How many tallies there are, and all of them.
#[derive(Query)]
#[query(handler = Clerk, output = (u64, Vec<Tally>), local)]
struct TakeStock;

#[derive(Handler)]
struct Clerk {
    tallies: Views<Tally>,
}

impl QueryHandler<TakeStock> for Clerk {
    async fn handle(
        &self,
        _: TakeStock,
        _: &HandlerContext,
    ) -> Result<(u64, Vec<Tally>), HandlerError> {
        Ok((self.tallies.count().await?, self.tallies.list().await?))
    }
}

/// What [`Echo`] was given, on whichever node.
#[derive(Clone, Default)]
struct Handled(Arc<AtomicU64>);

/// Counts what it is given, and sends a command over each [`LOUD`] number.
#[derive(Handler)]
#[handler(name = "echo", events(Added), from = beginning)]
struct Echo {
    handled: Handled,
}

impl EventHandler<Added> for Echo {
    async fn handle(
        &self,
        event: &Recorded<Added>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        self.handled.0.fetch_add(1, Ordering::SeqCst);
        if event.number == LOUD {
            let tally = ECHO.to_owned();
            cx.dispatch(Add { tally, number: 0 }).await?;
        }
        Ok(())
    }
}

const LOUD: u64 = 9;
const ECHO: &str = "echo";
/// Changes all the time. It is behind all others in the order of keys.
const BUSY: &str = "zzz";

/// What there is to be of each tally.
type Tallies = BTreeMap<String, Tally>;

fn apply(tallies: &mut Tallies, tally: &str, number: u64) {
    let tally = tallies.entry(tally.to_owned()).or_default();
    Apply::apply(tally, &Added { number });
}

async fn add(app: &App, tallies: &mut Tallies, tally: &str, number: u64) {
    let add = Add {
        tally: tally.to_owned(),
        number,
    };
    app.dispatch(add).await.unwrap();
    apply(tallies, tally, number);
}

/// What was seen. Nothing is seen only while the view is built.
fn shown<T>(seen: Result<T, impl fmt::Display>) -> Option<T> {
    seen.map_err(|error| {
        let error = error.to_string();
        assert!(error.contains("view `Tally` is being built: "), "{error}");
    })
    .ok()
}

/// Reads in every way until it is over, and answers how often all was there.
async fn read(app: App, eventual: bool, tallies: Tallies, over: watch::Receiver<bool>) -> u64 {
    let still: Vec<_> = tallies.values().take(tallies.len() - 1).cloned().collect();
    let mut whole = 0;
    loop {
        let is_last = *over.borrow();
        for (tally, expected) in tallies.iter().filter(|(tally, _)| *tally != BUSY) {
            let ask = GetTally {
                tally: tally.clone(),
            };
            let seen = if eventual {
                app.eventual().ask(ask).await
            } else {
                app.ask(ask).await
            };
            if let Some(seen) = shown(seen) {
                assert_eq!(seen.as_ref(), Some(expected), "eventual: {eventual}");
                whole += 1;
            }
        }
        let stock = if eventual {
            app.eventual().ask(TakeStock).await
        } else {
            app.ask(TakeStock).await
        };
        if let Some((count, listed)) = shown(stock) {
            assert_eq!(count, tallies.len() as u64, "eventual: {eventual}");
            assert_eq!(listed[..listed.len() - 1], still, "eventual: {eventual}");
            assert!(listed[still.len()].count >= tallies[BUSY].count);
            whole += 1;
        }
        if is_last {
            return whole;
        }
        tokio::task::yield_now().await;
    }
}

/// Writes until it is over, reads each write, and answers how the tallies are then.
async fn write(app: App, mut tallies: Tallies, over: watch::Receiver<bool>) -> Tallies {
    while !*over.borrow() {
        add(&app, &mut tallies, BUSY, 1).await;
        let tally = BUSY.to_owned();
        if let Some(seen) = shown(app.ask(GetTally { tally }).await) {
            assert_eq!(seen.as_ref(), Some(&tallies[BUSY]), "one's own writes");
        }
        tokio::task::yield_now().await;
    }
    tallies
}

/// T34 and T35: random histories, built again by order of either node while others read on both and one writes.
async fn a_view_built_again_is_the_same_and_nobody_sees_a_part_of_it(place: impl Place) {
    const REBUILDS: usize = 4;
    let handled = Handled::default();
    let start = async || {
        let app = App::builder(place.open().await)
            .provide(handled.clone())
            .wait_limit(Duration::from_secs(60));
        app.start().await.unwrap()
    };
    let apps = [start().await, start().await];
    let mut tallies = Tallies::new();
    let mut loud = 0;
    for seed in 0..usually(2, 50) {
        let mut rng = Rng::seeded(seed);
        add(&apps[0], &mut tallies, BUSY, 1).await;
        for _ in 0..usually(100, 2_000) {
            let (tally, number) = (rng.below(7).to_string(), rng.below(10));
            add(&apps[0], &mut tallies, &tally, number).await;
            if number == LOUD {
                loud += 1;
                apply(&mut tallies, ECHO, 0);
            }
        }
        caught_up(&apps).await;

        let over = watch::Sender::new(false);
        let mut readers = JoinSet::new();
        for app in &apps {
            for eventual in [false, true] {
                let (app, tallies) = (app.clone(), tallies.clone());
                readers.spawn(read(app, eventual, tallies, over.subscribe()));
            }
        }
        let writer = write(apps[1].clone(), tallies, over.subscribe());
        let writer = tokio::spawn(writer);
        for rebuild in 0..REBUILDS {
            apps[rebuild % 2].rebuild_view("Tally").await.unwrap();
            caught_up(&apps).await;
        }
        over.send_replace(true);
        tallies = writer.await.unwrap();
        while let Some(whole) = readers.join_next().await {
            assert!(whole.unwrap() > 0, "it was never there");
        }
        caught_up(&apps).await;
        for app in &apps {
            let (count, listed) = app.ask(TakeStock).await.unwrap();
            assert_eq!(count, tallies.len() as u64);
            assert!(listed.iter().eq(tallies.values()), "{listed:?} {tallies:?}");
        }
        // Each event was handled once, when it was new, and what came of it then has not come again.
        let events: u64 = tallies.values().map(|tally| tally.count).sum();
        assert_eq!(tallies[ECHO].count, loud);
        assert_eq!(handled.0.load(Ordering::SeqCst), events, "handled");
        let status = apps[0].status().await.unwrap();
        assert_eq!(status[0].head.get(), events, "recorded");
    }
    let [first, second] = apps;
    drop(second);
    first.shutdown().await.unwrap();
}

async fn caught_up(apps: &[App]) {
    for app in apps {
        let caught_up = tokio::time::timeout(Duration::from_secs(60), app.caught_up()).await;
        caught_up.expect("it catches up").unwrap();
    }
}

on_each_store! {
    a_view_built_again_is_the_same_and_nobody_sees_a_part_of_it
}
