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
use crate::runner::Options;

const USAGE: &str = "\
cargo xtask bench [-- [--quick] [--list] FILTER..]

Measures the framework beside what is possible without one and beside its peers, and writes tables, numbers and plots to
`benches/results`. A filter is a part of an experiment's name, of a case or of a contestant; what matches all of them is run.

--quick   one short round on little data: to see that it works, not how fast
--list    the experiments, their cases and contestants";

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("error: the benchmarks start a PostgreSQL server, which they can only do on Unix");
    ExitCode::FAILURE
}

#[cfg(unix)]
fn main() -> ExitCode {
    let mut options = Options::default();
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--quick" => options.quick = true,
            "--list" => options.list = true,
            "--help" | "-h" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            other if other.starts_with("--") => {
                eprintln!("error: there is no option `{other}`\n\n{USAGE}");
                return ExitCode::FAILURE;
            }
            filter => options.filters.push(filter.to_owned()),
        }
    }
    match runner::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
