//! Events that a handler cannot deal with, among many that it can.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/stores.rs"]
mod stores;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use cqrs::{
    Aggregate, App, Apply, Event, EventHandler, Handler, HandlerContext, HandlerError, Query,
    Recorded, View,
    app::{SubscriptionState, SubscriptionStatus},
};
use serde::{Deserialize, Serialize};
use stores::{Place, on_each_store};
use tokio::task::JoinSet;

#[derive(Event, Serialize, Deserialize)]
struct Sent {
    number: u64,
}

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Sent))]
struct Letters {
    count: u64,
}

impl Apply<Sent> for Letters {
    fn apply(&mut self, _: &Sent) {
        self.count += 1;
    }
}

#[derive(Query)]
#[query(view = Letters, local)]
struct CountLetters {
    #[id]
    to: String,
}

/// What the handler does with the first letter to `poisoned`.
const DEALS: u8 = 0;
const REFUSES: u8 = 1;
const PANICS: u8 = 2;

#[derive(Clone, Default)]
struct Office {
    mood: Arc<AtomicU8>,
    delivered: Arc<Mutex<BTreeMap<String, Vec<u64>>>>,
}

#[derive(Handler)]
#[handler(name = "post", events(Sent), from = beginning)]
struct Post {
    office: Office,
}

impl EventHandler<Sent> for Post {
    async fn handle(&self, event: &Recorded<Sent>, _: &HandlerContext) -> Result<(), HandlerError> {
        let to = event.stream().id().to_owned();
        if to.starts_with("poisoned") && event.number == 0 {
            match self.office.mood.load(Ordering::SeqCst) {
                REFUSES => return Err(HandlerError::permanent("illegible")),
                PANICS => panic!("this letter bites"),
                _ => {}
            }
        }
        let mut delivered = self.office.delivered.lock().unwrap();
        delivered.entry(to).or_default().push(event.number);
        Ok(())
    }
}

async fn start(place: &impl Place, mood: u8) -> (App, Office) {
    let office = Office::default();
    office.mood.store(mood, Ordering::SeqCst);
    let app = App::builder(place.open().await).provide(office.clone());
    (app.start().await.unwrap(), office)
}

async fn send(app: &App, to: &str, numbers: impl IntoIterator<Item = u64>) {
    let letters: Vec<_> = numbers.into_iter().map(|number| Sent { number }).collect();
    let to = to.to_owned();
    app.record::<Letters>(&to, letters).await.unwrap();
}

async fn post(app: &App) -> SubscriptionStatus {
    let all = app.status().await.unwrap();
    all.into_iter()
        .find(|status| status.name == "post")
        .unwrap()
}

async fn within<T>(seconds: u64, what: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(seconds);
    let done = tokio::time::timeout(limit, what).await;
    done.unwrap_or_else(|_elapsed| panic!("it takes longer than {seconds} s"))
}

/// T32: one poisoned stream among a thousand, three times.
async fn only_the_poisoned_stream_is_held(place: impl Place) {
    const STREAMS: u64 = 1_000;
    let (app, office) = start(&place, REFUSES).await;
    for round in 0..3 {
        office.delivered.lock().unwrap().clear();
        let poisoned = format!("poisoned-{round}");
        send(&app, &poisoned, [0, 1]).await;
        let mut senders = JoinSet::new();
        for sender in 0..20 {
            let (app, poisoned) = (app.clone(), poisoned.clone());
            senders.spawn(async move {
                for to in (1..STREAMS).filter(|to| to % 20 == sender) {
                    send(&app, &format!("{round}-{to}"), [0, 1]).await;
                }
                if sender == 0 {
                    send(&app, &poisoned, [2, 3]).await;
                }
            });
        }
        senders.join_all().await;
        within(10, app.caught_up()).await.unwrap();

        let others = office.delivered.lock().unwrap().clone();
        assert_eq!(others.len() as u64, STREAMS - 1, "all but one");
        assert!(others.values().all(|numbers| *numbers == [0, 1]));
        let parked = app.parked().await.unwrap();
        let [parked] = &*parked else {
            panic!("{parked:?}");
        };
        assert_eq!(parked.positions.len(), 4);
        assert_eq!(parked.key_text, format!("Letters `{poisoned}`"));
        assert_eq!(post(&app).await.parked, 1);

        let again = app.retry_parked(parked).await.unwrap();
        assert_eq!((again.done, again.left), (0, 4), "it is as it was");
        office.mood.store(DEALS, Ordering::SeqCst);
        let again = app.retry_parked(parked).await.unwrap();
        assert_eq!((again.done, again.left), (4, 0));
        send(&app, &poisoned, [4]).await;
        within(10, app.caught_up()).await.unwrap();
        let delivered = office.delivered.lock().unwrap().get(&poisoned).cloned();
        assert_eq!(delivered.unwrap(), [0, 1, 2, 3, 4], "in order");
        office.mood.store(REFUSES, Ordering::SeqCst);
    }
    app.shutdown().await.unwrap();
}

/// T33: a handler panics over an event, again and again, until it does not.
async fn a_handler_that_panics_is_seen_and_lives(place: impl Place) {
    let (app, office) = start(&place, PANICS).await;
    send(&app, "before", [0]).await;
    within(10, app.caught_up()).await.unwrap();
    let before = post(&app).await.position;
    let sent = Instant::now();
    send(&app, "poisoned", [0, 1]).await;
    let seen = within(10, async {
        loop {
            let seen = post(&app).await;
            if matches!(&seen.state, SubscriptionState::Retrying { error } if error.contains("this letter bites")) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    // A second, and what writing a backtrace takes.
    assert!(
        sent.elapsed() < Duration::from_secs(5),
        "{:?}",
        sent.elapsed()
    );
    assert_eq!(seen.position, before);
    assert!(seen.last_error.unwrap().contains("this letter bites"));
    assert_eq!(seen.lag_events, 2);
    // Others go on meanwhile.
    let to = "poisoned".to_owned();
    let counted = app.ask(CountLetters { to }).await.unwrap();
    assert_eq!(counted.unwrap().count, 2);

    office.mood.store(DEALS, Ordering::SeqCst);
    within(10, app.caught_up()).await.unwrap();
    assert_eq!(office.delivered.lock().unwrap()["poisoned"], [0, 1]);
    assert_eq!(post(&app).await.state, SubscriptionState::Running);
    assert_eq!(app.parked().await.unwrap(), []);
    app.shutdown().await.unwrap();
}

on_each_store! {
    only_the_poisoned_stream_is_held
    a_handler_that_panics_is_seen_and_lives
}
