//! Views equal the fold of their events, whatever happens.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use cqrs_core::{
    AskError, EventStore, Follow, FollowedBy, Memory, Position, Project, ReadViewError, Recorded,
    Registration, View,
    app::{App, SubscriptionState},
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{
    stock::{
        Added, Get, Group, Removed, Total, added, bare, get, record, set_trap, trapped, with_view,
    },
    stores::Moody,
};

/// What the events make of each item, folded by hand.
async fn folded(store: &Memory) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    let mut range = cqrs_core::Range::after(Position::START);
    loop {
        let page = store.read(&cqrs_core::EventQuery::all(), range).await;
        let events = page.unwrap().events;
        let Some(last) = events.last() else {
            return totals;
        };
        range = cqrs_core::Range::after(last.meta.position);
        for event in events {
            let item = event.meta.stream.id().to_owned();
            if event.meta.name == "Removed" {
                totals.remove(&item);
            } else {
                let event: Added = serde_json::from_slice(&event.payload).unwrap();
                *totals.entry(item).or_default() += event.amount;
            }
        }
    }
}

async fn listed(views: &cqrs_core::Views<Total>) -> BTreeMap<String, u64> {
    let documents = views.list().await.unwrap();
    documents
        .into_iter()
        .map(|total| (total.item, total.amount))
        .collect()
}

async fn write(app: &App, from: u64, to: u64) {
    for number in from..to {
        let item = format!("item{}", number * 7 % 41);
        if number % 11 == 10 {
            record(app, &item, Removed).await;
        } else {
            record(app, &item, added(number)).await;
        }
    }
}

#[tokio::test]
async fn a_view_equals_the_fold_live_and_after_a_restart() {
    let store = Memory::new();
    let (app, views) = with_view::<Total>(store.clone()).await;
    write(&app, 0, 700).await;
    get::<Total>(&app, "item1").await;
    assert_eq!(listed(&views).await, folded(&store).await);
    app.shutdown().await.unwrap();

    let writer = bare(store.clone()).start().await.unwrap();
    write(&writer, 700, 2_000).await;
    let (app, views) = with_view::<Total>(store.clone()).await;
    assert_eq!(listed(&views).await, folded(&store).await);
    write(&app, 2_000, 2_100).await;
    get::<Total>(&app, "item1").await;
    assert_eq!(listed(&views).await, folded(&store).await);
}

#[tokio::test]
async fn a_view_that_is_kept_by_two_apps_counts_nothing_twice() {
    let store = Memory::new();
    let (one, views) = with_view::<Total>(store.clone()).await;
    let (two, _) = with_view::<Total>(store.clone()).await;
    for number in 0..200 {
        write(&one, number * 2, number * 2 + 1).await;
        write(&two, number * 2 + 1, number * 2 + 2).await;
        get::<Total>(&one, "item1").await;
        get::<Total>(&two, "item1").await;
    }
    assert_eq!(listed(&views).await, folded(&store).await);
}

#[tokio::test(start_paused = true)]
async fn commits_that_fail_or_are_not_answered_lose_and_double_nothing() {
    let store = Moody::default();
    let (app, views) = with_view::<Total>(store.clone()).await;
    for number in 0..60 {
        match number % 3 {
            0 => store.mood.loses_an_answer.store(true, Ordering::SeqCst),
            1 => store.mood.refuses_commits.store(true, Ordering::SeqCst),
            _ => store.mood.refuses_commits.store(false, Ordering::SeqCst),
        }
        write(&app, number, number + 1).await;
        if number % 3 == 2 {
            get::<Total>(&app, "item1").await;
        }
    }
    get::<Total>(&app, "item1").await;
    assert_eq!(listed(&views).await, folded(&store.inner).await);
}

