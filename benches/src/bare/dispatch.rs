//! Calling the handler, and decoding the message.

use std::hint::black_box;

use cqrs_bench_harness::{
    COMMAND, Dispatch, Failure, Measure, Measured, Unit, nanoseconds_per_call,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Ping {
    number: u64,
    account: String,
    reference: String,
}

struct Echo;

impl Echo {
    // Not inlined: a handler is some other function than the one that sends.
    #[inline(never)]
    #[expect(clippy::unused_async, reason = "an async call is what is measured")]
    async fn handle(&self, command: u64) -> Result<u64, Failure> {
        Ok(black_box(command) + 1)
    }
}

pub(super) async fn run(case: Dispatch, seconds: f64) -> Measured {
    let took = match case {
        Dispatch::Bus | Dispatch::App | Dispatch::Middleware1 | Dispatch::Middleware3 => {
            nanoseconds_per_call(seconds, async |count| {
                for number in 0..count {
                    let _done = black_box(black_box(&Echo).handle(black_box(number)).await);
                }
            })
            .await
        }
        Dispatch::ByName => {
            nanoseconds_per_call(seconds, async |count| {
                for _ in 0..count {
                    let decoded = serde_json::from_slice::<Ping>(black_box(COMMAND));
                    let read = |ping: &Ping| {
                        black_box((ping.number, ping.account.len(), ping.reference.len()));
                    };
                    decoded.iter().for_each(read);
                }
            })
            .await
        }
    };
    Ok(vec![Measure::new("dispatch", took, Unit::Nanoseconds)])
}
