//! What a contestant answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was measured.
    Measured {
        /// What was measured; the first is what is compared.
        measures: Vec<Measure>,
        /// The versions of what took part.
        versions: BTreeMap<String, String>,
    },
    /// The contestant cannot do this, and why.
    Unsupported(String),
    /// It failed.
    Failed(String),
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What it is the number of.
    pub name: String,
    /// How many.
    pub value: f64,
    /// Of what.
    pub unit: Unit,
}

impl Measure {
    /// A number with its name.
    pub fn new(name: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// As many a second: more is better.
    PerSecond,
    /// As long: less is better.
    Nanoseconds,
    /// As long: less is better.
    Microseconds,
    /// As long: less is better.
    Milliseconds,
    /// As long: less is better.
    Seconds,
    /// As much: less is better.
    Bytes,
    /// As many: less is better.
    Count,
    /// A share of the whole: less is better.
    Percent,
}

impl Unit {
    /// Whether more of it is better.
    #[must_use]
    pub const fn more_is_better(self) -> bool {
        matches!(self, Self::PerSecond)
    }

    /// How it is written behind a number.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Nanoseconds => "ns",
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Bytes => "B",
            Self::Count => "",
            Self::Percent => "%",
        }
    }
}
