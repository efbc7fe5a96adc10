//! Finding what is wrong.

use cqrs_postgres::Postgres;

use crate::make;

#[tokio::test]
async fn what_was_tampered_with_is_found() {
    for (sql, expected) in [
        ("UPDATE cqrs.events SET payload = '1' WHERE position = 3", "is not what was written"),
        ("UPDATE cqrs.events SET actor = 'joan' WHERE position = 3", "is not what was written"),
        ("UPDATE cqrs.events SET revision = 9 WHERE position = 3", "jumps from revision"),
        ("DELETE FROM cqrs.events WHERE position = 3", "jumps from position 2 to 4"),
        ("DELETE FROM cqrs.tags WHERE position = 3", "is not found by a tag"),
        ("UPDATE cqrs.tags SET tag = 'a:b' WHERE position = 3", "by a tag that it does not have"),
        (
            "UPDATE cqrs.events SET recorded_at = recorded_at - interval '1 day' WHERE position = 3",
            "was recorded before",
        ),
        (
            "INSERT INTO cqrs.subscriptions (kind, name, version, position, epoch, mixed, built, paused, indexed)
             VALUES ('view', 'users', 1, 99, 0, false, false, false, false)",
            "beyond the head",
        ),
        (
            "INSERT INTO cqrs.snapshots (stream_type, stream_id, version, revision, checksum, state)
             VALUES ('Account', 'a0', 1, 1, 5, 'x')",
            "the snapshot of Account `a0` is not what was written",
        ),
    ] {
        let database = temporary_postgres::shared().expect("a database");
        let store = Postgres::connect(database.url()).await.expect("a store");
        make::fill(&store, 9).await;
        make::assert_sound(&store).await;
        make::owner(database.url()).await.batch_execute(sql).await.expect(sql);

        let verified = store.verify().await.expect("verified");

        let found = verified.faults.iter().any(|fault| fault.message.contains(expected));
        assert!(found, "{sql}: {:#?}", verified.faults);
    }
}
