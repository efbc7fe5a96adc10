//! Bits that change on the disk.

use cqrs_core::{EventQuery, EventStore, Position, Range, store::error::StoreErrorKind};
use cqrs_sqlite::Sqlite;
use rusqlite::{Connection, params};

use crate::make;

const EVENTS: u32 = 1_000;

#[tokio::test]
async fn one_flipped_bit_in_a_payload_is_found_in_every_event() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let store = Sqlite::open(&path).expect("a store");
    let events = (0..EVENTS).map(|index| make::event(&format!("number {index}")));
    make::store(&store, make::append("a", events))
        .await
        .expect("appended");
    make::assert_sound(&store).await;
    store.close().await.expect("closed");
    flip(&path);

    let store = Sqlite::open(&path).expect("a store");
    let verified = store.verify().await.expect("verified");
    let found: Vec<_> = verified
        .faults
        .iter()
        .filter_map(|fault| fault.position)
        .collect();
    let all: Vec<_> = (1..=EVENTS.into()).map(Position::new).collect();
    assert_eq!(found, all);

    let range = Range::after(Position::new(41)).limit(1);
    let error = store.read(&EventQuery::all(), range).await;
    let error = error.expect_err("the event is not what was written");
    assert!(error.to_string().contains("position 42"), "{error}");
    assert!(
        matches!(&error, cqrs_core::ReadError::Store(error) if error.kind() == StoreErrorKind::Corrupt),
        "{error:?}"
    );
}

/// Flips one bit in the payload of each event, another one each time.
fn flip(path: &std::path::Path) {
    let mut file = Connection::open(path).expect("a database");
    let transaction = file.transaction().expect("a transaction");
    for position in 1..=EVENTS {
        let mut payload: Vec<u8> = transaction
            .query_row(
                "SELECT payload FROM events WHERE position = ?1",
                [position],
                |row| row.get(0),
            )
            .expect("a payload");
        let bit = position as usize * 31 % (payload.len() * 8);
        payload[bit / 8] ^= 1 << (bit % 8);
        transaction
            .execute(
                "UPDATE events SET payload = ?2 WHERE position = ?1",
                params![position, payload],
            )
            .expect("flipped");
    }
    transaction.commit().expect("committed");
}
