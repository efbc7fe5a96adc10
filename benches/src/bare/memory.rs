//! Commands in memory: the state is kept, the event is encoded and pushed.

use std::sync::{Arc, Mutex, PoisonError};

use cqrs_bench_harness::{Answer, Measured, Renamed, Tally, drive};

/// The log, and the state of each aggregate.
struct Kept {
    log: Vec<Vec<u8>>,
    states: Vec<Tally>,
}

pub(super) async fn run(tasks: usize, streams: usize, events: usize, seconds: f64) -> Measured {
    let mut kept = Kept {
        log: Vec::new(),
        states: vec![Tally::default(); streams],
    };
    for number in 0..events * streams {
        let stream = number % streams;
        record(
            &mut kept,
            stream,
            &Renamed::sample(stream, u64::try_from(number)?),
        )?;
    }
    let kept = Arc::new(Mutex::new(kept));
    drive(tasks, streams, seconds, move |stream, number| {
        let kept = Arc::clone(&kept);
        async move {
            let event = Renamed::sample(stream, number);
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            record(&mut kept, stream, &event)?;
            Ok(Answer::Done)
        }
    })
    .await
}

fn record(kept: &mut Kept, stream: usize, event: &Renamed) -> serde_json::Result<()> {
    let encoded = serde_json::to_vec(event)?;
    kept.log.push(encoded);
    if let Some(state) = kept.states.get_mut(stream) {
        state.apply(event);
    }
    Ok(())
}
