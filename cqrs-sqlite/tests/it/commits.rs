//! What a commit costs the one thread that writes: with `synchronous = FULL` each commit is one `fsync`, of the
//! write-ahead log.

use std::{fs, path::Path, sync::mpsc, thread};

use bytes::Bytes;
use cqrs_core::{EventStore, store::append::Reply};
use cqrs_sqlite::Sqlite;
use rusqlite::Connection;

use crate::make;

#[tokio::test]
async fn appends_that_wait_at_once_are_one_commit() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path().join("events.db");
    let store = Sqlite::open(&at).expect("a store");
    make::store(&store, make::append("a", [make::event("first")]))
        .await
        .expect("appended");
    let wal = directory.path().join("events.db-wal");
    // As long as somebody reads, the log is not begun anew.
    let reader = Connection::open(&at).expect("a connection");
    let count = "BEGIN; SELECT count(*) FROM sqlite_schema";
    reader.execute_batch(count).expect("read");
    let before = commits(&wal);

    // While somebody else writes, the writer holds the first append, and the others wait behind it.
    let other = Connection::open(&at).expect("a connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let (sender, answers) = mpsc::channel();
    for index in 0..64 {
        let sender = sender.clone();
        let append = make::append(&format!("a{index}"), [make::event("x")]);
        store.submit(
            append,
            Reply::new(move |answer| sender.send(answer).expect("somebody waits")),
        );
    }
    other.execute_batch("ROLLBACK").expect("unlocked");
    for _ in 0..64 {
        answers.recv().expect("an answer").expect("appended");
    }

    let made = commits(&wal) - before;
    assert!(
        (1..=2).contains(&made),
        "64 appends were {made} commits, where one for the first and one for the others is enough"
    );
}

/// An event's payload that tells on which thread it was freed.
struct Payload(mpsc::Sender<thread::ThreadId>);

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        b"{}"
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        let _nobody_waits = self.0.send(thread::current().id());
    }
}

#[tokio::test]
async fn the_writer_leaves_it_to_who_asked_to_free_what_was_appended() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Sqlite::open(directory.path().join("events.db")).expect("a store");
    let (sender, freed) = mpsc::channel();
    let mut event = make::event("x");
    event.payload = Bytes::from_owner(Payload(sender));
    make::store(&store, make::append("a", [event]))
        .await
        .expect("appended");

    assert_eq!(freed.recv(), Ok(thread::current().id()));
}

/// How many commits a write-ahead log holds: a frame that ends one says how large the database is from then on.
fn commits(wal: &Path) -> usize {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let wal = fs::read(wal).expect("a log");
    if wal.len() < HEADER {
        return 0;
    }
    let page = usize::try_from(number(&wal, 8)).expect("a size");
    let frames = wal[HEADER..].chunks_exact(FRAME_HEADER + page);
    // What is left of an earlier round of the log has another salt.
    frames
        .filter(|frame| frame[8..16] == wal[16..24] && number(frame, 4) != 0)
        .count()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes[at..].first_chunk().expect("four bytes");
    u32::from_be_bytes(*bytes)
}
