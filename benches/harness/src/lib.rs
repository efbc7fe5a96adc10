//! What every contestant of the benchmarks shares.
//!
//! A contestant is a program that is called as `PROGRAM NAME REQUEST`, where the request is a [`Request`] in JSON, and
//! prints one line: an [`Outcome`] in JSON. So contestants whose dependencies do not fit into one program, or that are
//! not written in Rust, are measured by the same command.

mod clock;
mod contestant;
mod drive;
mod loads;
mod memory;
mod outcome;
mod payload;
mod samples;
mod workload;

pub use self::{
    clock::{nanoseconds_per_call, rate},
    contestant::{Failure, Measured, contestant, unsupported},
    drive::{Answer, drive},
    loads::time_loads,
    memory::resident_bytes,
    outcome::{Measure, Outcome, Unit},
    payload::{COMMAND, EVENTS_PER_APPEND, Renamed, Tally, stream_id},
    samples::{Samples, median, percentile},
    workload::{Database, Dispatch, Request, Rule, Workload},
};