#[tokio::test]
async fn own_writes_are_read_at_once() {
    let (app, _) = with_view::<Total>(Memory::new()).await;
    for number in 1..=100 {
        record(&app, "pen", added(1)).await;
        assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, number);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_runs_out_says_how_far_the_view_is_behind() {
    let store = Moody::default();
    let app = bare(store.clone())
        .register(Registration::view::<Total>())
        .wait_limit(Duration::from_secs(2))
        .start()
        .await
        .unwrap();
    record(&app, "pen", added(1)).await;
    get::<Total>(&app, "pen").await;

    store.mood.refuses_commits.store(true, Ordering::SeqCst);
    record(&app, "pen", added(1)).await;
    record(&app, "pen", added(1)).await;
    let behind = app.ask(Get::<Total>("pen".into())).await.unwrap_err();
    assert_eq!(
        behind.to_string(),
        "view `Total` is at position 1, 2 events behind the 3 that was asked for"
    );
    let eventual = app.eventual().ask(Get::<Total>("pen".into())).await;
    assert_eq!(eventual.unwrap().unwrap().amount, 1);

    store.mood.refuses_commits.store(false, Ordering::SeqCst);
    let status = app.status().await.unwrap();
    assert_eq!(status[0].lag_events, 2);
    assert_eq!(status[0].last_error.as_deref(), Some("out of order"));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 3);
    assert_eq!(
        app.status().await.unwrap()[0].state,
        SubscriptionState::Running
    );
}

#[tokio::test]
async fn a_write_from_elsewhere_is_waited_for_by_its_token() {
    let store = Memory::new();
    let writer = bare(store.clone()).start().await.unwrap();
    let (app, _) = with_view::<Total>(store).await;
    let written = writer
        .record::<crate::stock::Item>(&"pen".to_owned(), [added(5)])
        .await
        .unwrap();
    let total = app.after(written.position).ask(Get::<Total>("pen".into()));
    assert_eq!(total.await.unwrap().unwrap().amount, 5);
}

/// One of several views of the same.
#[derive(Serialize, Deserialize)]
struct Copy<const N: usize>(u64);

impl<const N: usize> View for Copy<N> {
    const NAME: &'static str = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"][N];
    type Key = String;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Added>()]
    }

    fn key_of_stream(id: &str) -> Option<String> {
        Some(id.to_owned())
    }
}

impl<const N: usize> FollowedBy<Copy<N>> for Added {}

impl<const N: usize> Project<Added> for Copy<N> {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Added>) -> Option<Self> {
        Some(Self(view.map_or(0, |view| view.0) + event.amount))
    }
}

/// How often pages of the log are read for the first `views` views, over a backlog and live.
async fn reads_of(views: usize) -> (usize, usize) {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    write(&writer, 0, 3_000).await;
    let all = [
        Registration::view::<Copy<0>>(),
        Registration::view::<Copy<1>>(),
        Registration::view::<Copy<2>>(),
        Registration::view::<Copy<3>>(),
        Registration::view::<Copy<4>>(),
        Registration::view::<Copy<5>>(),
        Registration::view::<Copy<6>>(),
        Registration::view::<Copy<7>>(),
        Registration::view::<Copy<8>>(),
        Registration::view::<Copy<9>>(),
    ];
    let builder = bare(store.clone());
    let builder = all[..views]
        .iter()
        .fold(builder, |builder, view| builder.register(*view));
    let app = builder.start().await.unwrap();
    let backlog = store.mood.reads.swap(0, Ordering::SeqCst);
    for number in 0..50 {
        record(&app, "pen", added(number)).await;
        get::<Copy<0>>(&app, "pen").await;
    }
    app.caught_up().await.unwrap();
    (backlog, store.mood.reads.load(Ordering::SeqCst))
}

#[tokio::test]
async fn ten_views_at_one_position_read_the_log_once() {
    let one = reads_of(1).await;
    assert_eq!(one, (6, 50));
    assert_eq!(reads_of(10).await, one);
}

