//! Stores that older versions wrote.

use std::{fs, path::Path};

use cqrs_core::{
    EventQuery, EventStore, Position, Range, Revision, Tag,
    store::{
        Snapshot,
        documents::{
            Checkpoint, DocumentChange, IndexRange, IndexValue, PageCommit, ParkedEvent, Selection,
            Subscription, SubscriptionKind, ViewStore,
        },
    },
};
use cqrs_sqlite::Sqlite;

use crate::make;

/// One file for each released schema, never written again.
const FIXTURES: &[&str] = &["schema-001.sqlite"];

#[tokio::test]
async fn every_released_schema_opens_and_is_whole() {
    for fixture in FIXTURES {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("store.db");
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        fs::copy(fixtures.join(fixture), &path).expect("copied");

        // Twice: what brings a store up to date changes nothing the second time.
        for round in 0..2 {
            let store = Sqlite::open(&path).expect("a store");
            make::assert_sound(&store).await;
            check(&store, round).await;
            let next = make::append("new", [make::event("new")]);
            make::store(&store, next).await.expect("appended");
        }
    }
}

/// What `tests/it/migration.rs` found when the fixture was made.
async fn check(store: &Sqlite, round: u64) {
    let events = make::everything(store).await;
    assert_eq!(events.len() as u64, 5 + round);
    assert_eq!(events[0].payload, r#""first""#);
    assert_eq!(events[0].meta.metadata.actor_name(), Some("jane"));
    assert!(events[2].meta.erased_at.is_some());
    assert_eq!(events[3].meta.name, "$erased");

    let page = store
        .read_stream(&make::stream("a"), Revision::NONE, 10)
        .await
        .expect("a page");
    assert_eq!(page.revision, Revision::new(3));
    let tag = Tag::new("payload", "second").expect("a tag");
    let query = EventQuery::all().names(["Opened"]).tag(tag);
    let page = store.read(&query, Range::after(Position::START)).await;
    assert_eq!(page.expect("a page").events, events[1..2]);

    let checkpoint = store.checkpoint(&view()).await.expect("read");
    assert_eq!(checkpoint, Some(commit().checkpoint));
    let parked = store.parked(&view(), None).await.expect("read");
    assert_eq!(parked, commit().park);
    let by_owner = Selection {
        by: Some(IndexRange {
            index: "owner".into(),
            from: Some("jane".into()),
            to: Some("jane".into()),
        }),
        ..Selection::default()
    };
    let documents = store.list(&view(), &by_owner).await;
    assert_eq!(documents.expect("a list").found[0].content, "document");
    let snapshot = store.snapshot(&make::stream("a"), 1).await.expect("read");
    assert_eq!(snapshot.expect("a snapshot").state, "state");
}

/// Makes the fixture of the newest schema, unless it is there.
#[tokio::test]
#[ignore = "run by hand when a schema is released"]
async fn write_the_newest_fixture() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::create_dir_all(&fixtures).expect("a directory");
    let path = fixtures.join(FIXTURES[FIXTURES.len() - 1]);
    assert!(!path.exists(), "released fixtures are never written again");
    let directory = tempfile::tempdir().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    for (stream, payload) in [("a", "first"), ("a", "second"), ("b", "forgotten")] {
        let append = make::append(stream, [make::event(payload)]);
        make::store(&store, append).await.expect("appended");
    }
    store.erase(&make::stream("b")).await.expect("erased");
    let append = make::append("a", [make::event("third")]);
    make::store(&store, append).await.expect("appended");
    store
        .save_snapshot(
            &make::stream("a"),
            Snapshot {
                version: 1,
                revision: Revision::new(3),
                state: "state".into(),
            },
        )
        .await
        .expect("saved");
    store.commit(commit()).await.expect("committed");
    store.backup(path).await.expect("written");
}

fn view() -> Subscription {
    Subscription {
        kind: SubscriptionKind::View,
        name: "Account".into(),
        version: 2,
    }
}

fn commit() -> PageCommit {
    let value = IndexValue {
        index: "owner".into(),
        value: "jane".into(),
    };
    PageCommit {
        subscription: view(),
        expected: None,
        checkpoint: Checkpoint {
            position: Position::new(5),
            epoch: 1,
            mixed: true,
            built: true,
            paused: false,
        },
        reset: false,
        documents: vec![DocumentChange {
            key: "a".into(),
            content: Some(("document".into(), vec![value])),
        }],
        park: vec![ParkedEvent {
            key: "b".into(),
            key_text: "b".to_owned(),
            position: Position::new(3),
            attempts: 2,
            error: "it was forgotten".to_owned(),
            parked_at: std::time::SystemTime::UNIX_EPOCH,
        }],
        unpark: Vec::new(),
    }
}
