//! What came of an experiment, as it is written down.

use std::collections::BTreeMap;

use cqrs_bench_harness::{Outcome, Samples, Unit};
use serde::{Deserialize, Serialize};

use super::{
    machine::Machine,
    plan::{Reach, Target},
};

/// One experiment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) machine: Machine,
    /// The PostgreSQL server and its settings, where there was one.
    pub(crate) server: Option<String>,
    /// How long each run was to take, where that can be said.
    pub(crate) seconds: f64,
    pub(crate) rounds: usize,
    pub(crate) cases: Vec<CaseReport>,
    pub(crate) targets: Vec<Target>,
    /// The versions of everything that took part, by contestant.
    pub(crate) versions: BTreeMap<String, BTreeMap<String, String>>,
}

/// What all contestants reached in a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CaseReport {
    pub(crate) label: String,
    pub(crate) contestants: Vec<ContestantReport>,
}

/// What one contestant reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ContestantReport {
    pub(crate) name: String,
    /// Without any, `note` says why.
    pub(crate) measures: Vec<MeasureReport>,
    pub(crate) note: Option<String>,
}

/// One number, over all rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MeasureReport {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    pub(crate) rounds: Samples,
}

impl CaseReport {
    pub(crate) fn of(&self, contestant: &str) -> Option<&ContestantReport> {
        self.contestants
            .iter()
            .find(|found| found.name == contestant)
    }
}

impl ContestantReport {
    /// Nothing has been measured yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            measures: Vec::new(),
            note: None,
        }
    }

    /// The number that is compared.
    pub(crate) fn first(&self) -> Option<&MeasureReport> {
        self.measures.first()
    }

    /// Adds what became of one round.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        let measures = match outcome {
            Outcome::Measured { measures, .. } => measures,
            Outcome::Unsupported(why) => {
                self.note = Some(why);
                return;
            }
            Outcome::Failed(why) => {
                self.note = Some(format!("failed: {why}"));
                return;
            }
        };
        for measure in measures {
            let same = |found: &&mut MeasureReport| found.name == measure.name;
            match self.measures.iter_mut().find(same) {
                Some(found) => found.add(measure.value),
                None => self.measures.push(MeasureReport::new(
                    measure.name,
                    measure.unit,
                    measure.value,
                )),
            }
        }
    }
}

impl MeasureReport {
    fn new(name: String, unit: Unit, value: f64) -> Self {
        let mut report = Self {
            name,
            unit,
            median: value,
            least: value,
            greatest: value,
            rounds: Samples::default(),
        };
        report.add(value);
        report
    }

    fn add(&mut self, value: f64) {
        self.rounds.add(value);
        self.median = self.rounds.median();
        self.least = self.rounds.least();
        self.greatest = self.rounds.greatest();
    }
}

/// A target, and how far it is reached.
pub(crate) struct Judged<'a> {
    pub(crate) target: &'a Target,
    /// In the words of the target: a ratio or a difference.
    pub(crate) value: f64,
    pub(crate) reached: bool,
}

impl Report {
    /// The targets for which there are numbers.
    pub(crate) fn judged(&self) -> impl Iterator<Item = Judged<'_>> {
        self.targets.iter().filter_map(|target| {
            let case = self.cases.iter().find(|case| case.label == target.case)?;
            let own = case.of("cqrs")?.first()?.median;
            let other = case.of(&target.against)?.first()?.median;
            let ratio = own / other;
            let (value, reached) = match target.reach {
                Reach::Least(least) => (ratio, ratio >= least),
                Reach::Most(most) => (ratio, ratio <= most),
                Reach::MostMore(most) => (own - other, own - other <= most),
            };
            Some(Judged {
                target,
                value,
                reached,
            })
        })
    }
}
