//! The contestants' programs: building and calling them.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cqrs_bench_harness::{Database, Failure, Outcome, Request, Workload};

use super::{
    machine::answer,
    plan::{Experiment, Work},
};

/// How each contestant is called, or why it cannot be.
#[derive(Debug)]
pub(crate) struct Programs(BTreeMap<String, Program>);

/// The command of a program, or why there is none.
type Program = Result<Vec<OsString>, String>;

/// The program that runs a workload for a contestant: its own, that of the workspace, or a package among the peers.
fn program_of(contestant: &str, workload: Workload) -> &str {
    let on_postgres = workload.database() == Some(Database::Postgres);
    match contestant {
        "bare" | "bare-copy" | "bare-insert" | "bare-pipeline" if on_postgres => "bare-postgres",
        "cqrs" | "bare" => "contestants",
        other => other,
    }
}

impl Programs {
    /// Builds the programs of all contestants that take part.
    pub(crate) fn build(experiments: &[Experiment]) -> Result<Self, Failure> {
        let mut programs = BTreeMap::new();
        for experiment in experiments {
            for (contestant, case) in experiment.pairs() {
                let Work::Run(workload) = case.work else {
                    continue;
                };
                let name = program_of(contestant, workload);
                if programs.contains_key(name) {
                    continue;
                }
                let program = match name {
                    "contestants" => own()?,
                    "node-bus" => node(),
                    "go-bus" => go()?,
                    peer => cargo(peer)?,
                };
                programs.insert(name.to_owned(), program);
            }
        }
        Ok(Self(programs))
    }

    /// Has a contestant carry out a request.
    pub(crate) fn run(&self, contestant: &str, request: &Request) -> Result<Outcome, Failure> {
        let command = match self.0.get(program_of(contestant, request.workload)) {
            Some(Ok(command)) => command,
            Some(Err(why)) => return Ok(Outcome::Unsupported(why.clone())),
            None => return Ok(Outcome::Unsupported("it is not built".into())),
        };
        let [program, arguments @ ..] = &**command else {
            return Err("a program has a name".into());
        };
        let output = Command::new(program)
            .args(arguments)
            .arg(contestant)
            .arg(serde_json::to_string(request)?)
            .stderr(Stdio::piped())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        // What libraries print is not ours to forbid; the answer is the last line.
        let answer = text.lines().last().map(serde_json::from_str);
        match answer {
            Some(Ok(outcome)) => Ok(outcome),
            _ => Ok(Outcome::Failed(format!(
                "it ended with {} and says {:?}",
                output.status,
                last_line(&output.stderr)
            ))),
        }
    }
}

/// Where everything is built.
pub(crate) fn target() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let release = program.parent().unwrap_or_else(|| Path::new("."));
    release.parent().unwrap_or(release).to_owned()
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn own() -> Result<Program, Failure> {
    let built = build(
        &["--package", "cqrs-benches", "--bin", "contestants"],
        Path::new("."),
    )?;
    Ok(built.map(|()| vec![target().join("release/contestants").into()]))
}

fn cargo(folder: &str) -> Result<Program, Failure> {
    let package = peers().join(folder);
    if !package.is_dir() {
        return Ok(Err(format!("there is no `benches/peers/{folder}`")));
    }
    let built = build(&["--locked"], &package)?;
    let program = target().join("release").join(format!("peer-{folder}"));
    Ok(built.map(|()| vec![program.into()]))
}

fn build(arguments: &[&str], folder: &Path) -> Result<Result<(), String>, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--quiet"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target());
    let output = command.output()?;
    Ok(if output.status.success() {
        Ok(())
    } else {
        Err(format!("does not build: {}", last_line(&output.stderr)))
    })
}

fn node() -> Program {
    match answer("node", &["--version"]) {
        Some(_) => Ok(vec!["node".into(), peers().join("buses/bus.mjs").into()]),
        None => Err("`node` is not installed".into()),
    }
}

fn go() -> Result<Program, Failure> {
    if answer("go", &["version"]).is_none() {
        return Ok(Err("`go` is not installed".into()));
    }
    let program = target().join("release/go-bus");
    let status = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg("bus.go")
        .current_dir(peers().join("buses"))
        .status()?;
    Ok(if status.success() {
        Ok(vec![program.into()])
    } else {
        Err("does not build".into())
    })
}

fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines().last().unwrap_or_default().to_owned()
}
