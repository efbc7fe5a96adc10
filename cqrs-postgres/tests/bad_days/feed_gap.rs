//! Events that are gone from the middle of the log.

use cqrs_core::{EventQuery, EventStore, Position, Range, ReadError, store::query::Direction};

use crate::make;

const EVENTS: u64 = 60;

/// T10: 50 holes, each made by hand: every page of all events over it fails, and none shows what is behind.
#[tokio::test]
async fn no_reader_goes_over_a_hole() {
    let (store, database) = make::fresh().await;
    make::fill(&store, 60).await;
    let client = make::client(database.url()).await;
    let seed = make::seed();
    println!("seed {seed}");
    let mut rng = make::Rng::seeded(seed);
    for _ in 0..50 {
        let hole = 1 + rng.below(EVENTS - 1);
        let after = rng.below(hole);
        make::run(
            &client,
            &format!(
                "CREATE TABLE public.kept AS SELECT * FROM cqrs.events WHERE position = {hole};
                 DELETE FROM cqrs.events WHERE position = {hole}"
            ),
        )
        .await;
        for direction in [Direction::Forward, Direction::Backward] {
            let mut range = Range::after(Position::new(after)).limit(usize::MAX);
            range.direction = direction;
            let gap = store.read(&EventQuery::all(), range).await;
            assert!(
                matches!(gap, Err(ReadError::FeedGap { after, .. }) if after.get() == hole - 1),
                "a hole at {hole}, read after {after}: {gap:?}"
            );
        }
        // Pages up to it and behind it are whole.
        for (after, until) in [(0, hole - 1), (hole, EVENTS)] {
            let range = Range::after(Position::new(after))
                .until(Position::new(until))
                .limit(usize::MAX);
            let page = store.read(&EventQuery::all(), range).await;
            let count = page.expect("a page").events.len() as u64;
            assert_eq!(count, until - after);
        }
        make::run(
            &client,
            "INSERT INTO cqrs.events SELECT * FROM public.kept; DROP TABLE public.kept",
        )
        .await;
    }
    make::assert_sound(&store).await;
}
