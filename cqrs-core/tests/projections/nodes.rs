//! Several nodes on one store: who comes, who waits for whom, and orders on their way.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cqrs_core::{
    App, EventHandler, FollowedByHandler, Handler, HandlerContext, HandlerError, Injector, Listen,
    Memory, NodeId, Recorded, Registration,
    app::{AppBuilder, ControlError, SubscriptionState, SubscriptionStatus},
    store::{
        documents::{Checkpoint, PageCommit, Subscription, SubscriptionKind, ViewStore},
        leases::{Beat, LeaseStore},
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{
    stock::{Added, Get, Group, Removed, Total, added, bare, get, record, set_trap, trapped},
    stores::Moody,
};

const HANDLER: SubscriptionKind = SubscriptionKind::Handler;
const VIEW: SubscriptionKind = SubscriptionKind::View;

/// Takes its time with each event, until it is let.
struct Slow(Gate);

#[derive(Clone)]
struct Gate {
    open: watch::Sender<bool>,
    begun: watch::Sender<u64>,
    done: watch::Sender<u64>,
}

impl Gate {
    fn open() -> Self {
        Self {
            open: watch::Sender::new(true),
            begun: watch::Sender::new(0),
            done: watch::Sender::new(0),
        }
    }

    fn closed() -> Self {
        let gate = Self::open();
        gate.open.send_replace(false);
        gate
    }

    async fn has_begun(&self) {
        let mut begun = self.begun.subscribe();
        begun.wait_for(|begun| *begun > 0).await.unwrap();
    }
}

impl Handler for Slow {
    const NAME: &'static str = "slow";

    fn inject(from: &mut Injector<'_>) -> Option<Self> {
        Some(Self(from.field("gate")?))
    }
}

impl FollowedByHandler<Slow> for Added {}

impl EventHandler<Added> for Slow {
    async fn handle(&self, _: &Recorded<Added>, _: &HandlerContext) -> Result<(), HandlerError> {
        let Self(gate) = self;
        gate.begun.send_modify(|begun| *begun += 1);
        let mut open = gate.open.subscribe();
        open.wait_for(|open| *open).await?;
        gate.done.send_modify(|done| *done += 1);
        Ok(())
    }
}

const LISTENS: &[Listen] = &[Listen::to::<Slow, Added>()];

/// A node with the view of groups, which passes over what is removed, and the slow handler.
fn node(store: &Memory, gate: &Gate) -> AppBuilder {
    bare(store.clone())
        .provide(gate.clone())
        .register(Registration::view::<Group>())
        .register(Registration::handler::<Slow>(&[]).subscribing(LISTENS, false))
}

async fn two_nodes() -> (App, App) {
    let (store, gate) = (Memory::new(), Gate::open());
    let first = node(&store, &gate).start().await.unwrap();
    let second = node(&store, &gate).start().await.unwrap();
    (first, second)
}

async fn status(app: &App, name: &str) -> SubscriptionStatus {
    let all = app.status().await.unwrap();
    all.into_iter().find(|status| status.name == name).unwrap()
}

/// A node that is played by the test.
fn stranger() -> NodeId {
    "00000000-0000-0000-0000-000000000007".parse().unwrap()
}

/// Takes everything from the node that has it, which is not told.
async fn seize(store: &Memory) -> Vec<Subscription> {
    let leases = store.leases().await.unwrap();
    for holder in leases.iter().filter_map(|lease| lease.holder.as_ref()) {
        store.leave(holder.node).await.unwrap();
    }
    let subscriptions: Vec<_> = leases.into_iter().map(|lease| lease.subscription).collect();
    hold(store, &subscriptions).await;
    subscriptions
}

async fn hold(store: &Memory, subscriptions: &[Subscription]) {
    let beat = Beat {
        node: stranger(),
        name: "stranger".into(),
        term: Duration::from_secs(600),
        subscriptions: subscriptions
            .iter()
            .map(|of| (of.clone(), Vec::new().into()))
            .collect(),
    };
    store.beat(&beat).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_node_joins_one_that_has_long_had_nothing_to_do() {
    let (store, gate) = (Memory::new(), Gate::open());
    let first = node(&store, &gate).start().await.unwrap();
    for _ in 0..3 {
        record(&first, "pen", Removed).await;
        first.caught_up().await.unwrap();
    }
    sleep(Duration::from_secs(3_600)).await;

    // What the first has passed over it has told nobody.
    let second = timeout(Duration::from_secs(30), node(&store, &gate).start()).await;
    let second = second.expect("it starts").unwrap();
    assert_eq!(get::<Group>(&second, "all").await, None);
    assert_eq!(
        status(&second, "slow").await.elsewhere,
        status(&second, "Group").await.elsewhere
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_joins_one_that_has_built_its_views_from_nothing() {
    let (first, second) = two_nodes().await;
    assert_eq!(get::<Group>(&second, "all").await, None);
    assert_eq!(get::<Group>(&first, "all").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_busy_log_does_not_keep_others_from_being_shown_what_is_passed_over() {
    let (first, second) = two_nodes().await;
    let busy = tokio::spawn(async move {
        loop {
            record(&first, "pen", Removed).await;
            sleep(Duration::from_millis(30)).await;
        }
    });
    sleep(Duration::from_secs(5)).await;
    let written = second
        .record::<crate::stock::Item>(&"pen".to_owned(), [Removed])
        .await
        .unwrap();
    let asked = second
        .after(written.position)
        .ask(Get::<Group>("all".into()))
        .await;
    assert_eq!(asked.unwrap(), None);
    busy.abort();
}

#[tokio::test(start_paused = true)]
async fn catching_up_does_not_wait_for_signs_of_life() {
    let (store, gate) = (Memory::new(), Gate::open());
    let first = node(&store, &gate).start().await.unwrap();
    let second = node(&store, &gate).lease(Duration::from_secs(600));
    let second = second.start().await.unwrap();
    sleep(Duration::from_secs(3_600)).await;

    record(&first, "pen", added(1)).await;
    let begun = Instant::now();
    second.caught_up().await.unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(500), "{took:?}");
    assert_eq!(*gate.done.borrow(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_handler_misses_nothing_from_when_any_node_has_started() {
    let (store, gate) = (Memory::new(), Gate::open());
    let first = node(&store, &gate).start().await.unwrap();
    let held = seize(&store).await;
    drop(first);
    for subscription in &held {
        store.forget(subscription).await.unwrap();
    }
    // The handler is another node's, which has yet to find out where the log ends.
    hold(&store, &held).await;
    let mut starting = tokio::spawn(node(&store, &gate).start());
    let early = timeout(Duration::from_secs(60), &mut starting).await;
    assert!(early.is_err(), "the handler has no place in the log yet");

    for subscription in held {
        let checkpoint = Checkpoint {
            epoch: 1,
            built: true,
            ..Checkpoint::default()
        };
        let commit = PageCommit {
            subscription,
            expected: None,
            checkpoint,
            reset: false,
            documents: Vec::new(),
            park: Vec::new(),
            unpark: Vec::new(),
        };
        store.commit(commit).await.unwrap();
    }
    let started = timeout(Duration::from_secs(60), starting).await;
    started.expect("it starts").unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn orders_that_are_given_while_a_lease_changes_hands_are_carried_out() {
    let (store, gate) = (Memory::new(), Gate::closed());
    let app = node(&store, &gate).lease(Duration::from_secs(600));
    let app = app.start().await.unwrap();
    record(&app, "pen", added(1)).await;
    gate.has_begun().await;

    let orders: Vec<_> = (0..3)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.pause(HANDLER, "slow").await })
        })
        .collect();
    sleep(Duration::from_secs(1)).await;
    seize(&store).await;
    gate.open.send_replace(true);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(
        status(&app, "slow").await.elsewhere.as_deref(),
        Some("stranger")
    );
    store.leave(stranger()).await.unwrap();
    for order in orders {
        let answer = timeout(Duration::from_secs(30), order).await;
        answer.expect("it is answered").unwrap().unwrap();
    }
    assert_eq!(status(&app, "slow").await.state, SubscriptionState::Paused);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_has_lost_a_lease_says_who_has_it() {
    let (store, gate) = (Memory::new(), Gate::closed());
    let app = node(&store, &gate).start().await.unwrap();
    record(&app, "pen", added(1)).await;
    gate.has_begun().await;
    seize(&store).await;
    // Its next sign of life tells it, while the handler has an event in hand.
    sleep(Duration::from_secs(3)).await;
    let elsewhere = status(&app, "slow").await.elsewhere;
    assert_eq!(elsewhere.as_deref(), Some("stranger"));
    gate.open.send_replace(true);
    gate.done
        .subscribe()
        .wait_for(|done| *done > 0)
        .await
        .unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let elsewhere = status(&app, "slow").await.elsewhere;
    assert_eq!(elsewhere.as_deref(), Some("stranger"));
}

#[tokio::test(start_paused = true)]
async fn what_an_order_has_done_elsewhere_is_known_here_at_once() {
    let (first, second) = two_nodes().await;
    record(&first, "pen", added(1)).await;
    first.caught_up().await.unwrap();
    second.caught_up().await.unwrap();

    second.pause(VIEW, "Group").await.unwrap();
    assert_eq!(
        status(&second, "Group").await.state,
        SubscriptionState::Paused
    );
    record(&second, "pen", added(1)).await;
    second.resume(VIEW, "Group").await.unwrap();
    assert_eq!(get::<Group>(&second, "all").await.unwrap().events, 2);

    let trap = "known at once";
    set_trap(&format!("keys of {trap}"), true);
    record(&second, "pen", trapped(1, trap)).await;
    let stopped = second.ask(Get::<Group>("all".into())).await;
    stopped.expect_err("it cannot tell the key");
    set_trap(&format!("keys of {trap}"), false);
    second.rebuild_view("Group").await.unwrap();
    assert_eq!(get::<Group>(&second, "all").await.unwrap().events, 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_let_go_elsewhere_can_be_read_here_at_once() {
    let trap = "let go elsewhere";
    set_trap(trap, true);
    let store = Memory::new();
    let node = || bare(store.clone()).register(Registration::view::<Total>());
    let first = node().start().await.unwrap();
    let second = node().start().await.unwrap();
    record(&first, "pen", added(1)).await;
    record(&first, "pen", trapped(1, trap)).await;
    first.caught_up().await.unwrap();
    second.caught_up().await.unwrap();
    let parked = second.parked().await.unwrap();
    let held = second.ask(Get::<Total>("pen".into())).await;
    held.expect_err("it is parked");
    second.drop_parked(&parked[0]).await.unwrap();
    assert_eq!(get::<Total>(&second, "pen").await.unwrap().amount, 1);
}

#[tokio::test]
async fn only_the_event_that_was_looked_at_is_left_out() {
    let trap = "only the event that was looked at";
    set_trap(trap, true);
    let app = bare(Memory::new())
        .register(Registration::view::<Total>())
        .start()
        .await
        .unwrap();
    record(&app, "pen", added(1)).await;
    for _ in 0..2 {
        record(&app, "pen", trapped(1, trap)).await;
    }
    app.caught_up().await.unwrap();
    let parked = app.parked().await.unwrap();
    let dropped = app.drop_parked(&parked[0]).await.unwrap();
    assert_eq!((dropped.done, dropped.left), (1, 1));
    // As if two people had looked at the same list, or an order had come twice.
    let again = app.drop_parked(&parked[0]).await;
    assert!(matches!(again, Err(ControlError::NotParked)), "{again:?}");
    assert_eq!(app.parked().await.unwrap()[0].positions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn terms_of_any_length_are_kept() {
    for term in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let (store, gate) = (Memory::new(), Gate::open());
        let started = timeout(
            Duration::from_secs(60),
            node(&store, &gate).lease(term).start(),
        );
        let app = started.await.expect("it starts").unwrap();
        record(&app, "pen", added(1)).await;
        assert_eq!(get::<Group>(&app, "all").await.unwrap().events, 1);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_keeps_no_leases_is_told_by_start_and_does_not_hinder_the_end() {
    let store = Moody::default();
    let mood = Arc::clone(&store.mood);
    let node = || bare(store.clone()).register(Registration::view::<Total>());
    let app = node().start().await.unwrap();
    mood.keeps_no_leases.store(true, Ordering::SeqCst);
    let other = timeout(Duration::from_secs(60), node().start()).await;
    other
        .expect("it does not wait for ever")
        .expect_err("it cannot start");
    let ended = timeout(Duration::from_secs(60), app.shutdown()).await;
    ended.expect("it does not wait for ever").unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_order_is_carried_out_once_although_its_answer_is_lost_first() {
    let trap = "an order is carried out once";
    set_trap(trap, true);
    let store = Moody::default();
    let node = || bare(store.clone()).register(Registration::view::<Total>());
    let first = node().start().await.unwrap();
    let second = node().start().await.unwrap();
    for _ in 0..2 {
        record(&first, "pen", trapped(1, trap)).await;
    }
    first.caught_up().await.unwrap();
    store.mood.refuses_an_answer.store(true, Ordering::SeqCst);
    let parked = second.parked().await.unwrap();
    let dropped = second.drop_parked(&parked[0]).await.unwrap();
    assert_eq!((dropped.done, dropped.left), (1, 1));
    let is_lost = !store.mood.refuses_an_answer.load(Ordering::SeqCst);
    assert!(is_lost, "an answer was lost");
    assert_eq!(second.parked().await.unwrap()[0].positions.len(), 1);
}
