//! Running every test, passing on what is printed, and counting.

use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Command, ExitCode, ExitStatus, Stdio},
};

use crate::{cargo, tally::Tally};

/// Which tests to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// All of them.
    All,
    /// All of them, those for as long as it takes that look at `CQRS_SOAK`; optimised.
    Soak,
}

/// Runs the tests with `rest` added to each call of `cargo test`.
///
/// The last line printed is `N passed, N failed`, whatever happened before.
pub(crate) fn run(kind: Kind, rest: &[String]) -> Result<ExitCode, String> {
    let mut tally = Tally::default();
    let mut ended = ExitCode::SUCCESS;
    // `--all-targets` takes the tests of examples and benches in, and leaves those of the documentation out.
    for mut command in [
        whole_workspace("--all-targets"),
        whole_workspace("--doc"),
        simulation(),
    ] {
        if kind == Kind::Soak {
            command.arg("--release").env("CQRS_SOAK", "1");
        }
        command.args(rest);

        let failed_before = tally.failed;
        let status = stream(&mut command, &mut tally)
            .map_err(|error| format!("`{}` cannot be run: {error}", cargo::shown(&command)))?;
        if !status.success() {
            // A program that does not build, or dies before it sums up, is a failure too.
            if tally.failed == failed_before {
                tally.failed += 1;
            }
            eprintln!("error: `{}` ended with {status}", cargo::shown(&command));
            ended = ExitCode::FAILURE;
        }
    }
    println!("\n{}", tally.closing_line());
    Ok(ended)
}

fn whole_workspace(targets: &str) -> Command {
    let mut command = Command::new(cargo::program());
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast"]);
    command.arg(targets);
    command
}

/// A build of its own, in which tokio takes all that it leaves to chance from a seed.
fn simulation() -> Command {
    let mut command = Command::new(cargo::program());
    command
        .args(["test", "--package", "cqrs-simulation", "--no-fail-fast"])
        .args(["--target-dir", "target/simulation"])
        .env("RUSTFLAGS", "--cfg tokio_unstable");
    command
}

/// Runs `command`, copying its output line by line and counting.
fn stream(command: &mut Command, tally: &mut Tally) -> io::Result<ExitStatus> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let output = child
        .stdout
        .take()
        .expect("it was asked for on the line above");
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        io::stdout().write_all(&line)?;
        tally.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    child.wait()
}
