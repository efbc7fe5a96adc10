//! The processes of a fleet: each an app with a connection of its own to one store.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cqrs::{App, Store};
use cqrs_testing::{CountedIds, Faults, FaultyStore};
use tokio::{sync::watch, time::timeout};

use crate::{bank::Letters, clock::VirtualClock, trace::Trace};

/// Everything that the actors share.
#[derive(Debug)]
pub(crate) struct World<S> {
    /// The store itself, which never fails and is what the checks look at.
    pub(crate) store: S,
    pub(crate) clock: VirtualClock,
    pub(crate) trace: Trace,
    pub(crate) letters: Letters,
    pub(crate) seed: u64,
    ids: CountedIds,
    nodes: Mutex<Vec<Option<Node>>>,
}

/// How long anything may take. No mishap lasts as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that runs.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) app: App,
    pub(crate) faults: Faults,
    /// `true` when it has crashed.
    crashed: Arc<watch::Sender<bool>>,
}

impl Node {
    /// Ends when the process is gone, with all that waits for it.
    pub(crate) async fn gone(&self) {
        let mut crashed = self.crashed.subscribe();
        // The sender lives as long as `self`.
        let _gone = crashed.wait_for(|crashed| *crashed).await.is_ok();
    }
}

impl<S: Store + Clone> World<S> {
    pub(crate) fn new(seed: u64, clock: VirtualClock, store: S) -> Self {
        Self {
            store,
            trace: Trace::new(clock.clone()),
            clock,
            letters: Letters::default(),
            seed,
            ids: CountedIds::default(),
            nodes: Mutex::new(Vec::new()),
        }
    }

    pub(crate) async fn start_node(&self) -> Option<Node> {
        let store = FaultyStore::new(self.store.clone());
        let faults = store.faults();
        let start = App::builder(store)
            .clock(self.clock.clone())
            .ids(self.ids.clone())
            .provide(self.letters.clone())
            .start();
        let started = self.in_time("a start", start).await?;
        match started {
            Ok(app) => Some(Node {
                app,
                faults,
                crashed: Arc::new(watch::Sender::new(false)),
            }),
            Err(error) => {
                self.trace
                    .find(format_args!("a node does not start: {error}"));
                None
            }
        }
    }

    /// Writes down how all nodes are doing, for whoever has to find out.
    async fn show(&self) {
        for number in 0.. {
            if self.lock().len() <= number {
                return;
            }
            let Some(node) = self.node(number) else {
                self.trace.say(format_args!("node {number} is not there"));
                continue;
            };
            match timeout(PATIENCE, node.app.status()).await {
                Ok(Ok(all)) => {
                    for status in all {
                        self.trace.say(format_args!("node {number}: {status:?}"));
                    }
                }
                other => self.trace.say(format_args!("node {number}: {other:?}")),
            }
        }
    }

    /// Nothing may wait for ever, whatever has failed in between.
    pub(crate) async fn in_time<T>(&self, what: &str, work: impl Future<Output = T>) -> Option<T> {
        let done = timeout(PATIENCE, work).await;
        if done.is_err() {
            self.trace
                .find(format_args!("{what} takes more than {PATIENCE:?}"));
            self.show().await;
        }
        done.ok()
    }

    /// Puts a node in a place, whatever was there.
    pub(crate) fn place(&self, number: usize, node: Option<Node>) {
        let mut nodes = self.lock();
        if nodes.len() <= number {
            nodes.resize(number + 1, None);
        }
        nodes[number] = node;
    }

    pub(crate) fn node(&self, number: usize) -> Option<Node> {
        self.lock().get(number).cloned().flatten()
    }

    /// Takes a node out of its place.
    pub(crate) fn take(&self, number: usize) -> Option<Node> {
        self.lock().get_mut(number).and_then(Option::take)
    }

    /// A process dies: from one moment to the next it reaches the store no more, and nobody hears from it.
    pub(crate) fn crash(&self, number: usize) -> bool {
        let Some(node) = self.take(number) else {
            return false;
        };
        node.faults.disconnect();
        node.crashed.send_replace(true);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Node>>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
