//! Views: catching up, and how far behind they are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use cqrs::Aggregate;
use cqrs_bench_harness::{
    Answer, Failure, Measure, Measured, Request, Unit, drive, median, percentile, rate, stream_id,
};
use tokio::time::sleep;

use super::{
    log::fill,
    model::{GetUser, Rename, User},
    opened::Opened,
};

pub(super) async fn run(
    request: &Request,
    events: usize,
    documents: usize,
    views: usize,
) -> Measured {
    let opened = Opened::new(request).await?;
    fill(opened.store(), User::NAME, events, documents).await?;
    let begun = Instant::now();
    let app = opened.app(views).start().await?;
    app.caught_up().await?;
    let took = begun.elapsed();
    let user = stream_id(0);
    let seen = app.ask(GetUser { user }).await?.map(|user| user.renamed());
    let wanted = u64::try_from(events.div_ceil(documents))?;
    if seen != Some(wanted) {
        return Err(format!("{seen:?} events are in a document, and not {wanted}").into());
    }
    app.shutdown().await?;
    Ok(vec![Measure::new(
        "events",
        rate(events, took),
        Unit::PerSecond,
    )])
}

/// One caller writes and reads what it wrote, while others write.
pub(super) async fn lag(request: &Request, tasks: usize) -> Measured {
    let streams = 1_000;
    let app = Opened::new(request).await?.app(1).start().await?;
    let sender = app.clone();
    let writing = Arc::new(AtomicBool::new(true));
    let others = tokio::spawn(drive(
        tasks,
        streams,
        request.seconds,
        move |stream, number| {
            let app = sender.clone();
            async move {
                app.dispatch(Rename::sample(stream, number)).await?;
                Ok(Answer::Done)
            }
        },
    ));
    let prober = tokio::spawn(probe(app.clone(), Arc::clone(&writing)));
    let written = others.await??;
    writing.store(false, Ordering::Relaxed);
    let mut lags = prober.await??;
    app.shutdown().await?;
    let mut measures = vec![
        Measure::new("p50", median(&lags), Unit::Microseconds),
        Measure::new("p99", percentile(&mut lags, 99), Unit::Microseconds),
    ];
    measures.extend(written.into_iter().take(1));
    Ok(measures)
}

/// How long it takes from the answer to a command until its effect has been read, in microseconds.
async fn probe(app: cqrs::App, writing: Arc<AtomicBool>) -> Result<Vec<f64>, Failure> {
    let mut lags = Vec::new();
    let stream = 1_000_000;
    for number in 0.. {
        app.dispatch(Rename::sample(stream, number)).await?;
        let begun = Instant::now();
        let user = stream_id(stream);
        let seen = app.ask(GetUser { user }).await?.map(|user| user.renamed());
        lags.push(begun.elapsed().as_secs_f64() * 1e6);
        if seen != Some(number + 1) {
            return Err(format!("{seen:?} is not what was written, {}", number + 1).into());
        }
        if !writing.load(Ordering::Relaxed) {
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(lags)
}
