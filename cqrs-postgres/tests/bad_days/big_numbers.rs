//! Numbers beyond what 32 bits, or the numbers of JavaScript, can hold.

use cqrs_core::{
    Append, EventQuery, EventStore, Expected, Position, Range, Revision, Tag,
    store::documents::{Checkpoint, PageCommit, Subscription, SubscriptionKind, ViewStore},
};
use cqrs_postgres::Postgres;

use crate::make;

/// T15: positions and revisions at 2^31, 2^33 and 2^53 are what they are, on every path.
#[tokio::test]
async fn positions_and_revisions_are_exact_at_every_size() {
    for last in [(1 << 31) - 1, 1 << 33, 1 << 53, i64::MAX as u64 - 1_000] {
        let (store, database) = make::fresh().await;
        make::fill(&store, 1).await;
        store.close().await.expect("closed");
        let client = make::client(database.url()).await;
        let move_on = format!(
            "UPDATE cqrs.events SET position = {last}, revision = {last}; UPDATE cqrs.tags SET position = {last}"
        );
        make::run(&client, &move_on).await;
        let store = Postgres::connect(database.url()).await.expect("a store");
        check(&store, last).await;
    }
}

async fn check(store: &Postgres, last: u64) {
    let (next, next_revision) = (Position::new(last + 1), Revision::new(last + 1));
    let before = Position::new(last - 1);
    let append = Append::new()
        .stream(
            make::stream("a0"),
            Expected::Exactly(Revision::new(last)),
            [make::event("next")],
        )
        .only_if_none(
            EventQuery::all().tag(Tag::new("account", "shared").expect("a tag")),
            Position::new(last),
        );
    let appended = make::store(store, append.clone()).await.expect("appended");
    assert_eq!(appended.position, next);
    assert_eq!(appended.revisions, [next_revision]);
    let again = make::store(store, append).await.expect("a duplicate");
    assert!(again.duplicate && again.position == next && again.revisions == [next_revision]);
    assert_eq!(store.head().await.expect("a head"), next);

    let tagged = EventQuery::all().tag(Tag::new("account", "shared").expect("a tag"));
    for query in [
        EventQuery::all(),
        EventQuery::all().names(["Opened"]),
        tagged,
    ] {
        let page = store
            .read(&query, Range::after(before))
            .await
            .expect("a page");
        let places: Vec<_> = page
            .events
            .iter()
            .map(|event| event.meta.position.get())
            .collect();
        assert_eq!(places, [last, last + 1]);
        assert_eq!(page.head, next);
    }
    let page = store
        .read_stream(&make::stream("a0"), Revision::new(last), 10)
        .await
        .expect("a page");
    assert_eq!(page.revision, next_revision);
    assert_eq!(page.events.len(), 1);

    let view = Subscription {
        kind: SubscriptionKind::View,
        name: "Big".into(),
        version: u32::MAX,
    };
    let checkpoint = Checkpoint {
        position: next,
        epoch: last,
        mixed: false,
        built: true,
        paused: false,
    };
    let commit = PageCommit {
        subscription: view.clone(),
        expected: None,
        checkpoint,
        reset: false,
        documents: Vec::new(),
        park: Vec::new(),
        unpark: Vec::new(),
    };
    store.commit(commit).await.expect("committed");
    assert_eq!(
        store.checkpoint(&view).await.expect("read"),
        Some(checkpoint)
    );
}