#[tokio::test]
async fn the_next_page_is_read_while_one_is_projected() {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    write(&writer, 0, 1_500).await;
    // The first page is not committed before the second is read.
    store.mood.commits_wait_for.store(2, Ordering::SeqCst);
    let started = bare(store.clone())
        .register(Registration::view::<Total>())
        .start();
    let app = timeout(Duration::from_secs(30), started)
        .await
        .expect("it reads ahead")
        .unwrap();

    assert!(get::<Total>(&app, "item1").await.is_some());
    let reads = store.mood.reads.load(Ordering::SeqCst);
    assert_eq!(reads, 3, "1,500 events are three pages of at most 512");
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_any_more_is_given_up() {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    write(&writer, 0, 1_500).await;
    // The view stops at its first page, while the second is being read.
    store.mood.answers_until.store(512, Ordering::SeqCst);
    store.mood.commits_wait_for.store(2, Ordering::SeqCst);
    store.mood.panics_at_a_commit.store(true, Ordering::SeqCst);
    let app = bare(store.clone())
        .register(Registration::view::<Total>())
        .serve_while_rebuilding()
        .start()
        .await
        .unwrap();
    while !matches!(
        app.status().await.unwrap()[0].state,
        SubscriptionState::Stopped { .. }
    ) {
        tokio::task::yield_now().await;
    }

    assert_eq!(store.mood.reads.load(Ordering::SeqCst), 2);
    let unanswered = store.mood.unanswered.load(Ordering::SeqCst);
    assert_eq!(unanswered, 0, "it would keep a connection of the store");
}

#[tokio::test]
async fn a_large_page_that_was_read_ahead_is_not_read_again() {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    // A page of them is more than is kept in memory for others.
    for _ in 0..1_100 {
        let event = Added {
            group: "g".repeat(40 << 10),
            ..added(1)
        };
        record(&writer, "pen", event).await;
    }
    let app = bare(store.clone())
        .register(Registration::view::<Total>())
        .start()
        .await
        .unwrap();

    assert!(get::<Total>(&app, "pen").await.is_some());
    let reads = store.mood.reads.load(Ordering::SeqCst);
    assert_eq!(reads, 3, "1,100 events are three pages of at most 512");
}

#[tokio::test]
async fn a_page_without_anything_for_a_view_is_not_committed_each_time() {
    let store = Moody::default();
    let (app, _) = with_view::<Group>(store.clone()).await;
    for _ in 0..100 {
        record(&app, "pen", Removed).await;
        app.caught_up().await.unwrap();
    }
    // The first says that it was built.
    assert_eq!(store.mood.commits.load(Ordering::SeqCst), 1);
    app.shutdown().await.unwrap();
    assert_eq!(store.mood.commits.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn documents_that_were_just_committed_are_not_read_again() {
    let store = Moody::default();
    let (app, _) = with_view::<Total>(store.clone()).await;
    record(&app, "pen", added(1)).await;
    app.caught_up().await.unwrap();
    let before = store.mood.document_reads.load(Ordering::SeqCst);
    for _ in 0..50 {
        record(&app, "pen", added(1)).await;
        app.caught_up().await.unwrap();
    }
    assert_eq!(store.mood.document_reads.load(Ordering::SeqCst), before);
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 51);
}

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_one() {
    let store = Memory::new();
    let (old, old_views) = with_view::<Total<1>>(store.clone()).await;
    write(&old, 0, 100).await;
    get::<Total<1>>(&old, "item1").await;

    let (new, new_views) = with_view::<Total<2>>(store.clone()).await;
    assert_eq!(
        new_views.count().await.unwrap(),
        old_views.count().await.unwrap()
    );
    record(&new, "item1", added(1_000)).await;
    let both = (get::<Total<2>>(&new, "item1").await.unwrap().amount, {
        old.caught_up().await.unwrap();
        get::<Total<1>>(&old, "item1").await.unwrap().amount
    });
    assert_eq!(both.0, both.1);

    old.shutdown().await.unwrap();
    let unused = new.unused_subscriptions().await.unwrap();
    assert_eq!(unused.len(), 1);
    assert_eq!((&*unused[0].name, unused[0].version), ("Total", 1));
    let in_use = new.forget_view_version("Total", 2).await.unwrap_err();
    assert_eq!(
        in_use.to_string(),
        "version 2 of `Total` is the one in use: forget only others"
    );
    new.forget_view_version("Total", 1).await.unwrap();
    assert!(new.unused_subscriptions().await.unwrap().is_empty());
    assert!(get::<Total<2>>(&new, "item1").await.is_some());
}

#[tokio::test]
async fn a_view_that_is_being_built_says_how_far_it_is() {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    write(&writer, 0, 10).await;
    store.mood.refuses_commits.store(true, Ordering::SeqCst);
    let app = bare(store.clone())
        .register(Registration::view::<Total>())
        .serve_while_rebuilding()
        .start()
        .await
        .unwrap();
    let building = app.ask(Get::<Total>("item1".into())).await.unwrap_err();
    assert_eq!(
        building.to_string(),
        "view `Total` is being built: 0 of 10 events"
    );
    store.mood.refuses_commits.store(false, Ordering::SeqCst);
    app.caught_up().await.unwrap();
    assert!(get::<Total>(&app, "item7").await.is_some());
}

#[tokio::test]
async fn a_view_that_was_left_half_built_is_not_shown_after_a_restart() {
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    write(&writer, 0, 1_500).await;
    let building = |store: Moody| {
        bare(store)
            .register(Registration::view::<Total>())
            .serve_while_rebuilding()
            .start()
    };
    store.mood.commits_left.store(2, Ordering::SeqCst);
    let app = building(store.clone()).await.unwrap();
    let mut stands = Position::START;
    while stands.get() < 1_024 {
        tokio::task::yield_now().await;
        stands = app.status().await.unwrap()[0].position;
    }
    drop(app);

    let app = building(store.clone()).await.unwrap();
    let half = app.ask(Get::<Total>("item1".into())).await.unwrap_err();
    assert_eq!(
        half.to_string(),
        "view `Total` is being built: 1024 of 1500 events"
    );
    store.mood.commits_left.store(usize::MAX, Ordering::SeqCst);
    app.caught_up().await.unwrap();
    assert!(get::<Total>(&app, "item1").await.is_some());
}

#[tokio::test]
async fn a_hole_in_the_log_stops_a_view_visibly() {
    for hole in 1..=100 {
        let store = Moody::default();
        let writer = bare(store.inner.clone()).start().await.unwrap();
        write(&writer, 0, 100).await;
        store.mood.hole.store(hole, Ordering::SeqCst);
        let (app, _) = with_view::<Total>(store.clone()).await;

        let error = app.ask(Get::<Total>("item7".into())).await.unwrap_err();
        let AskError::View(ReadViewError::Stopped { reason, .. }) = error else {
            panic!("{error:?}");
        };
        assert!(reason.contains("the log jumps from position"), "{reason}");
        let committed = cqrs_core::store::documents::ViewStore::subscriptions(&store).await;
        assert!(committed.unwrap().is_empty(), "its checkpoint was moved");
    }
}

#[tokio::test]
async fn an_event_whose_document_cannot_be_told_stops_the_view_and_nothing_else() {
    let (app, _) = with_view::<Group>(Memory::new()).await;
    set_trap("keys of lost", true);
    record(&app, "pen", added(1)).await;
    record(&app, "pen", trapped(1, "lost")).await;
    record(&app, "pen", added(1)).await;
    app.caught_up().await.unwrap();

    let error = app.ask(Get::<Group>("all".into())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "view `Group` has stopped at position 1: event `Added` at position 2 (Item `pen`): `keys` panicked: no keys"
    );
    let eventual = app.eventual().ask(Get::<Group>("all".into())).await;
    assert_eq!(eventual.unwrap().unwrap().events, 1);

    set_trap("keys of lost", false);
    let view = cqrs_core::store::documents::SubscriptionKind::View;
    app.resume(view, "Group").await.unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(get::<Group>(&app, "all").await.unwrap().events, 3);
}

#[tokio::test]
async fn a_document_that_cannot_be_projected_is_parked_and_no_other() {
    let trap = "a_document_that_cannot_be_projected";
    set_trap(trap, true);
    let (app, views) = with_view::<Total>(Memory::new()).await;
    let pen = "pen".to_owned();
    // In one page, so that what came before the failure must be made again.
    app.record::<crate::stock::Item>(&pen, [added(1), added(2), trapped(10, trap), added(100)])
        .await
        .unwrap();
    record(&app, "ink", added(7)).await;
    record(&app, "pen", added(1_000)).await;

    assert_eq!(get::<Total>(&app, "ink").await.unwrap().amount, 7);
    let error = app.ask(Get::<Total>("pen".into())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "document `pen` of view `Total` is parked since position 3: panicked: tripped over `{trap}`"
        )
    );
    assert_eq!(views.list().await.unwrap()[1].amount, 3);
    let parked = app.parked().await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(&*parked[0].key_text, "pen");
    assert_eq!(
        parked[0]
            .positions
            .iter()
            .map(|at| at.get())
            .collect::<Vec<_>>(),
        [3, 4, 6]
    );

    let again = app.retry_parked(&parked[0]).await.unwrap();
    assert_eq!((again.done, again.left), (0, 3));
    assert_eq!(app.parked().await.unwrap()[0].attempts, 2);

    set_trap(trap, false);
    let done = app.retry_parked(&parked[0]).await.unwrap();
    assert_eq!((done.done, done.left, done.error), (3, 0, None));
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 1_113);
    assert!(app.parked().await.unwrap().is_empty());
    let gone = app.retry_parked(&parked[0]).await.unwrap_err();
    assert_eq!(
        gone.to_string(),
        "it is not parked any more: look at what is"
    );
}

