//! The simulation finds what it looks for: each of these stores is broken on purpose.

#![cfg(tokio_unstable)]

#[path = "../../../cqrs-testing/tests/negative_controls/twist.rs"]
#[expect(dead_code, reason = "others use the rest of it")]
mod twist;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use cqrs::{EventId, EventStore, Memory};
use cqrs_core::{
    Append,
    store::{
        append::Reply,
        documents::{CommitError, PageCommit, ViewStore},
    },
};
use cqrs_simulation::simulate;
use uuid::Uuid;

use self::twist::{Twist, Twisted};

/// How many seeds may pass before it is found.
const SEEDS: u64 = 20;

#[track_caller]
fn is_found<T: Twist>(twist: impl Fn() -> T, what: &str) {
    let findings = (0..SEEDS).flat_map(|seed| {
        let simulated = simulate(seed, |clock| {
            Twisted::around(Memory::new().with_clock(Arc::new(clock)), twist())
        });
        simulated.findings
    });
    let found = findings.into_iter().any(|finding| finding.contains(what));
    assert!(found, "nothing is found in {SEEDS} seeds");
}

/// Every so often: chance would break the seed's word.
#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    fn is_due(&self, every: u64) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) % every == every - 1
    }
}

/// An append is answered before the commit, which then fails: the answer is that of a pure check.
#[derive(Debug, Default)]
struct AcknowledgedBefore(Count);

impl Twist for AcknowledgedBefore {
    fn submit(&self, inner: &Memory, mut append: Append, reply: Reply) {
        if self.0.is_due(30) {
            for listed in &mut append.streams {
                listed.events.clear();
            }
        }
        inner.submit(append, reply);
    }
}

#[test]
fn an_acknowledgement_before_the_commit() {
    is_found(
        AcknowledgedBefore::default,
        "Acknowledged and happened 0 times",
    );
}

/// Event ids are not kept unique.
#[derive(Debug, Default)]
struct ForgetsIds(AtomicU64);

impl Twist for ForgetsIds {
    fn submit(&self, inner: &Memory, mut append: Append, reply: Reply) {
        for event in append
            .streams
            .iter_mut()
            .flat_map(|listed| &mut listed.events)
        {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            event.id = EventId::new(Uuid::from_u128(number.into()));
        }
        inner.submit(append, reply);
    }
}

#[test]
fn an_append_that_is_stored_again() {
    is_found(ForgetsIds::default, "happened 2 times");
}

/// The checkpoint is stored first, and the documents sometimes not any more.
#[derive(Debug, Default)]
struct CheckpointFirst(Count);

#[async_trait]
impl Twist for CheckpointFirst {
    async fn commit(&self, inner: &Memory, mut commit: PageCommit) -> Result<(), CommitError> {
        if self.0.is_due(30) {
            commit.documents.clear();
        }
        inner.commit(commit).await
    }
}

#[test]
fn a_checkpoint_before_its_documents() {
    is_found(CheckpointFirst::default, "its events say");
}
