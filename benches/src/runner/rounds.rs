//! Contestants in turn, round by round.

use std::{collections::BTreeMap, io::Write};

use cqrs_bench_harness::{Database, Failure, Outcome, Request};
use tempfile::TempDir;

use super::{
    compile::compile,
    machine::Machine,
    plan::{Case, Experiment, Work},
    programs::{Programs, target},
    report::{CaseReport, ContestantReport, Report},
    server::Server,
};

/// Runs experiments.
#[derive(Debug)]
pub(crate) struct Rounds {
    count: usize,
    seconds: f64,
    quick: bool,
    programs: Programs,
    folder: TempDir,
    /// Started when the first workload needs it.
    server: Option<Result<Server, String>>,
}

impl Rounds {
    pub(crate) fn new(quick: bool, programs: Programs) -> Result<Self, Failure> {
        let (count, seconds) = if quick { (1, 0.3) } else { (5, 3.0) };
        // On the disk that everything is on, which `/tmp` may not be.
        let folder = tempfile::tempdir_in(target())?;
        Ok(Self {
            count,
            seconds,
            quick,
            programs,
            folder,
            server: None,
        })
    }

    /// Measures all cases of an experiment.
    pub(crate) fn measure(
        &mut self,
        experiment: &Experiment,
        machine: &Machine,
    ) -> Result<Report, Failure> {
        let mut versions = BTreeMap::new();
        let mut cases = Vec::new();
        for case in &experiment.cases {
            print!("  {}", case.label);
            let case = self.case(experiment, case, &mut versions)?;
            println!();
            cases.push(case);
        }
        let mut machine = machine.clone();
        if let Some(Ok(server)) = &self.server {
            machine.facts.insert("PostgreSQL".into(), server.facts());
        }
        Ok(Report {
            name: experiment.name.into(),
            title: experiment.title.into(),
            machine,
            seconds: experiment.seconds.unwrap_or(self.seconds),
            rounds: self.count,
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
        let contestants = &experiment.contestants;
        let seconds = experiment.seconds.unwrap_or(self.seconds);
        let mut reports: Vec<_> = contestants
            .iter()
            .map(|name| ContestantReport::new(name))
            .collect();
        for round in 0..self.count {
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
                let outcome = self.once(case, contestants[number], seconds)?;
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
            Work::Compile(work) => compile(work, contestant, folder.path(), self.quick),
            Work::Run(workload) if workload.database() == Some(Database::Postgres) => {
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
