//! Everything that goes wrong with nodes and their connections.

use std::{sync::Arc, time::Duration};

use cqrs::Store;
use tokio::time::{sleep, timeout};

use crate::{nodes::World, random::Random};

/// Lets things go wrong at one node until the end.
pub(crate) async fn happen<S: Store + Clone>(world: Arc<World<S>>, number: usize, end: Duration) {
    let mut random = Random::of(world.seed, 10 + number as u64);
    loop {
        sleep(random.up_to_millis(3_000)).await;
        if world.clock.elapsed() >= end {
            return;
        }
        let Some(node) = world.node(number) else {
            continue;
        };
        let faults = &node.faults;
        let count = 1 + random.small(4);
        let what = random.below(12);
        world.trace.say(format_args!(
            "mishap {what} at node {number}, {count} times"
        ));
        match what {
            0 => faults.fail_reads(count),
            1 => faults.fail_appends(count),
            2 => faults.lose_acknowledgements(count),
            3 => faults.fail_commits(count),
            4 => faults.lose_commits(count),
            5 | 6 => faults.delay(random.up_to_millis(400)),
            7 => {
                faults.disconnect();
                sleep(random.up_to_millis(8_000)).await;
                faults.reconnect();
            }
            8 => {
                let seconds = i64::try_from(random.below(7_200)).unwrap_or_default();
                world.clock.jump(seconds - 3_600);
            }
            9 => {
                drop(node);
                world.crash(number);
                sleep(random.up_to_millis(5_000)).await;
                world.place(number, world.start_node().await);
            }
            10 => {
                end_in_order(&world, number).await;
                world.place(number, world.start_node().await);
            }
            _ => faults.heal(),
        }
    }
}

async fn end_in_order<S: Store + Clone>(world: &World<S>, number: usize) {
    let Some(node) = world.take(number) else {
        return;
    };
    match timeout(Duration::from_secs(10), node.app.shutdown()).await {
        Ok(ended) => world
            .trace
            .say(format_args!("node {number} ended: {}", ended.is_ok())),
        Err(_late) => world
            .trace
            .find(format_args!("node {number} did not end within 10 s")),
    }
}
