//! The machine, so that numbers are not taken for those of another one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    thread,
    time::Instant,
};

use cqrs_bench_harness::{Failure, median};
use serde::{Deserialize, Serialize};

/// What it is, and what runs on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Each thing that there is to say, in order.
    pub(crate) facts: BTreeMap<String, String>,
}

impl Machine {
    /// Looks at this machine.
    pub(crate) fn look() -> Result<Self, Failure> {
        let mut facts = BTreeMap::new();
        let mut say = |what: &str, fact: Option<String>| {
            if let Some(fact) = fact {
                facts.insert(what.to_owned(), fact);
            }
        };
        say("date", answer("date", &["-u", "+%Y-%m-%d"]));
        say("processor", after_colon("/proc/cpuinfo", "model name"));
        say(
            "cores",
            thread::available_parallelism()
                .ok()
                .map(|cores| cores.to_string()),
        );
        say("memory", after_colon("/proc/meminfo", "MemTotal"));
        say("system", answer("uname", &["-sr"]));
        say("rustc", answer("rustc", &["--version"]));
        say("node", answer("node", &["--version"]));
        say("go", answer("go", &["version"]));
        let sync = fdatasync(&super::programs::target())?;
        say("fdatasync of 4 KiB", Some(format!("{sync:.0} µs")));
        Ok(Self { facts })
    }
}

fn after_colon(file: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What a program says, if it is there.
pub(crate) fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

/// How long the disk takes to make one page durable: the median, in microseconds.
fn fdatasync(folder: &Path) -> Result<f64, Failure> {
    let path = folder.join("fdatasync");
    let mut file = File::create(&path)?;
    let mut took = Vec::new();
    for _ in 0..200 {
        file.write_all(&[1; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        took.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    Ok(median(&took))
}
