//! What the runtime of aggregates promises, on an aggregate that is written by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod account;

use std::collections::BTreeSet;

use cqrs_core::{
    App, CommandId, DispatchError, EventStore, Memory, Metadata, Position, Range, Revision,
    StreamId,
};
use uuid::Uuid;

use crate::account::{Account, Break, Deposited, Opened, app_on, deposit, inspect, open};

async fn revision(store: &Memory, account: &str) -> Revision {
    let stream = StreamId::new("Account", account).unwrap();
    store
        .read_stream(&stream, Revision::NONE, 1)
        .await
        .unwrap()
        .revision
}

#[tokio::test]
async fn creating_and_updating_look_at_whether_the_aggregate_is_there() {
    let app = app_on(&Memory::new()).await;

    let missing = app.dispatch(deposit("a", 5)).await;
    assert!(
        matches!(missing, Err(DispatchError::NotFound { .. })),
        "{missing:?}"
    );
    app.dispatch(open("a")).await.unwrap();
    let again = app.dispatch(open("a")).await.unwrap_err();
    assert_eq!(again.to_string(), "Account `a` already exists");
    assert_eq!(app.dispatch(deposit("a", 5)).await.unwrap().output, 5);
    let rejected = app.dispatch(deposit("a", 0)).await.unwrap_err();
    assert_eq!(rejected.rejection(), Some("nothing to add to 5".to_owned()));
    assert_eq!(
        app.dispatch(inspect("nobody")).await.unwrap().output,
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_on_one_aggregate_make_no_conflict() {
    let store = Memory::new();
    let app = app_on(&store).await;
    app.dispatch(open("a")).await.unwrap();

    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                let mut sums = Vec::new();
                for _ in 0..50 {
                    sums.push(app.dispatch(deposit("a", 1)).await.unwrap().output);
                }
                sums
            })
        })
        .collect();
    let mut sums = BTreeSet::new();
    for task in tasks {
        sums.extend(task.await.unwrap());
    }

    assert_eq!(
        sums,
        (1..=3_200).collect(),
        "each deposit was decided on the one before it"
    );
    assert_eq!(revision(&store, "a").await, Revision::new(3_201));
}

