//! A server that is killed, stopped, or away.

use std::time::{Duration, Instant};

use cqrs_core::{AppendError, EventStore, store::error::StoreErrorKind};
use cqrs_postgres::{ConnectError, Postgres};
use temporary_postgres::{Options, Server};
use tokio::{
    task::{JoinSet, block_in_place},
    time::timeout,
};

use crate::{load::Load, make};

/// T21: the whole server is killed five times while writers and a reader are at work, with a database that does not wait
/// for the disk by default: nothing acknowledged is lost, and nothing that was seen vanishes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_loses_nothing_that_was_acknowledged_or_seen() {
    let server = lazy_server();
    let url = server.create_database();
    let store = patient(&url).await;
    let load = Load::start(&store, &store, 8);
    for _ in 0..5 {
        load.more(40).await;
        block_in_place(|| {
            server.kill_9();
            server.start_again();
        });
    }
    load.more(40).await;
    load.finish().await.check(&store).await;
}

/// T21, the control: with the function that raises durability taken away, the same kill loses what was acknowledged, and
/// the store says that the history is another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_does_not_wait_for_the_disk_loses_events_and_says_so() {
    let server = lazy_server();
    let url = server.create_database();
    let store = patient(&url).await;
    let lazy =
        "CREATE OR REPLACE FUNCTION cqrs.lock_log_v1() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_advisory_xact_lock(1668379251, 'cqrs.events'::regclass::oid::integer);
     END $$";
    make::run(&make::client(&url).await, lazy).await;
    make::fill(&store, 200).await;
    block_in_place(|| {
        server.kill_9();
        server.start_again();
    });
    let error = make::failure(make::store(&store, make::append("a", [make::event("next")])).await);
    assert_eq!(error.kind(), StoreErrorKind::HistoryChanged, "{error:?}");
    let error = store
        .head()
        .await
        .expect_err("nothing is believed any more");
    assert!(!error.is_transient(), "{error:?}");
}

/// Appends that wait while the server restarts in order: each gets an answer, and an acknowledgement when sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn appends_that_wait_while_the_server_restarts_are_answered() {
    let server = Server::start().expect("a server");
    let store = patient(&server.create_database()).await;
    let load = Load::start(&store, &store, 8);
    load.more(50).await;
    block_in_place(|| server.stop_fast());
    let mut waiting = JoinSet::new();
    for number in 0..64 {
        let store = store.clone();
        waiting.spawn(async move {
            make::store(
                &store,
                make::append(&format!("w{number}"), [make::event("w")]),
            )
            .await
        });
    }
    block_in_place(|| server.start_again());
    let answers = timeout(Duration::from_secs(20), waiting.join_all()).await;
    for answer in answers.expect("every caller gets an answer") {
        answer.expect("patience is longer than a restart");
    }
    load.more(50).await;
    let done = load.finish().await;
    assert_eq!(
        make::everything(&store).await.len(),
        done.acknowledged.len() + 64
    );
    make::assert_sound(&store).await;
}

/// A server that does not come back: typed errors when patience ends, at once when connecting, and all is well later.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_away_is_a_typed_error() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    let store = Postgres::options()
        .patience(Duration::from_millis(500))
        .connect(&url)
        .await
        .expect("a store");
    make::fill(&store, 10).await;
    block_in_place(|| server.kill_9());

    let began = Instant::now();
    let mut answers = JoinSet::new();
    for number in 0..20 {
        let store = store.clone();
        answers.spawn(async move {
            make::store(
                &store,
                make::append(&format!("w{number}"), [make::event("w")]),
            )
            .await
        });
    }
    for answer in answers.join_all().await {
        let Err(AppendError::Store(error) | AppendError::Unknown(error)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
    }
    let error = store.head().await.expect_err("nobody answers");
    assert!(error.is_transient(), "{error:?}");
    let error = Postgres::connect(&url).await.expect_err("refused");
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );

    block_in_place(|| server.start_again());
    make::store(&store, make::append("a", [make::event("again")]))
        .await
        .expect("it goes on by itself");
    make::assert_sound(&store).await;
}

/// A server that hangs, as a stalled machine does: answers within the limits, and all is well when it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_hangs_is_a_typed_error() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    Postgres::migrate(&url).await.expect("tables");
    let store = Postgres::options()
        .patience(Duration::from_millis(500))
        .connect_timeout(Duration::from_millis(500))
        .statement_timeout(Duration::from_millis(500))
        .connect(url)
        .await
        .expect("a store");
    make::fill(&store, 10).await;
    block_in_place(|| server.pause());
    let append = make::append("a", [make::event("late")]);
    let (answer, read) = tokio::join!(
        timeout(Duration::from_secs(10), make::store(&store, append.clone())),
        timeout(Duration::from_secs(10), store.head()),
    );
    let answer = answer.expect("an answer");
    assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
    let error = read.expect("an answer").expect_err("nobody answers");
    assert!(error.is_transient(), "{error:?}");
    block_in_place(|| server.resume());
    let appended = crate::load::until_acknowledged(&store, append).await;
    assert_eq!(appended.position.get(), 11);
    make::assert_sound(&store).await;
}

async fn patient(url: &str) -> Postgres {
    Postgres::options()
        .patience(Duration::from_secs(30))
        .connect(url)
        .await
        .expect("a store")
}

/// A server that writes to the disk when it has to, and otherwise late.
fn lazy_server() -> Server {
    let options = Options::new()
        .set("synchronous_commit", "off")
        .set("wal_writer_delay", "10s")
        .set("wal_writer_flush_after", "1GB");
    Server::with(options).expect("a server")
}
