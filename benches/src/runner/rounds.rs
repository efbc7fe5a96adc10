//! Contestants in turn, round by round.

use std::{collections::BTreeMap, io::Write};

use cqrs_bench_harness::{Database, Failure, Outcome, Request};
use tempfile::TempDir;

use super::{
    compile::compile,
    machine::Machine,
    markdown::quantity,
    plan::{Case, Experiment, Work},
    programs::{Programs, target},
    report::{CaseReport, ContestantReport, Report},
    server::Server,
};

/// Runs experiments.
#[derive(Debug)]
pub(crate) struct Rounds {
    machine: Machine,
    programs: Programs,
    folder: TempDir,
    /// Started when the first workload needs it.
    server: Option<Result<Server, String>>,
}

impl Rounds {
    pub(crate) fn new(machine: Machine, programs: Programs) -> Result<Self, Failure> {
        // On the disk that everything is on, which `/tmp` may not be.
        let folder = tempfile::tempdir_in(target())?;
        Ok(Self {
            machine,
            programs,
            folder,
            server: None,
        })
    }

    /// Measures all cases of an experiment.
    pub(crate) fn measure(&mut self, experiment: &Experiment) -> Result<Report, Failure> {
        let mut versions = BTreeMap::new();
        let mut cases = Vec::new();
        for case in &experiment.cases {
            print!("  {} ", case.label);
            let report = self.case(experiment, case, &mut versions)?;
            println!("{}", summary(&report));
            cases.push(report);
        }
        let mut workloads = experiment.cases.iter().map(|case| case.work);
        let server = self.server.as_ref().and_then(|server| server.as_ref().ok());
        Ok(Report {
            name: experiment.name.into(),
            title: experiment.title.clone(),
            machine: self.machine.clone(),
            server: server
                .filter(|_| workloads.any(is_on_postgres))
                .map(Server::facts),
            seconds: experiment.seconds,
            rounds: experiment.rounds,
            cases,
            targets: experiment.targets.clone(),
            versions,
        })
    }

    fn case(
        &mut self,
        experiment: &Experiment,
        case: &Case,
        versions: &mut BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<CaseReport, Failure> {
        let contestants = &case.contestants;
        let mut reports: Vec<_> = contestants
            .iter()
            .map(|name| ContestantReport::new(name))
            .collect();
        for round in 0..experiment.rounds {
            // Nobody is always the first one, or behind the same one.
            let mut order: Vec<_> = (0..reports.len()).collect();
            order.rotate_left(round % contestants.len());
            for number in order {
                let report = &mut reports[number];
                if report.note.is_some() {
                    continue;
                }
                print!(".");
                std::io::stdout().flush()?;
                let outcome = self.once(case, contestants[number], experiment.seconds)?;
                if let Outcome::Measured {
                    versions: found, ..
                } = &outcome
                {
                    versions.insert(report.name.clone(), found.clone());
                }
                report.add(outcome);
            }
        }
        Ok(CaseReport {
            label: case.label.clone(),
            contestants: reports,
        })
    }

    fn once(&mut self, case: &Case, contestant: &str, seconds: f64) -> Result<Outcome, Failure> {
        let folder = tempfile::tempdir_in(&self.folder)?;
        let request = |workload, postgres| Request {
            workload,
            seconds,
            directory: folder.path().into(),
            postgres,
        };
        match case.work {
            Work::Compile(work) => compile(work, contestant, folder.path()),
            Work::Run(workload) if is_on_postgres(case.work) => {
                let server = self
                    .server
                    .get_or_insert_with(|| Server::start().map_err(|error| error.to_string()));
                let server = match server {
                    Ok(server) => server,
                    Err(why) => return Ok(Outcome::Unsupported(why.clone())),
                };
                let database = server.database();
                let request = request(workload, Some(database.url().to_owned()));
                self.programs.run(contestant, &request)
            }
            Work::Run(workload) => self.programs.run(contestant, &request(workload, None)),
        }
    }
}

fn is_on_postgres(work: Work) -> bool {
    matches!(work, Work::Run(workload) if workload.database() == Some(Database::Postgres))
}

/// The number of each contestant that is compared, for whoever waits.
fn summary(report: &CaseReport) -> String {
    let measured = report.contestants.iter().map(|contestant| {
        let number = match (contestant.first(), &contestant.note) {
            (Some(measure), _) => quantity(measure.median, measure.unit),
            (None, Some(_)) => String::from("-"),
            (None, None) => String::new(),
        };
        format!("  {} {number}", contestant.name)
    });
    measured.collect()
}
