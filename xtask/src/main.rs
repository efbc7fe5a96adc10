//! The workspace's own commands: `cargo xtask test`, `cargo xtask bench`, `cargo xtask soak`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program prints"
)]

mod cargo;
mod prerequisites;
mod tally;
mod tests;

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

const USAGE: &str = "\
cargo xtask test [-- FILTER]   all tests: units, integration, examples, benches once, documentation
cargo xtask soak [-- FILTER]   the long tests, for minutes each, optimised
cargo xtask bench [-- FILTER]  the benchmarks, beside those of others; `--help` says more";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();

    let ended = match command.as_deref() {
        Some("test") => {
            prerequisites::for_tests().and_then(|()| tests::run(tests::Kind::All, &rest))
        }
        Some("soak") => {
            prerequisites::for_tests().and_then(|()| tests::run(tests::Kind::Soak, &rest))
        }
        Some("bench") => prerequisites::for_builds().and_then(|()| bench(&rest)),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => Err(format!("there is no command `{other}`\n\n{USAGE}")),
        None => Err(format!("say which command to run\n\n{USAGE}")),
    };
    ended.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}

fn bench(rest: &[String]) -> Result<ExitCode, String> {
    let mut command = Command::new(cargo::program());
    let program = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "cqrs-benches",
        "--",
    ];
    command.args(program);
    // On the disk that everything is on, since what is in `/tmp` may never reach one.
    if let Some(folder) = beside_what_is_built() {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        command.env("TMPDIR", folder);
    }
    cargo::run(command.args(rest.iter().filter(|word| *word != "--")))?;
    Ok(ExitCode::SUCCESS)
}

fn beside_what_is_built() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    Some(program.parent()?.parent()?.join("tmp"))
}
