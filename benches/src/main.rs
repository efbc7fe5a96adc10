//! Measures all contestants side by side: `cargo xtask bench`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program prints"
)]

#[cfg(unix)]
mod runner;

use std::{env, process::ExitCode};

#[cfg(unix)]
use crate::runner::{Options, Scale};

const USAGE: &str = "\
cargo xtask bench [-- [--quick | --large] [--list] [--to FOLDER] FILTER..]

Measures the framework beside what is possible without one and beside its peers, and writes tables, numbers and plots to
`benches/results`: all of it, which takes some twenty minutes on a quiet machine. A filter is a part of an experiment's
name, of a case or of a contestant; what matches all of them is run.

--quick       one short round on little data: to see that it works, not how fast
--large       stores of up to 5 million events, and views that catch up on a million
--list        the experiments, their cases and contestants
--to FOLDER   where to write; with `--quick` or a filter it is else `target/bench`";

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("error: the benchmarks start a PostgreSQL server, which they can only do on Unix");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let options = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match runner::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line says; nothing when it asks for help.
#[cfg(unix)]
fn options() -> Result<Option<Options>, String> {
    let mut options = Options {
        scale: Scale::Usual,
        list: false,
        to: None,
        filters: Vec::new(),
    };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => options.scale = Scale::Quick,
            "--large" => options.scale = Scale::Large,
            "--list" => options.list = true,
            "--to" => {
                let folder = arguments.next().ok_or("`--to` names no folder")?;
                options.to = Some(folder.into());
            }
            "--help" | "-h" => return Ok(None),
            other if other.starts_with("--") => {
                return Err(format!("there is no option `{other}`"));
            }
            filter => options.filters.push(filter.to_owned()),
        }
    }
    Ok(Some(options))
}
