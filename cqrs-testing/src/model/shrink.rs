//! From a long sequence that shows a difference to a short one.

use super::{
    runner::{Difference, Runner},
    step::Step,
};
use crate::MakeStore;

/// Runs steps on a fresh store. A panic of the store is a difference too.
pub(super) async fn run<Kind>(
    make_store: &impl MakeStore<Kind>,
    steps: &[Step],
) -> Result<(), (usize, Difference)> {
    let fresh = make_store.make().await;
    let (runner, own) = (Runner::new(fresh), steps.to_vec());
    let ran = tokio::spawn(async move { runner.run(&own).await }).await;
    ran.unwrap_or_else(|panic| {
        let last = steps.len().saturating_sub(1);
        Err((last, Difference(format!("the store panicked: {panic}"))))
    })
}

/// The shortest sequence found that still shows a difference, by leaving out ever smaller parts, and the difference.
pub(super) async fn shrink<Kind>(
    make_store: &impl MakeStore<Kind>,
    mut steps: Vec<Step>,
    mut difference: Difference,
) -> (Vec<Step>, Difference) {
    let mut part = steps.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        let mut shorter = false;
        while start < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(start..(start + part).min(steps.len()));
            match run(make_store, &fewer).await {
                Err((last, found)) => {
                    fewer.truncate(last + 1);
                    (steps, difference, shorter) = (fewer, found, true);
                }
                Ok(()) => start += part,
            }
        }
        // Where one step went, an earlier one may go now.
        if part > 1 || !shorter {
            part /= 2;
        }
    }
    simplify(make_store, steps, difference).await
}

/// Leaves out parts of the appends that remain.
async fn simplify<Kind>(
    make_store: &impl MakeStore<Kind>,
    mut steps: Vec<Step>,
    mut difference: Difference,
) -> (Vec<Step>, Difference) {
    for index in 0..steps.len() {
        'again: loop {
            for simpler in simpler(&steps[index]) {
                let mut fewer = steps.clone();
                fewer[index] = simpler;
                if let Err((_, found)) = run(make_store, &fewer).await {
                    (steps, difference) = (fewer, found);
                    continue 'again;
                }
            }
            break;
        }
    }
    (steps, difference)
}

fn simpler(step: &Step) -> Vec<Step> {
    let Step::Append(append) = step else {
        return Vec::new();
    };
    let mut simpler = Vec::new();
    if append.condition.is_some() {
        let mut less = append.clone();
        less.condition = None;
        simpler.push(Step::Append(less));
    }
    for stream in 0..append.streams.len() {
        let mut less = append.clone();
        less.streams.remove(stream);
        simpler.push(Step::Append(less));
        for event in 0..append.streams[stream].events.len() {
            let mut less = append.clone();
            less.streams[stream].events.remove(event);
            simpler.push(Step::Append(less));
        }
    }
    simpler
}
