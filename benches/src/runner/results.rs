//! The results of all experiments: one file for programs, one for readers, and a plot of each experiment.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cqrs_bench_harness::Failure;

use super::{markdown, plot, report::Report};

/// What is in a folder of results.
#[derive(Debug)]
pub(crate) struct Results {
    folder: PathBuf,
    reports: Vec<Report>,
}

impl Results {
    /// What the folder holds, if it holds anything.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let known = folder.join("results.json");
        let reports = if known.exists() {
            serde_json::from_slice(&fs::read(&known)?)
                .map_err(|error| format!("{}: {error}", known.display()))?
        } else {
            Vec::new()
        };
        Ok(Self {
            folder: folder.to_owned(),
            reports,
        })
    }

    /// Puts a report in the place of the last one of the same experiment.
    pub(crate) fn put(&mut self, report: Report) -> Result<(), Failure> {
        let plot = self.folder.join(format!("{}.svg", report.name));
        fs::write(plot, plot::svg(&report))?;
        let same = |known: &&mut Report| known.name == report.name;
        match self.reports.iter_mut().find(same) {
            Some(known) => *known = report,
            None => self.reports.push(report),
        }
        let json = serde_json::to_string_pretty(&self.reports)? + "\n";
        fs::write(self.folder.join("results.json"), json)?;
        fs::write(
            self.folder.join("results.md"),
            markdown::page(&self.reports),
        )?;
        Ok(())
    }
}
