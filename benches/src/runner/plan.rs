//! What is measured, between whom, and what is to be reached.

mod experiments;

use cqrs_bench_harness::{Database, Workload};
use serde::{Deserialize, Serialize};

use super::compile::Compile;

pub(crate) use self::experiments::experiments;

/// One table and one plot.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) cases: Vec<Case>,
    pub(crate) targets: Vec<Target>,
    /// How often each contestant does each case.
    pub(crate) rounds: usize,
    /// How long a run takes, where it has no end of its own.
    pub(crate) seconds: f64,
    /// Who takes part where a case says nothing else.
    contestants: Vec<&'static str>,
}

/// One thing that all its contestants do.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) label: String,
    pub(crate) work: Work,
    pub(crate) contestants: Vec<&'static str>,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Work {
    /// A program of the contestant.
    Run(Workload),
    /// The compiler.
    Compile(Compile),
}

/// On how much data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// So little that it only shows that it works.
    Quick,
    /// So much that all of it takes some twenty minutes.
    Usual,
    /// As much as the targets speak of.
    Large,
}

/// What the framework is to reach in a case, in comparison with another contestant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) case: String,
    pub(crate) against: String,
    pub(crate) reach: Reach,
}

/// How the first number of a case is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reach {
    /// At least so many times the other's.
    Least(f64),
    /// At most so many times the other's.
    Most(f64),
    /// At most so much more than the other's.
    MostMore(f64),
}

impl Experiment {
    /// What is left of it when every filter must be part of the names of experiment, case and contestant.
    pub(crate) fn narrowed(mut self, filters: &[String]) -> Option<Self> {
        for filter in filters {
            if self.name.contains(&**filter) {
                continue;
            }
            if self.pairs().any(|(name, _)| name == filter) {
                for case in &mut self.cases {
                    case.contestants.retain(|name| name == filter);
                }
            } else {
                self.cases.retain(|case| case.label.contains(&**filter));
            }
        }
        self.cases.retain(|case| !case.contestants.is_empty());
        (!self.cases.is_empty()).then_some(self)
    }

    /// Each contestant in each case.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &Case)> {
        self.cases.iter().flat_map(|case| {
            let contestants = case.contestants.iter();
            contestants.map(move |name| (*name, case))
        })
    }

    /// How many seconds all of it takes, roughly, on two cores and an ordinary disk.
    pub(crate) fn expected(&self) -> f64 {
        let of_pair = |(_, case): (_, &Case)| case.work.expected(self.seconds);
        let round: f64 = self.pairs().map(of_pair).sum();
        number(self.rounds) * round
    }

    fn new(
        name: &'static str,
        title: impl Into<String>,
        contestants: &[&'static str],
        scale: Scale,
    ) -> Self {
        let (rounds, seconds) = match scale {
            Scale::Quick => (1, 0.2),
            Scale::Usual | Scale::Large => (3, 1.0),
        };
        Self {
            name,
            title: title.into(),
            cases: Vec::new(),
            targets: Vec::new(),
            rounds,
            seconds,
            contestants: contestants.to_vec(),
        }
    }

    /// Not longer than this.
    const fn within(mut self, seconds: f64) -> Self {
        self.seconds = self.seconds.min(seconds);
        self
    }

    /// Once, since it takes long.
    const fn once(mut self) -> Self {
        self.rounds = 1;
        self
    }

    fn case(mut self, label: impl Into<String>, work: Work) -> Self {
        self.cases.push(Case {
            label: label.into(),
            work,
            contestants: self.contestants.clone(),
        });
        self
    }

    fn run(self, label: impl Into<String>, workload: Workload) -> Self {
        self.case(label, Work::Run(workload))
    }

    fn compile(self, label: impl Into<String>, compile: Compile) -> Self {
        self.case(label, Work::Compile(compile))
    }

    /// Has only these take part in the last case.
    fn only(mut self, contestants: &[&'static str]) -> Self {
        if let Some(case) = self.cases.last_mut() {
            case.contestants = contestants.to_vec();
        }
        self
    }

    fn target(mut self, case: &str, against: &str, reach: Reach) -> Self {
        self.targets.push(Target {
            case: case.to_owned(),
            against: against.to_owned(),
            reach,
        });
        self
    }
}

impl Work {
    /// Filling and catching up take as long as they take; nothing but the order of magnitude counts here.
    fn expected(self, seconds: f64) -> f64 {
        let Self::Run(workload) = self else {
            return 30.0;
        };
        let (filled, database_made) = match workload.database() {
            Some(Database::Postgres) => (40_000.0, 0.5),
            _ => (100_000.0, 0.1),
        };
        let has_end = match workload {
            Workload::CatchUp { events, views, .. } => {
                number(events) / filled + number(events * views) / 200_000.0
            }
            Workload::Table { events, .. } => number(events) / filled + number(events) / 10_000.0,
            Workload::Fill { events, .. } => number(events) / filled,
            Workload::Size { events, .. } => number(events) / filled + 2.5 * seconds,
            Workload::Footprint { events, .. } => number(events) / 50_000.0 + 5.0,
            Workload::Commands {
                events, streams, ..
            } => number(events * streams) / filled + 1.25 * seconds,
            Workload::Dispatch { .. }
            | Workload::Load { .. }
            | Workload::Lag { .. }
            | Workload::Ids => 1.25 * seconds,
        };
        database_made + has_end
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
const fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{Scale, experiments};

    #[test]
    fn targets_speak_of_cases_and_of_who_takes_part_in_them() {
        for scale in [Scale::Quick, Scale::Usual, Scale::Large] {
            for experiment in experiments(scale) {
                for target in &experiment.targets {
                    let mut pairs = experiment.pairs();
                    let found = pairs
                        .any(|(name, case)| name == target.against && case.label == target.case);
                    assert!(found, "{}: {target:?}", experiment.name);
                }
            }
        }
    }

    #[test]
    fn a_filter_is_an_experiment_a_case_or_a_contestant() {
        let narrowed = |filters: &[&str]| {
            let filters: Vec<_> = filters.iter().map(|word| (*word).to_owned()).collect();
            let narrowed = experiments(Scale::Usual)
                .into_iter()
                .filter_map(|experiment| experiment.narrowed(&filters));
            narrowed
                .flat_map(|experiment| {
                    let pair = |(name, case): (&str, &super::Case)| {
                        format!("{}/{}/{name}", experiment.name, case.label)
                    };
                    experiment.pairs().map(pair).collect::<Vec<_>>()
                })
                .collect::<Vec<_>>()
        };

        assert_eq!(
            narrowed(&["load-sqlite", "from its events", "bare"]),
            ["load-sqlite/from its events/bare"]
        );
        assert!(narrowed(&["there is no such thing"]).is_empty());
    }
}
