//! Servers that go away: callers see success or typed errors, never a hang, and nothing is stored twice.

use std::time::Duration;

use cqrs_core::{AppendError, EventStore, store::error::StoreErrorKind};
use cqrs_postgres::Postgres;
use temporary_postgres::Server;
use tokio::{task::JoinSet, time::timeout};

use crate::make;

const LONG: Duration = Duration::from_secs(60);

/// Appends from many tasks until told to stop; answers the payloads that were acknowledged.
fn load(store: &Postgres, count: usize) -> JoinSet<Vec<String>> {
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut acknowledged = Vec::new();
            for index in 0..count {
                let payload = format!("{task} {index}");
                let append = make::append(&task.to_string(), [make::event(&payload)]);
                match make::store(&store, append).await {
                    Ok(_) => acknowledged.push(payload),
                    Err(AppendError::Unknown(_) | AppendError::Store(_)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            acknowledged
        });
    }
    tasks
}

async fn assert_kept_once(store: &Postgres, acknowledged: Vec<String>) {
    let stored: Vec<_> = make::everything(store)
        .await
        .iter()
        .map(|event| {
            String::from_utf8_lossy(&event.payload)
                .trim_matches('"')
                .to_owned()
        })
        .collect();
    for payload in acknowledged {
        let times = stored.iter().filter(|stored| **stored == payload).count();
        assert_eq!(times, 1, "{payload}");
    }
    make::assert_sound(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_outlives_a_server_that_is_killed_and_comes_back() {
    let server = Server::start().expect("a server");
    let store = Postgres::connect(server.create_database())
        .await
        .expect("a store");
    let tasks = load(&store, 300);
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        tokio::task::block_in_place(|| {
            server.kill_9();
            server.start_again();
        });
    }
    let acknowledged = timeout(LONG, tasks.join_all()).await.expect("nobody hangs");

    let acknowledged: Vec<_> = acknowledged.into_iter().flatten().collect();
    assert_eq!(
        acknowledged.len(),
        8 * 300,
        "it came back in time for each of them"
    );
    assert_kept_once(&store, acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_outlives_backends_that_are_killed() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    let store = Postgres::connect(&url).await.expect("a store");
    let owner = make::owner(&url).await;
    let mut tasks = load(&store, 300);
    let mut acknowledged = Vec::new();
    while !tasks.is_empty() {
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'cqrs'";
        drop(owner.simple_query(kill).await.expect("killed"));
        if let Ok(Some(done)) = timeout(Duration::from_millis(50), tasks.join_next()).await {
            acknowledged.extend(done.expect("no panic"));
        }
    }

    assert_eq!(acknowledged.len(), 8 * 300);
    assert_kept_once(&store, acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_a_typed_error_in_time() {
    let server = Server::start().expect("a server");
    let store = Postgres::options()
        .patience(Duration::from_millis(300))
        .connect(server.create_database())
        .await
        .expect("a store");
    make::fill(&store, 1).await;
    tokio::task::block_in_place(|| server.stop_fast());

    let append = make::store(&store, make::append("a", [make::event("x")]));
    let error = timeout(LONG, append).await.expect("nobody hangs");
    let Err(AppendError::Unknown(error) | AppendError::Store(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
    let error = timeout(LONG, store.head()).await.expect("nobody hangs");
    assert!(error.expect_err("it is away").is_transient());
    timeout(LONG, store.close())
        .await
        .expect("nobody hangs")
        .expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_somebody_holds_is_waited_for_and_then_told() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    let store = Postgres::options()
        .lock_timeout(Duration::from_millis(50))
        .patience(Duration::from_millis(500))
        .connect(&url)
        .await
        .expect("a store");
    make::fill(&store, 1).await;
    let owner = make::owner(&url).await;
    owner
        .batch_execute("BEGIN; SELECT cqrs.lock_log_v1()")
        .await
        .expect("locked");

    let append = make::store(&store, make::append("a", [make::event("x")]));
    let error = timeout(LONG, append).await.expect("nobody hangs");
    assert!(
        matches!(&error, Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::Unavailable),
        "{error:?}"
    );
    owner.batch_execute("ROLLBACK").await.expect("let go");
    make::fill(&store, 1).await;
    make::assert_sound(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_outlive_a_restart() {
    let server = Server::start().expect("a server");
    let store = Postgres::connect(server.create_database())
        .await
        .expect("a store");
    make::fill(&store, 3).await;
    for _ in 0..3 {
        assert_eq!(make::everything(&store).await.len(), 3);
        tokio::task::block_in_place(|| server.restart());
    }
}