#[tokio::test]
async fn what_is_parked_stays_so_over_a_restart_and_can_be_left_out() {
    let trap = "what_is_parked_stays";
    set_trap(trap, true);
    let store = Memory::new();
    let (app, _) = with_view::<Total>(store.clone()).await;
    record(&app, "pen", added(1)).await;
    record(&app, "pen", trapped(10, trap)).await;
    record(&app, "pen", added(100)).await;
    app.shutdown().await.unwrap();

    let (app, _) = with_view::<Total>(store).await;
    record(&app, "pen", added(1_000)).await;
    assert!(app.ask(Get::<Total>("pen".into())).await.is_err());
    let parked = app.parked().await.unwrap();
    let done = app.drop_parked(&parked[0]).await.unwrap();
    assert_eq!((done.done, done.left), (3, 0));
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 1_101);
    let status = app.status().await.unwrap();
    assert_eq!(
        (status[0].parked, &status[0].state),
        (0, &SubscriptionState::Running)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_write_and_ask_at_once_read_their_own_writes() {
    let store = Memory::new();
    let (app, views) = with_view::<Total>(store.clone()).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let app = app.clone();
        writers.spawn(async move {
            let item = format!("item{writer}");
            for number in 1..=200 {
                record(&app, &item, added(1)).await;
                assert_eq!(get::<Total>(&app, &item).await.unwrap().amount, number);
            }
        });
    }
    writers.join_all().await;
    assert_eq!(listed(&views).await, folded(&store).await);
}

#[tokio::test]
async fn one_poisoned_event_among_a_thousand_streams_holds_only_its_own() {
    let trap = "one_poisoned_event";
    set_trap(trap, true);
    let (app, views) = with_view::<Total>(Memory::new()).await;
    for round in 0..10 {
        for item in 0..1_000 {
            let event = match (round, item) {
                (4, 500) => trapped(1, trap),
                _ => added(1),
            };
            record(&app, &format!("item{item:03}"), event).await;
        }
    }
    app.caught_up().await.unwrap();
    let complete = |totals: &[Total]| totals.iter().filter(|total| total.amount == 10).count();
    assert_eq!(complete(&views.list().await.unwrap()), 999);
    let parked = app.parked().await.unwrap();
    assert_eq!((parked.len(), parked[0].positions.len()), (1, 6));

    set_trap(trap, false);
    app.retry_parked(&parked[0]).await.unwrap();
    assert_eq!(complete(&views.list().await.unwrap()), 1_000);
}
