//! Somebody who follows the log from its beginning, over a connection that fails too.

use std::{sync::Arc, time::Duration};

use cqrs::{EventQuery, Position, Range, Store};
use cqrs_testing::FaultyStore;
use tokio::time::{sleep, timeout};

use crate::{nodes::World, random::Random};

/// What was seen: each event's position and id.
pub(crate) type Seen = Vec<(Position, cqrs::EventId)>;

pub(crate) async fn follow<S: Store + Clone>(world: Arc<World<S>>, end: Duration) -> Seen {
    let mut random = Random::of(world.seed, 1);
    let store = FaultyStore::new(world.store.clone());
    let faults = store.faults();
    let store: &dyn Store = &store;
    let mut told = store.watch();
    let mut seen = Seen::new();
    let mut at = Position::START;
    while world.clock.elapsed() < end {
        match random.below(8) {
            0 => faults.fail_reads(1),
            1 => faults.delay(random.up_to_millis(100)),
            2 => faults.heal(),
            _ => {}
        }
        told.mark_unchanged();
        let range = Range::after(at).limit(1 + random.small(9));
        let Ok(page) = store.read(&EventQuery::all(), range).await else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        for event in &page.events {
            let meta = &event.meta;
            if meta.position != at.plus(1) {
                world
                    .trace
                    .find(format_args!("position {} came after {at}", meta.position));
            }
            at = meta.position;
            seen.push((at, meta.id));
            world.trace.say(format_args!("seen {at} {}", meta.id));
        }
        if page.events.is_empty() {
            // A wake-up that is lost costs a while, as in any store.
            let _told = timeout(Duration::from_millis(500), told.changed()).await;
        }
    }
    seen
}
