//! Being woken when there is something new.

use std::time::Duration;

use cqrs_core::Position;
use tokio::{sync::watch, time::timeout};

use super::subject::{Subject, holds, same, stream};

/// A watcher may be late, but not for long.
async fn reaches(receiver: &mut watch::Receiver<Position>, position: u64) -> bool {
    let wanted = receiver.wait_for(|known| known.get() >= position);
    matches!(timeout(Duration::from_secs(10), wanted).await, Ok(Ok(_)))
}

pub(super) async fn a_watcher_learns_of_each_commit(s: Subject) {
    let mut receiver = s.watch();
    for position in 1..=3 {
        s.record(&stream("a"), &["Paid"]).await;
        holds(
            reaches(&mut receiver, position).await,
            "a watcher learns of a commit",
        );
    }
}

pub(super) async fn a_watcher_that_waits_is_woken(s: Subject) {
    let mut receiver = s.watch();
    receiver.mark_unchanged();
    let waiting = tokio::spawn(async move {
        let changed = timeout(Duration::from_secs(10), receiver.changed()).await;
        matches!(changed, Ok(Ok(())))
    });
    s.record(&stream("a"), &["Paid"]).await;

    let woken = waiting.await.expect("the watcher runs");
    holds(woken, "a watcher that waits is woken by a commit");
}

pub(super) async fn a_watcher_that_comes_late_knows_the_head(s: Subject) {
    s.record(&stream("a"), &["Opened", "Paid"]).await;

    let mut receiver = s.watch();
    holds(
        reaches(&mut receiver, 2).await,
        "a watcher knows of what was committed before it came",
    );
}

pub(super) async fn every_watcher_learns_of_a_commit(s: Subject) {
    let mut receivers: Vec<_> = (0..5).map(|_| s.watch()).collect();
    s.record(&stream("a"), &["Paid"]).await;

    for receiver in &mut receivers {
        holds(reaches(receiver, 1).await, "every watcher learns of it");
    }
}

pub(super) async fn a_watcher_learns_of_an_erasure(s: Subject) {
    s.record(&stream("a"), &["Opened"]).await;
    let mut receiver = s.watch();
    s.erase(&stream("a")).await.expect("a stream can be erased");

    holds(reaches(&mut receiver, 2).await, "an erasure is a commit");
}

pub(super) async fn a_watcher_never_hears_of_what_is_not_there(s: Subject) {
    let receiver = s.watch();
    for _ in 0..20 {
        s.record(&stream("a"), &["Paid"]).await;
        let known = *receiver.borrow();
        holds(known <= s.end().await, "the position is not above the head");
    }
    same(s.end().await, Position::new(20), "all are stored");
}
