//! What must not happen, and does.

use cqrs_core::{EventQuery, EventStore, Position, Range, ReadError, store::append::Reply};
use cqrs_sqlite::Sqlite;
use rusqlite::Connection;

use crate::make;

#[tokio::test]
async fn a_log_that_lost_an_event_is_not_read_past_the_gap() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    make::fill(&path, 10).await;
    let lost = Connection::open(&path)
        .and_then(|file| file.execute("DELETE FROM events WHERE position = 4", []));
    assert_eq!(lost.expect("deleted"), 1);

    let store = Sqlite::open(&path).expect("a store");
    let ranges = [
        Range::after(Position::START),
        Range::after(Position::new(3)),
        Range::after(Position::new(2)).until(Position::new(4)),
        Range::backward(),
    ];
    for range in ranges {
        let error = store.read(&EventQuery::all(), range).await;
        let error = error.expect_err("a gap");
        let is_gap = matches!(&error, ReadError::FeedGap { after, .. } if after.get() == 3);
        assert!(is_gap, "{range:?}: {error:?}");
    }
    let whole = Range::after(Position::new(4));
    assert!(store.read(&EventQuery::all(), whole).await.is_ok());
    let faults = store.verify().await.expect("verified").faults;
    assert_eq!(faults[0].to_string(), "the log jumps from position 3 to 5");
}

#[tokio::test]
async fn a_panic_at_an_answer_is_nobody_elses() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    let mut answers = Vec::new();
    for index in 0..20 {
        let append = make::append("a", [make::event("x")]);
        if index % 2 == 0 {
            store.submit(append, Reply::new(|_| panic!("on purpose")));
        } else {
            let (reply, answer) = Reply::channel();
            store.submit(append, reply);
            answers.push(answer);
        }
    }
    for answer in answers {
        assert!(answer.await.is_ok());
    }
    assert_eq!(make::everything(&store).await.len(), 20);
}
