//! Tests of what a process holds in memory.

use std::{env, fs, process::Command};

use tokio::runtime::Builder;

use crate::turn;

const CHILD: &str = "CQRS_TIMED_CHILD";

/// Runs a test in a process of its own: what others had in memory before would hide what this one takes.
///
/// Answers what `work` found.
pub(crate) fn apart(test: &str, work: impl AsyncFnOnce() -> String) -> String {
    if env::var_os(CHILD).is_some() {
        let runtime = Builder::new_multi_thread().enable_all().build();
        return runtime.expect("a runtime starts").block_on(work());
    }
    let _turn = turn::alone_blocking();
    let child = Command::new(env::current_exe().expect("a program"))
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("a child process");
    let said = String::from_utf8_lossy(&child.stderr);
    let ran = String::from_utf8_lossy(&child.stdout).contains("1 passed");
    assert!(child.status.success() && ran, "{said}");
    said.into_owned()
}

/// The MiB of this process that are in memory now, where the system tells.
pub(crate) fn resident_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib >> 10)
}