#[tokio::test]
async fn a_decision_from_a_stale_cache_is_made_again() {
    let store = Memory::new();
    let (here, there) = (app_on(&store).await, app_on(&store).await);

    // Absence is looked up again, wherever the aggregate was made.
    assert!(here.dispatch(deposit("a", 1)).await.is_err());
    there.dispatch(open("a")).await.unwrap();
    assert!(matches!(
        here.dispatch(open("a")).await,
        Err(DispatchError::AlreadyExists { .. })
    ));

    // Both have it in memory now, and each is stale after the other has written.
    here.dispatch(deposit("a", 1)).await.unwrap();
    there.dispatch(deposit("a", 10)).await.unwrap();
    let rejected = here
        .dispatch(deposit("a", 0))
        .await
        .unwrap_err()
        .rejection();
    assert_eq!(rejected, Some("nothing to add to 11".to_owned()));
    here.dispatch(deposit("a", 100)).await.unwrap();
    assert_eq!(
        there.dispatch(inspect("a")).await.unwrap().output,
        (111, 3),
        "no events"
    );
    here.dispatch(deposit("a", 1_000)).await.unwrap();
    assert_eq!(
        there.dispatch(deposit("a", 1)).await.unwrap().output,
        1_112,
        "a conflict"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_apps_on_one_aggregate_lose_nothing() {
    let store = Memory::new();
    let apps = [app_on(&store).await, app_on(&store).await];
    apps[0].dispatch(open("a")).await.unwrap();

    let tasks: Vec<_> = (0..8)
        .map(|number: usize| {
            let app = apps[number % 2].clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    loop {
                        match app.dispatch(deposit("a", 1)).await {
                            Ok(_) => break,
                            Err(DispatchError::Conflict { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }

    assert_eq!(
        apps[0].dispatch(inspect("a")).await.unwrap().output,
        (400, 400)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_command_id_happens_once() {
    let store = Memory::new();
    let app = app_on(&store).await;
    app.dispatch(open("a")).await.unwrap();
    let id = CommandId::from_key("deposit-1");

    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.with_id(id).dispatch(deposit("a", 7)).await })
        })
        .collect();
    let (mut done, mut handled) = (0, Vec::new());
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(DispatchError::AlreadyHandled { position, .. }) => {
                handled.push(position.position());
            }
            Err(error) => panic!("{error}"),
        }
    }

    assert_eq!((done, handled), (1, vec![Position::new(2); 15]));
    // Another app, which has nothing in memory, answers alike.
    let late = app_on(&store)
        .await
        .with_id(id)
        .dispatch(deposit("a", 7))
        .await;
    assert!(
        matches!(late, Err(DispatchError::AlreadyHandled { .. })),
        "{late:?}"
    );
    assert_eq!(app.dispatch(inspect("a")).await.unwrap().output, (7, 1));
}

#[tokio::test]
async fn a_repeated_creation_is_told_from_one_by_somebody_else() {
    let app = app_on(&Memory::new()).await;
    let id = Uuid::from_u128(7);

    app.with_id(id).dispatch(open("a")).await.unwrap();
    let repeated = app.with_id(id).dispatch(open("a")).await;
    assert!(
        matches!(repeated, Err(DispatchError::AlreadyHandled { .. })),
        "{repeated:?}"
    );
    let other = app.with_id(Uuid::from_u128(8)).dispatch(open("a")).await;
    assert!(
        matches!(other, Err(DispatchError::AlreadyExists { .. })),
        "{other:?}"
    );
}

#[tokio::test]
async fn state_from_cache_snapshot_and_stream_is_the_same() {
    let store = Memory::new();
    let app = app_on(&store).await;
    app.dispatch(open("a")).await.unwrap();
    for cents in 1..=24 {
        app.dispatch(deposit("a", cents)).await.unwrap();
    }
    let cached = app.dispatch(inspect("a")).await.unwrap().output;

    let stream = StreamId::new("Account", "a").unwrap();
    let snapshot = loop {
        // Snapshots are stored beside the commands: the one at revision 20 is there before long.
        match store.snapshot(&stream, 1).await.unwrap() {
            Some(snapshot) if snapshot.revision == Revision::new(20) => break snapshot,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(
        store.snapshot(&stream, 2).await.unwrap(),
        None,
        "another version is not used"
    );
    let stored = std::str::from_utf8(&snapshot.state).unwrap();
    let (_last_event, state) = stored.split_once('\n').unwrap();
    let state: Account = serde_json::from_str(state).unwrap();
    assert_eq!(
        state,
        Account {
            cents: (1..=19).sum(),
            deposits: 19
        }
    );

    let from_snapshot = app_on(&store)
        .await
        .dispatch(inspect("a"))
        .await
        .unwrap()
        .output;
    assert_eq!((cached, from_snapshot), ((300, 24), (300, 24)));
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_fails_only_its_own_command() {
    let app = app_on(&Memory::new()).await;
    app.dispatch(open("a")).await.unwrap();

    let mut bad = deposit("a", 1);
    bad.reference = "with a\0NUL".into();
    let (first, bad, last) = tokio::join!(
        app.dispatch(deposit("a", 1)),
        app.dispatch(bad),
        app.dispatch(deposit("a", 1))
    );

    assert!(first.is_ok() && last.is_ok());
    let bad = bad.unwrap_err();
    assert!(matches!(bad, DispatchError::Invalid(_)), "{bad}");
    assert!(bad.to_string().contains("control character"), "{bad}");
    assert_eq!(app.dispatch(inspect("a")).await.unwrap().output, (2, 2));
}

#[tokio::test]
async fn an_id_that_cannot_be_stored_is_refused() {
    let app = app_on(&Memory::new()).await;

    for id in [String::new(), "a\0b".to_owned(), "x".repeat(10 << 20)] {
        let refused = app.dispatch(open(&id)).await;
        assert!(
            matches!(refused, Err(DispatchError::Invalid(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_panic_reaches_its_caller_and_nobody_else() {
    let app = app_on(&Memory::new()).await;
    app.dispatch(open("a")).await.unwrap();

    let broken = tokio::spawn({
        let app = app.clone();
        async move {
            app.dispatch(Break {
                account: "a".into(),
            })
            .await
        }
    });
    assert!(broken.await.unwrap_err().is_panic());
    assert_eq!(app.dispatch(deposit("a", 3)).await.unwrap().output, 3);
}

#[tokio::test]
async fn facts_are_recorded_without_a_decision() {
    let store = Memory::new();
    let app = app_on(&store).await;
    let deposited = Deposited {
        cents: 5,
        reference: "import".into(),
    };

    app.record::<Account>(&"a".to_owned(), (Opened, deposited))
        .await
        .unwrap();
    assert_eq!(app.dispatch(inspect("a")).await.unwrap().output, (5, 1));
    app.record::<Account>(&"a".to_owned(), [Opened])
        .await
        .unwrap();
    assert_eq!(
        app.dispatch(deposit("a", 1)).await.unwrap().output,
        6,
        "the cache saw the record"
    );
}

#[tokio::test]
async fn an_erased_aggregate_says_nothing_any_more_and_is_still_there() {
    let store = Memory::new();
    let (app, other) = (app_on(&store).await, app_on(&store).await);
    app.dispatch(open("a")).await.unwrap();
    app.dispatch(deposit("a", 5)).await.unwrap();
    other.dispatch(inspect("a")).await.unwrap();

    assert_eq!(app.erase::<Account>(&"a".to_owned()).await.unwrap(), 2);
    for app in [&app, &other] {
        let state = app.dispatch(inspect("a")).await.unwrap().output;
        assert_eq!(state, (0, 0), "no cache holds what was erased");
    }
    assert!(matches!(
        app.dispatch(open("a")).await,
        Err(DispatchError::AlreadyExists { .. })
    ));
    assert_eq!(app.erase::<Account>(&"nobody".to_owned()).await.unwrap(), 0);
}

#[tokio::test]
async fn metadata_flows_from_a_command_to_its_events() {
    let store = Memory::new();
    let app = app_on(&store).await;
    let id = CommandId::new(Uuid::from_u128(1));

    let metadata = Metadata::new().actor("jane").tenant("acme");
    app.with(metadata)
        .with_id(id)
        .dispatch(open("a"))
        .await
        .unwrap();

    let page = store
        .read(&cqrs_core::EventQuery::all(), Range::after(Position::START))
        .await
        .unwrap();
    let meta = &page.events[0].meta;
    assert_eq!(meta.command_id(), Some(id));
    assert_eq!(meta.correlation_id(), Some(id.into()));
    assert_eq!(
        (meta.metadata.actor_name(), meta.metadata.tenant_name()),
        (Some("jane"), Some("acme"))
    );
    assert_eq!(meta.id, id.event(0));
}

#[tokio::test]
async fn shutting_down_refuses_what_comes_after() {
    let app = app_on(&Memory::new()).await;
    app.dispatch(open("a")).await.unwrap();

    app.clone().shutdown().await.unwrap();
    let late = app.dispatch(deposit("a", 1)).await;
    assert!(matches!(late, Err(DispatchError::ShuttingDown)), "{late:?}");
}

#[test]
fn an_app_and_its_futures_can_be_sent_and_shared() {
    fn sent<T: Send>(_: &T) {}
    fn shared<T: Send + Sync + Clone + 'static>() {}
    #[expect(dead_code, reason = "that it compiles is the test")]
    fn futures(app: &App) {
        sent(&app.dispatch(open("a")));
        sent(&app.eventual().dispatch(open("a")));
        sent(&app.dispatch_json("Open", "{}"));
        sent(&app.shutdown());
    }
    shared::<App>();
}
