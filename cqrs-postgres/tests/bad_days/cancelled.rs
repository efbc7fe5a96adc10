//! Futures that are dropped wherever they are.

use std::time::Duration;

use cqrs_core::{
    Append, EventQuery, EventStore, Position, Range, Revision,
    store::{
        Snapshot,
        documents::{
            Checkpoint, DocumentChange, PageCommit, Selection, Subscription, SubscriptionKind,
            ViewStore,
        },
    },
};
use cqrs_postgres::Postgres;
use tokio::{
    task::{JoinSet, yield_now},
    time::{sleep, timeout},
};

use crate::{load, make, make::Rng};

const TASKS: u64 = 32;
const EACH: u64 = 70;

/// T13: 2,240 calls dropped at random moments, with four connections: no transaction stays open, every connection is
/// usable, and each append is stored once when it is sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_are_dropped_leave_nothing_behind() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::options()
        .connections(4)
        .connect(database.url())
        .await
        .expect("a store");
    let seed = make::seed();
    println!("seed {seed}");
    let mut rng = Rng::seeded(seed);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        tasks.spawn(storm(store.clone(), task, rng.next() | 1));
    }
    let sent: Vec<Append> = tasks.join_all().await.into_iter().flatten().collect();
    let again = sent.iter().map(|append| {
        let (store, append) = (store.clone(), append.clone());
        async move { load::until_acknowledged(&store, append).await }
    });
    again.collect::<JoinSet<_>>().join_all().await;
    assert_eq!(make::everything(&store).await.len(), sent.len());

    let admin = make::client(database.url()).await;
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(make::number(&admin, open).await, 0);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(make::number(&admin, locks).await, 0);
    let all = async {
        let reads = (0..16).map(|_| {
            let store = store.clone();
            async move { make::everything(&store).await.len() }
        });
        reads.collect::<JoinSet<_>>().join_all().await
    };
    let read = timeout(Duration::from_secs(10), all).await;
    assert_eq!(read.expect("every connection is usable"), [sent.len(); 16]);
    make::assert_sound(&store).await;
}

/// Begins calls and drops them; answers the appends among them.
async fn storm(store: Postgres, task: u64, seed: u64) -> Vec<Append> {
    let mut rng = Rng::seeded(seed);
    let mut sent = Vec::new();
    for number in 0..EACH {
        let (kind, moment) = (rng.below(6), rng.below(40));
        let call = async {
            match kind {
                0 | 1 => {
                    let append = make::append(&format!("c{task}"), [make::event("dropped")]);
                    sent.push(append.clone());
                    drop(make::store(&store, append).await);
                }
                2 => {
                    let range = Range::after(Position::START).limit(200);
                    drop(store.read(&EventQuery::all(), range).await);
                }
                3 => {
                    drop(store.commit(page(task, number)).await);
                }
                4 => {
                    let snapshot = Snapshot {
                        version: 1,
                        revision: Revision::new(1),
                        state: "{}".into(),
                    };
                    let stream = make::stream(&format!("c{task}"));
                    drop(store.save_snapshot(&stream, snapshot).await);
                }
                _ => drop(
                    store
                        .list(&page(task, 0).subscription, &Selection::default())
                        .await,
                ),
            }
        };
        // Some at an await of this program's, some while the server works.
        let until = async {
            for _ in 0..moment {
                yield_now().await;
            }
            if moment % 4 == 3 {
                sleep(Duration::from_micros(moment * 100)).await;
            }
        };
        tokio::select! {
            biased;
            () = call => {}
            () = until => {}
        }
    }
    sent
}

fn page(task: u64, number: u64) -> PageCommit {
    PageCommit {
        subscription: Subscription {
            kind: SubscriptionKind::View,
            name: format!("View{task}").into(),
            version: 1,
        },
        expected: None,
        checkpoint: Checkpoint {
            position: Position::new(number),
            epoch: 1,
            mixed: false,
            built: true,
            paused: false,
        },
        reset: false,
        documents: vec![DocumentChange {
            key: number.to_string().into(),
            content: Some(("{}".into(), Vec::new())),
        }],
        park: Vec::new(),
        unpark: Vec::new(),
    }
}
