//! Running all contestants, and writing down what comes of it.

mod compile;
mod machine;
mod markdown;
mod plan;
mod plot;
mod programs;
mod report;
mod results;
mod rounds;
mod server;

use std::path::{Path, PathBuf};

use cqrs_bench_harness::Failure;

use self::{
    machine::Machine,
    plan::{Experiment, experiments},
    programs::{Programs, target},
    results::Results,
    rounds::Rounds,
};

pub(crate) use self::plan::Scale;

/// What the command line says.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// On how much data.
    pub(crate) scale: Scale,
    /// Only say what there is.
    pub(crate) list: bool,
    /// Where results are written.
    pub(crate) to: Option<PathBuf>,
    /// What to run: all of these are part of its name.
    pub(crate) filters: Vec<String>,
}

/// Runs what the options say.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let experiments: Vec<Experiment> = experiments(options.scale)
        .into_iter()
        .filter_map(|experiment| experiment.narrowed(&options.filters))
        .collect();
    if experiments.is_empty() {
        return Err("nothing matches; `--list` shows what there is".into());
    }
    if options.list {
        experiments.iter().for_each(list);
        return Ok(());
    }
    let machine = Machine::look()?;
    println!("building the contestants");
    let programs = Programs::build(&experiments)?;
    let expected: f64 = experiments.iter().map(Experiment::expected).sum();
    println!("measuring, some {:.0} minutes", (expected / 60.0).ceil());
    let mut rounds = Rounds::new(machine, programs)?;
    let folder = folder(options);
    let mut results = Results::open(&folder)?;
    for experiment in &experiments {
        println!("{}: {}", experiment.name, experiment.title);
        results.put(rounds.measure(experiment)?)?;
    }
    println!("written to {}", folder.display());
    Ok(())
}

/// What is kept is the results of a whole run: parts, and numbers that only show that it works, take their place when
/// that is asked for.
fn folder(options: &Options) -> PathBuf {
    let is_whole = options.scale != Scale::Quick && options.filters.is_empty();
    match &options.to {
        Some(folder) => folder.clone(),
        None if is_whole => Path::new(env!("CARGO_MANIFEST_DIR")).join("results"),
        None => target().join("bench"),
    }
}

fn list(experiment: &Experiment) {
    println!("{}: {}", experiment.name, experiment.title);
    for case in &experiment.cases {
        println!("  {}: {}", case.label, case.contestants.join(", "));
    }
}
