//! What happened, as a number that two runs can be compared by.

use std::{
    collections::VecDeque,
    fmt::Arguments,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

use crate::clock::VirtualClock;

/// Hashes every line with its time, and keeps the last ones for who has to find out what went wrong.
#[derive(Debug)]
pub(crate) struct Trace {
    clock: VirtualClock,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    hasher: DefaultHasher,
    last: VecDeque<String>,
    /// What came just before and after the first finding.
    around: Vec<String>,
    findings: Vec<String>,
}

impl Trace {
    const BEFORE: usize = 60;
    const AFTER: usize = 20;

    pub(crate) fn new(clock: VirtualClock) -> Self {
        Self {
            clock,
            written: Mutex::default(),
        }
    }

    pub(crate) fn say(&self, what: Arguments<'_>) {
        let line = format!("{:>9.3} {what}", self.clock.elapsed().as_secs_f64());
        let mut written = self.lock();
        line.hash(&mut written.hasher);
        if !written.around.is_empty() && written.around.len() < Self::BEFORE + Self::AFTER {
            written.around.push(line.clone());
        }
        if written.last.len() == Self::BEFORE {
            written.last.pop_front();
        }
        written.last.push_back(line);
    }

    /// Something that must not be.
    pub(crate) fn find(&self, what: Arguments<'_>) {
        self.say(what);
        let mut written = self.lock();
        if written.findings.is_empty() {
            written.around = written.last.iter().cloned().collect();
        }
        written.findings.push(what.to_string());
    }

    /// The hash, the lines around the first finding or at the end, and what must not be.
    pub(crate) fn end(&self) -> (u64, Vec<String>, Vec<String>) {
        let written = self.lock();
        (
            written.hasher.finish(),
            if written.findings.is_empty() {
                written.last.iter().cloned().collect()
            } else {
                written.around.clone()
            },
            written.findings.clone(),
        )
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
