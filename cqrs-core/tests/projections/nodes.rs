//! Several nodes on one store: who comes, who waits for whom, and orders on their way.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cqrs_core::{Memory, Registration};
use tokio::time::timeout;

use crate::{
    stock::{Group, Total, added, bare, get, record},
    stores::Moody,
};

#[tokio::test(start_paused = true)]
async fn terms_of_any_length_are_kept() {
    for term in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let node = bare(Memory::new()).register(Registration::view::<Group>());
        let started = timeout(Duration::from_secs(60), node.lease(term).start());
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
