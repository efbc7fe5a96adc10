//! What is held in memory.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use cqrs::{Aggregate, App, Memory};
use cqrs_bench_harness::{Failure, Measure, Measured, Request, Unit, resident_bytes};

use super::{
    log::fill,
    model::{Rename, User},
    opened::Opened,
};

pub(super) async fn run(request: &Request, events: usize, instances: usize) -> Measured {
    let opened = Opened::new(request).await?;
    fill(opened.store(), User::NAME, events, 1_000).await?;
    let before = resident_bytes()?;
    let peak = Peak::watch();
    let app = opened.app(1).start().await?;
    app.caught_up().await?;
    let caught_up = peak.end()? - before;
    app.shutdown().await?;
    drop(app);

    let before = resident_bytes()?;
    let mut apps = Vec::with_capacity(instances);
    for _ in 0..instances {
        let app = App::builder(Memory::new()).without_auto_registration();
        apps.push(app.start().await?);
    }
    let per_app = share(resident_bytes()? - before, instances);
    drop(apps);

    let aggregates = instances * 100;
    let cached = NonZeroUsize::new(aggregates).unwrap_or(NonZeroUsize::MIN);
    let app = Opened::new(request).await?.app(0).cached_aggregates(cached);
    let app = app.start().await?;
    // The map of aggregates and the store's own caches are there once.
    app.dispatch(Rename::sample(0, 0)).await?;
    let before = resident_bytes()?;
    for stream in 1..=aggregates {
        app.dispatch(Rename::sample(stream, 0)).await?;
    }
    let per_aggregate = share(resident_bytes()? - before, aggregates);
    app.shutdown().await?;
    Ok(vec![
        Measure::new("catching up", caught_up, Unit::Bytes),
        Measure::new("idle app", per_app, Unit::Bytes),
        Measure::new("cached aggregate", per_aggregate, Unit::Bytes),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "instances are few")]
fn share(bytes: f64, instances: usize) -> f64 {
    bytes / instances as f64
}

/// The most that is in memory at a time, looked at every few milliseconds.
struct Peak {
    ended: Arc<AtomicBool>,
    watcher: thread::JoinHandle<Result<f64, Failure>>,
}

impl Peak {
    fn watch() -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&ended);
        let watcher = thread::spawn(move || {
            let mut most = resident_bytes()?;
            while !asked.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(2));
                most = most.max(resident_bytes()?);
            }
            Ok(most)
        });
        Self { ended, watcher }
    }

    fn end(self) -> Result<f64, Failure> {
        self.ended.store(true, Ordering::Relaxed);
        self.watcher
            .join()
            .map_err(|_panic| Failure::from("the watcher panicked"))?
    }
}
