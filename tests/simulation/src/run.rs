//! One simulation from its seed to its end.

use std::{fmt, sync::Arc, time::Duration};

use cqrs::{Store, app::SubscriptionState};
use tokio::{
    runtime::{Builder, RngSeed},
    task::JoinSet,
};

use crate::{
    checks, client,
    clock::VirtualClock,
    mishaps,
    nodes::{Node, World},
    tail,
};

const NODES: u8 = 2;
const CLIENTS: u64 = 4;
const LENGTH: Duration = Duration::from_secs(60);

/// What became of one simulation.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What repeats it.
    pub seed: u64,
    /// Of everything that happened, with its time.
    pub hash: u64,
    /// What must not be, and is.
    pub findings: Vec<String>,
    /// What happened around the first finding; without one, at the end.
    pub shown: Vec<String>,
    /// Commands that were sent.
    pub commands: usize,
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {} findings", self.seed, self.findings.len())?;
        for finding in self.findings.iter().take(10) {
            writeln!(f, "  {finding}")?;
        }
        Ok(())
    }
}

/// Runs a minute of a fleet on a store, with everything that can go wrong in it.
///
/// # Panics
///
/// When the program panics.
#[must_use]
pub fn simulate<S: Store + Clone>(
    seed: u64,
    make_store: impl FnOnce(VirtualClock) -> S,
) -> Simulated {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .rng_seed(RngSeed::from_bytes(&seed.to_le_bytes()))
        .build()
        .expect("a runtime without I/O needs nothing");
    runtime.block_on(async {
        let clock = VirtualClock::start();
        let store = make_store(clock.clone());
        let world = Arc::new(World::new(seed, clock, store));
        let commands = live(&world).await;
        let (hash, shown, findings) = world.trace.end();
        Simulated {
            seed,
            hash,
            findings,
            shown,
            commands,
        }
    })
}

async fn live<S: Store + Clone>(world: &Arc<World<S>>) -> usize {
    for number in 0..NODES {
        world.place(number.into(), world.start_node().await);
    }
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(client::send(Arc::clone(world), number, NODES, LENGTH));
    }
    let mut mishaps = JoinSet::new();
    for number in 0..NODES {
        mishaps.spawn(mishaps::happen(Arc::clone(world), number.into(), LENGTH));
    }
    let reader = tokio::spawn(tail::follow(Arc::clone(world), LENGTH));
    mishaps.join_all().await;
    let mut told: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    told.sort_unstable_by_key(|(id, _)| *id);
    let seen = reader.await.expect("it does not panic");

    // The connections heal, and the nodes go on by themselves.
    let survivor = match world.node(0) {
        Some(node) => Some(node),
        None => world.start_node().await,
    };
    if let Some(survivor) = survivor {
        for number in 0..NODES {
            if let Some(node) = world.node(number.into()) {
                node.faults.heal();
            }
        }
        // What was delayed is still on its way.
        tokio::time::sleep(Duration::from_secs(5)).await;
        settle(world, &survivor).await;
        checks::all(world, &survivor, &told, &seen).await;
    }
    told.len()
}

/// Waits until what is to be done is done, and that by itself.
async fn settle<S: Store + Clone>(world: &World<S>, node: &Node) {
    let settled = world.in_time("coming to rest", node.app.settled()).await;
    if let Some(Err(error)) = settled {
        world
            .trace
            .find(format_args!("it does not come to rest: {error}"));
    }
    // What it says of this in the trace is all there is to say.
    let _well = world.in_time("getting well", well(node)).await;
}

/// Waits until everything runs: what failed last may wait a while before it is tried again.
async fn well(node: &Node) {
    loop {
        let status = node.app.status().await;
        let is_well = status.is_ok_and(|all| {
            all.iter()
                .all(|status| matches!(status.state, SubscriptionState::Running))
        });
        if is_well {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
