//! Bits that change on the disk.

use cqrs_core::{EventQuery, EventStore, Position, Range, ReadError, store::error::StoreErrorKind};
use cqrs_postgres::Postgres;

use crate::make;

const EVENTS: u64 = 1_000;

/// T29: one flipped bit in each of 1,000 payloads, and 1,000 are found.
#[tokio::test]
async fn one_flipped_bit_in_a_payload_is_found_in_every_event() {
    let (store, database) = make::fresh().await;
    make::fill(&store, 1_000).await;
    make::assert_sound(&store).await;
    let client = make::client(database.url()).await;
    // Another one each time.
    let flip = "UPDATE cqrs.events SET payload = set_bit(payload, bit, 1 - get_bit(payload, bit))
                FROM (SELECT position AS at, (position * 31 % (length(payload) * 8))::integer AS bit
                      FROM cqrs.events) bits WHERE at = position";
    make::run(&client, flip).await;

    let verified = store.verify().await.expect("verified");
    let found: Vec<_> = verified
        .faults
        .iter()
        .filter_map(|fault| fault.position)
        .collect();
    let all: Vec<_> = (1..=EVENTS).map(Position::new).collect();
    assert_eq!(found, all);

    let range = Range::after(Position::new(41)).limit(1);
    let error = store.read(&EventQuery::all(), range).await;
    let error = error.expect_err("the event is not what was written");
    assert!(error.to_string().contains("position 42"), "{error}");
    assert!(
        matches!(&error, ReadError::Store(error) if error.kind() == StoreErrorKind::Corrupt),
        "{error:?}"
    );
}

/// T29: what a program wrote past the functions is found, and a store that was not touched is sound.
#[tokio::test]
async fn rows_and_checkpoints_that_nobody_wrote_are_found() {
    for (damage, part) in [
        ("DELETE FROM cqrs.tags WHERE position = 3", "is not found by a tag"),
        ("UPDATE cqrs.events SET actor = 'x' WHERE position = 4", "position 4"),
        ("UPDATE cqrs.events SET revision = 99 WHERE position = 19", "jumps from revision"),
        ("DELETE FROM cqrs.events WHERE position = 12", "the log jumps"),
        (
            "UPDATE cqrs.events SET recorded_at = '2000-01-01' WHERE position = 7",
            "recorded before",
        ),
        (
            "INSERT INTO cqrs.subscriptions (kind, name, version, position, epoch, mixed, built, paused, indexed)
             VALUES ('view', 'Ahead', 1, 21, 1, false, true, false, false)",
            "beyond the head",
        ),
    ] {
        let (store, database) = make::fresh().await;
        make::fill(&store, 20).await;
        make::run(&make::client(database.url()).await, damage).await;
        let verified = verified(&store).await;
        assert!(verified.iter().any(|fault| fault.contains(part)), "{damage}: {verified:?}");
    }
}

async fn verified(store: &Postgres) -> Vec<String> {
    let verified = store.verify().await.expect("verified");
    verified.faults.iter().map(ToString::to_string).collect()
}
