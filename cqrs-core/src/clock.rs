//! Where time and ids come from.

use std::{fmt, time::SystemTime};

use uuid::Uuid;

/// Tells the time. The default is [`SystemClock`]; tests bring their own.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// Draws ids. The default is [`RandomIds`]; tests bring their own.
pub trait Ids: fmt::Debug + Send + Sync {
    /// An id that was never drawn before.
    fn next(&self) -> Uuid;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// `UUIDv7`: ids that follow the time, so that neighbours in time are neighbours in an index.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
