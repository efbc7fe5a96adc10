//! The stored states of aggregates.

use bytes::Bytes;
use cqrs_core::{Revision, StreamId, store::Snapshot};

use super::subject::{Subject, broken, same, stream};

fn snapshot(version: u32, revision: u64, state: &str) -> Snapshot {
    Snapshot {
        version,
        revision: Revision::new(revision),
        state: Bytes::copy_from_slice(state.as_bytes()),
    }
}

async fn five_events(s: &Subject) -> StreamId {
    let a = stream("a");
    s.record(&a, &["One", "Two", "Three", "Four", "Five"]).await;
    a
}

async fn save(s: &Subject, stream: &StreamId, snapshot: Snapshot) {
    if let Err(error) = s.save_snapshot(stream, snapshot).await {
        broken("a snapshot can be saved", &error);
    }
}

async fn load(s: &Subject, stream: &StreamId, version: u32) -> Option<Snapshot> {
    match s.snapshot(stream, version).await {
        Ok(snapshot) => snapshot,
        Err(error) => broken("a snapshot can be loaded", &error),
    }
}

pub(super) async fn a_stream_has_no_snapshot_at_first(s: Subject) {
    let a = five_events(&s).await;

    same(load(&s, &a, 1).await, None, "none was saved");
    same(load(&s, &stream("none"), 1).await, None, "nor elsewhere");
}

pub(super) async fn a_snapshot_comes_back_as_it_was_saved(s: Subject) {
    let a = five_events(&s).await;
    let saved = snapshot(3, 5, "{ \"b\": 1, \"a\": \"\\u0000\" }");
    save(&s, &a, saved.clone()).await;

    same(load(&s, &a, 3).await, Some(saved), "byte for byte");
    same(load(&s, &stream("b"), 3).await, None, "of its stream alone");
}

pub(super) async fn a_snapshot_of_another_version_is_none(s: Subject) {
    let a = five_events(&s).await;
    save(&s, &a, snapshot(2, 5, "{}")).await;

    same(load(&s, &a, 1).await, None, "an older version");
    same(load(&s, &a, 3).await, None, "a newer version");
}

pub(super) async fn a_newer_snapshot_takes_the_place_of_an_older_one(s: Subject) {
    let a = five_events(&s).await;
    save(&s, &a, snapshot(1, 3, "3")).await;
    save(&s, &a, snapshot(1, 5, "5")).await;

    same(load(&s, &a, 1).await, Some(snapshot(1, 5, "5")), "newer");
}

pub(super) async fn a_snapshot_that_is_not_newer_is_ignored(s: Subject) {
    let a = five_events(&s).await;
    save(&s, &a, snapshot(1, 4, "4")).await;
    save(&s, &a, snapshot(1, 3, "3")).await;
    save(&s, &a, snapshot(1, 4, "again")).await;

    same(
        load(&s, &a, 1).await,
        Some(snapshot(1, 4, "4")),
        "the first",
    );
}

pub(super) async fn a_stream_has_one_snapshot_whatever_its_version(s: Subject) {
    let a = five_events(&s).await;
    save(&s, &a, snapshot(1, 3, "1")).await;
    save(&s, &a, snapshot(2, 5, "2")).await;

    same(load(&s, &a, 1).await, None, "the older one is gone");
    same(load(&s, &a, 2).await, Some(snapshot(2, 5, "2")), "replaced");
}

pub(super) async fn erasing_deletes_the_snapshot(s: Subject) {
    let a = five_events(&s).await;
    save(&s, &a, snapshot(1, 5, "personal")).await;
    s.erase(&a).await.expect("a stream can be erased");

    same(
        load(&s, &a, 1).await,
        None,
        "it says what is to be forgotten",
    );
}

pub(super) async fn a_snapshot_from_before_an_erasure_is_ignored(s: Subject) {
    let a = five_events(&s).await;
    s.erase(&a).await.expect("a stream can be erased");

    // Somebody who had loaded the stream before comes late.
    save(&s, &a, snapshot(1, 5, "personal")).await;
    same(
        load(&s, &a, 1).await,
        None,
        "it would bring back what was erased",
    );
    s.record(&a, &["Six"]).await;
    save(&s, &a, snapshot(1, 7, "new")).await;
    same(load(&s, &a, 1).await, Some(snapshot(1, 7, "new")), "later");
}
