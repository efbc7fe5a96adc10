//! Running all contestants, and writing down what comes of it.

mod compile;
mod machine;
mod markdown;
mod plan;
mod plot;
mod programs;
mod report;
mod rounds;
mod server;

use std::{fs, path::Path};

use cqrs_bench_harness::Failure;

use self::{
    machine::Machine, plan::Experiment, programs::Programs, report::Report, rounds::Rounds,
};

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// One short round on little data.
    pub(crate) quick: bool,
    /// Only say what there is.
    pub(crate) list: bool,
    /// What to run: all of these are part of its name.
    pub(crate) filters: Vec<String>,
}

/// Runs what the options say.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let experiments: Vec<Experiment> = plan::experiments(options.quick)
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
    let programs = Programs::build(&experiments)?;
    let mut rounds = Rounds::new(options.quick, programs)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    // Numbers of a run that was only to see whether it works are not kept beside real ones.
    let folder = if options.quick {
        folder.join("quick")
    } else {
        folder
    };
    fs::create_dir_all(&folder)?;
    for experiment in &experiments {
        println!("{}: {}", experiment.name, experiment.title);
        let report = rounds.measure(experiment, &machine)?;
        write(&folder, &report, experiment)?;
    }
    fs::write(folder.join("README.md"), markdown::overview(&folder)?)?;
    println!("written to {}", folder.display());
    Ok(())
}

fn write(folder: &Path, report: &Report, experiment: &Experiment) -> Result<(), Failure> {
    let file = |extension: &str| folder.join(format!("{}.{extension}", experiment.name));
    fs::write(file("json"), serde_json::to_string_pretty(report)? + "\n")?;
    fs::write(file("md"), markdown::page(report))?;
    fs::write(file("svg"), plot::svg(report))?;
    Ok(())
}

fn list(experiment: &Experiment) {
    println!("{}: {}", experiment.name, experiment.title);
    println!("  contestants: {}", experiment.contestants.join(", "));
    for case in &experiment.cases {
        println!("  {}", case.label);
    }
}
