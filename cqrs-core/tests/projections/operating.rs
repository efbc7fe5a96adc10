//! Pausing, building again, ending.

use std::sync::{Arc, Weak, atomic::Ordering};

use cqrs_core::{
    Follow, FollowedBy, Memory, Project, Recorded, Registration, View,
    app::SubscriptionState,
    store::documents::{SubscriptionKind, ViewStore},
};
use serde::{Deserialize, Serialize};

use crate::{
    stock::{
        Added, Get, Group, Total, added, bare, get, is_set, record, set_trap, trapped, with_view,
    },
    stores::{Mood, Moody},
};

#[tokio::test]
async fn a_view_that_is_paused_waits_and_goes_on() {
    let (app, _) = with_view::<Total>(Memory::new()).await;
    record(&app, "pen", added(1)).await;
    app.caught_up().await.unwrap();
    app.pause(SubscriptionKind::View, "Total").await.unwrap();
    // What it has seen can be read.
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 1);
    record(&app, "pen", added(1)).await;
    let paused = app.ask(Get::<Total>("pen".into())).await.unwrap_err();
    assert_eq!(
        paused.to_string(),
        "view `Total` has stopped at position 1: it was paused"
    );
    let status = app.status().await.unwrap();
    assert_eq!(status[0].state, SubscriptionState::Paused);
    assert_eq!(status[0].lag_events, 1);

    app.resume(SubscriptionKind::View, "Total").await.unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 2);
    let missing = app.resume(SubscriptionKind::Handler, "Total").await;
    assert_eq!(
        missing.unwrap_err().to_string(),
        "no handler `Total` runs in this app"
    );
}

#[tokio::test]
async fn a_view_that_is_built_again_is_as_before() {
    let trap = "a_view_that_is_built_again";
    set_trap(trap, true);
    let (app, views) = with_view::<Total>(Memory::new()).await;
    for number in 0..2_000 {
        record(&app, &format!("item{}", number % 97), added(number)).await;
    }
    record(&app, "item1", trapped(1, trap)).await;
    app.caught_up().await.unwrap();
    let before = views.list().await.unwrap();

    app.rebuild_view("Total").await.unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(views.list().await.unwrap(), before);
    assert_eq!(app.parked().await.unwrap().len(), 1, "the same rules hold");
    set_trap(trap, false);
    app.rebuild_view("Total").await.unwrap();
    app.caught_up().await.unwrap();
    assert!(app.parked().await.unwrap().is_empty());
    assert_eq!(
        get::<Total>(&app, "item1").await.unwrap().amount,
        before[1].amount + 1
    );
}

/// Panics where nobody expects it.
#[derive(Debug, Serialize, Deserialize)]
struct Fragile(u64);

impl View for Fragile {
    const NAME: &'static str = "Fragile";
    type Key = String;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Added>()]
    }

    fn key_of_stream(id: &str) -> Option<String> {
        assert!(!is_set("fragile"), "broken");
        Some(id.to_owned())
    }
}

impl FollowedBy<Fragile> for Added {}

impl Project<Added> for Fragile {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Added>) -> Option<Self> {
        Some(Self(view.map_or(0, |view| view.0) + event.amount))
    }
}

#[tokio::test]
async fn a_view_that_panics_stops_alone() {
    set_trap("fragile", true);
    let store = Memory::new();
    let app = bare(store)
        .register(Registration::view::<Total>())
        .register(Registration::view::<Fragile>())
        .start()
        .await
        .unwrap();
    record(&app, "pen", added(1)).await;
    app.caught_up().await.unwrap();
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 1);
    let stopped = app.ask(Get::<Fragile>("pen".into())).await.unwrap_err();
    assert_eq!(
        stopped.to_string(),
        "view `Fragile` has stopped at position 0: event `Added` at position 1 (Item `pen`): panicked: broken"
    );
}

#[tokio::test]
async fn shutting_down_commits_where_each_stands() {
    let store = Memory::new();
    let (app, _) = with_view::<Total>(store.clone()).await;
    record(&app, "pen", added(1)).await;
    app.caught_up().await.unwrap();
    app.shutdown().await.unwrap();
    let (_, checkpoint) = store.subscriptions().await.unwrap().remove(0);
    assert_eq!(checkpoint.position.get(), 1);
    assert!(app.status().await.is_err());
}

#[tokio::test]
async fn dropping_an_app_ends_its_tasks() {
    let store = Moody::default();
    let mood: Weak<Mood> = Arc::downgrade(&store.mood);
    let (app, views) = with_view::<Total>(store).await;
    record(&app, "pen", added(1)).await;
    drop(views);
    drop(app);
    for _ in 0..1_000 {
        if mood.strong_count() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("something holds the store");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_keeps_failing_is_told_by_start() {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    record(&writer, "pen", added(1)).await;
    store.mood.refuses_commits.store(true, Ordering::SeqCst);
    let app = bare(store)
        .register(Registration::view::<Total>())
        .start()
        .await;
    assert_eq!(app.unwrap_err().to_string(), "out of order");
}

#[tokio::test]
async fn a_view_that_is_paused_is_built_again_and_goes_on() {
    let (app, _) = with_view::<Total>(Memory::new()).await;
    record(&app, "pen", added(1)).await;
    app.pause(SubscriptionKind::View, "Total").await.unwrap();
    app.rebuild_view("Total").await.unwrap();
    app.caught_up().await.unwrap();
    let status = app.status().await.unwrap();
    assert_eq!(status[0].state, SubscriptionState::Running);
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 1);
}

#[tokio::test]
async fn orders_that_come_together_are_all_carried_out() {
    let trap = "orders that come together";
    set_trap(trap, true);
    let (app, _) = with_view::<Total>(Memory::new()).await;
    record(&app, "pen", trapped(1, trap)).await;
    app.caught_up().await.unwrap();
    let parked = app.parked().await.unwrap();
    app.pause(SubscriptionKind::View, "Total").await.unwrap();
    set_trap(trap, false);

    let resume = app.resume(SubscriptionKind::View, "Total");
    let (resumed, retried) = tokio::join!(resume, app.retry_parked(&parked[0]));
    resumed.unwrap();
    assert_eq!(retried.unwrap().done, 1);
    app.caught_up().await.unwrap();
    let status = app.status().await.unwrap();
    assert_eq!(status[0].state, SubscriptionState::Running);
}

#[tokio::test]
async fn a_view_that_has_stopped_can_be_paused() {
    let trap = "a view that has stopped";
    set_trap(&format!("keys of {trap}"), true);
    let (app, _) = with_view::<Group>(Memory::new()).await;
    record(&app, "pen", trapped(1, trap)).await;
    app.caught_up().await.unwrap();
    let stopped = app.status().await.unwrap()[0].state.clone();
    assert!(
        matches!(stopped, SubscriptionState::Stopped { .. }),
        "{stopped:?}"
    );
    app.pause(SubscriptionKind::View, "Group").await.unwrap();
    assert_eq!(
        app.status().await.unwrap()[0].state,
        SubscriptionState::Paused
    );
    set_trap(&format!("keys of {trap}"), false);
    app.resume(SubscriptionKind::View, "Group").await.unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(get::<Group>(&app, "all").await.unwrap().events, 1);
}
