//! Leases beside commits.

use std::time::Duration;

use bytes::Bytes;
use cqrs_core::{
    NodeId,
    store::{
        documents::{Subscription, SubscriptionKind},
        leases::{Beat, LeaseStore, Pulse},
    },
};
use cqrs_postgres::Postgres;
use uuid::Uuid;

use crate::make;

async fn beat(store: &Postgres, node: u128, term: Duration) -> Pulse {
    let users = Subscription {
        kind: SubscriptionKind::View,
        name: "users".into(),
        version: 1,
    };
    let beat = Beat {
        node: NodeId::new(Uuid::from_u128(node)),
        name: format!("node {node}"),
        term,
        subscriptions: vec![(users, Bytes::new())],
    };
    store.beat(&beat).await.expect("a pulse")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_changes_hands_only_behind_commits_under_it() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    let first = beat(&store, 1, Duration::from_millis(10)).await;
    assert_eq!(first.leases[0].epoch, 1);
    let owner = make::owner(database.url()).await;
    let commit = "BEGIN; SELECT cqrs.commit_page_v1('view', 'users', 1, NULL, NULL, NULL, NULL, NULL,
        1, 1, false, false, false, false, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";
    owner
        .batch_execute(commit)
        .await
        .expect("not yet committed");
    tokio::time::sleep(Duration::from_millis(50)).await;

    let second = tokio::spawn({
        let store = store.clone();
        async move { beat(&store, 2, Duration::from_secs(60)).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        !second.is_finished(),
        "the commit under the first epoch is on its way"
    );
    owner.batch_execute("COMMIT").await.expect("committed");

    let second = second.await.expect("no panic");
    assert_eq!(second.leases[0].epoch, 2);
    let late = commit.replace("BEGIN; ", "");
    assert_eq!(
        make::value(&owner, &late).await.as_deref(),
        Some("f"),
        "who comes late"
    );
}
