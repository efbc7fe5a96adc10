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
    command(&env::current_exe().expect("a program"), task, file)
        .spawn()
        .expect("a child process")
}

/// As [`start`], but never as root, whom no permission keeps out. `program` is a copy of this program where others may
/// run it.
#[cfg(unix)]
pub(crate) fn start_without_rights(program: &Path, task: &str, file: &Path) -> Child {
    use std::{
        fs,
        os::unix::{fs::MetadataExt, process::CommandExt},
    };

    const NOBODY: u32 = 65_534;
    let mut command = command(program, task, file);
    // The copy belongs to who made it: to whoever runs this.
    if fs::metadata(program).expect("the copy").uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/").spawn().expect("a child process")
}

fn command(program: &Path, task: &str, file: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["child::main", "--exact", "--ignored", "--nocapture"])
        .env(TASK, task)
        .env(FILE, file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

#[test]
#[ignore = "it is what the other process does"]
fn main() {
    let task = env::var(TASK).expect("who starts this says what to do");
    let file = PathBuf::from(env::var_os(FILE).expect("a file"));
    match task.as_str() {
        "be refused" => crate::open::be_refused(&file),
        "hold" => crate::processes::hold(&file),
        "load" => crate::sigkill::load(&file, crate::sigkill::Acknowledge::WhenCommitted),
        "lie" => crate::sigkill::load(&file, crate::sigkill::Acknowledge::TooEarly),
        other => panic!("no task {other}"),
    }
}
