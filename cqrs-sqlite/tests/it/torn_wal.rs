//! T24: a write-ahead log that was cut off or damaged, as a power failure may leave it.

use std::{fs, path::PathBuf};

use cqrs_sqlite::Sqlite;
use tempfile::TempDir;

use crate::make;

const OFFSETS: usize = 128;

#[tokio::test]
async fn what_is_left_is_a_prefix_of_the_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let (database, wal) = files(&directory, "whole");
    // While the store is open, its write-ahead log is on the disk.
    let store = Sqlite::open(directory.path().join("live.db")).expect("a store");
    for index in 0..150 {
        let append = make::append(&format!("a{}", index % 7), [make::event("x")]);
        make::store(&store, append).await.expect("appended");
    }
    let (live, live_wal) = files(&directory, "live");
    fs::copy(&live, &database).expect("copied");
    fs::copy(&live_wal, &wal).expect("copied");
    let history = make::everything(&store).await;
    drop(store);

    let (database, wal) = (
        fs::read(database).expect("bytes"),
        fs::read(wal).expect("bytes"),
    );
    let mut shortest = usize::MAX;
    for step in 0..OFFSETS {
        let offset = wal.len() * step / OFFSETS;
        let cut = wal[..offset].to_vec();
        let mut flipped = wal.clone();
        flipped[offset] ^= 0x10;
        for (name, torn) in [("cut", cut), ("flipped", flipped)] {
            let directory = tempfile::tempdir().expect("a directory");
            let (to, to_wal) = files(&directory, name);
            fs::write(&to, &database).expect("written");
            fs::write(&to_wal, torn).expect("written");

            let store = Sqlite::open(&to).expect("it opens");

            let events = make::everything(&store).await;
            assert_eq!(events, history[..events.len()], "{name} at {offset}");
            make::assert_sound(&store).await;
            shortest = shortest.min(events.len());
            let next = make::store(&store, make::append("a", [make::event("next")])).await;
            let next = next.expect("appended").position.get();
            assert_eq!(next, events.len() as u64 + 1, "{name} at {offset}");
        }
    }
    assert!(shortest < history.len() / 2, "something was torn off");
}

fn files(directory: &TempDir, name: &str) -> (PathBuf, PathBuf) {
    let path = |end| directory.path().join(format!("{name}.db{end}"));
    (path(""), path("-wal"))
}
