//! What an id costs: one command id is drawn or made from a key, and each event's follows from it.

use std::hint::black_box;

use cqrs::CommandId;
use cqrs_bench_harness::{Measure, Measured, Unit, nanoseconds_per_call};

pub(super) async fn run(seconds: f64) -> Measured {
    let from_key = nanoseconds_per_call(seconds / 2.0, async |count| {
        for _ in 0..count {
            black_box(CommandId::from_key(black_box("3f1c-checkout-17")));
        }
    });
    let from_key = from_key.await;
    let command = CommandId::from_key("3f1c-checkout-17");
    let of_event = nanoseconds_per_call(seconds / 2.0, async |count| {
        for _ in 0..count {
            black_box(black_box(command).event(black_box(3)));
        }
    });
    Ok(vec![
        Measure::new("command id of a key", from_key, Unit::Nanoseconds),
        Measure::new(
            "event id of a command id",
            of_event.await,
            Unit::Nanoseconds,
        ),
    ])
}
