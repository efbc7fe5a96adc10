//! Running a part of a test in another process, which can be killed.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const TASK: &str = "CQRS_SQLITE_TEST_TASK";
const FILE: &str = "CQRS_SQLITE_TEST_FILE";

/// Starts this test program again, to do one task with one file.
pub(crate) fn start(task: &str, file: &Path) -> Child {
    Command::new(env::current_exe().expect("a program"))
        .args(["child::main", "--exact", "--ignored", "--nocapture"])
        .env(TASK, task)
        .env(FILE, file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a child process")
}

#[test]
#[ignore = "it is what the other process does"]
fn main() {
    let Ok(task) = env::var(TASK) else {
        return;
    };
    let file = PathBuf::from(env::var_os(FILE).expect("a file"));
    match task.as_str() {
        "hold" => crate::processes::hold(&file),
        "load" => crate::sigkill::load(&file, crate::sigkill::Acknowledge::WhenCommitted),
        "lie" => crate::sigkill::load(&file, crate::sigkill::Acknowledge::TooEarly),
        other => panic!("no task {other}"),
    }
}
