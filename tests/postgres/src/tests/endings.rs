//! However a test program ends, its servers end too and leave no files.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
};

use crate::{
    Server,
    processes::{children, has_ended, until},
    shared,
};

const TASK: &str = "TEMPORARY_POSTGRES_TASK";
const NOBODY: u32 = 65_534;

/// What the other process does: starts a server, says so, and ends or waits to be ended.
#[test]
#[ignore = "it is what the other process does"]
fn other_process() {
    let task = env::var(TASK).expect("who starts this says what to do");
    let server = Server::start().unwrap();
    println!(
        "SERVER {} {}",
        server.pid(),
        server.socket_directory().display()
    );
    match task.as_str() {
        "wait" => drop(std::io::stdin().read(&mut [0])),
        "freeze and wait" => {
            server.pause();
            println!("FROZEN");
            drop(std::io::stdin().read(&mut [0]));
        }
        "abort" => process::abort(),
        "leave" => {
            drop(shared().unwrap());
            std::mem::forget(server);
        }
        other => panic!("no task {other}"),
    }
}

struct Other {
    process: Child,
    output: BufReader<process::ChildStdout>,
    server: Vec<u32>,
    directory: PathBuf,
}

impl Other {
    fn start(task: &str) -> Self {
        Self::run(Command::new(env::current_exe().unwrap()).env(TASK, task))
    }

    fn run(program: &mut Command) -> Self {
        let mut process = program
            .args([
                "other_process",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let (server, directory) = loop {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "no server");
            if let Some((_, said)) = line.trim_end().split_once("SERVER ") {
                let (server, directory) = said.split_once(' ').unwrap();
                break (server.parse().unwrap(), PathBuf::from(directory));
            }
        };
        let mut all = children(server);
        all.push(server);
        Self {
            process,
            output,
            server: all,
            directory,
        }
    }

    fn leaves_nothing(mut self) {
        self.process.wait().unwrap();
        until(|| self.server.iter().copied().all(has_ended)).expect("the server ends");
        until(|| !self.directory.exists()).expect("its files are removed");
    }
}

#[test]
fn a_program_that_is_killed_leaves_nothing() {
    let mut other = Other::start("wait");
    assert!(!other.server.iter().copied().any(has_ended));
    other.process.kill().unwrap();
    other.leaves_nothing();
}

#[test]
fn a_program_that_is_killed_leaves_no_frozen_server() {
    let mut other = Other::start("freeze and wait");
    let mut line = String::new();
    other.output.read_line(&mut line).unwrap();
    assert_eq!(line, "FROZEN\n");
    other.process.kill().unwrap();
    other.leaves_nothing();
}

#[test]
fn a_program_that_aborts_leaves_nothing() {
    Other::start("abort").leaves_nothing();
}

#[test]
fn a_program_that_ends_with_a_server_in_a_static_leaves_nothing() {
    Other::start("leave").leaves_nothing();
}

/// As an ordinary user where this is root, and the other way round it has been shown by all the other tests.
#[test]
fn an_ordinary_user_can_start_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(&program);
    if rustix::process::geteuid().is_root() {
        fs::set_permissions(folder.path(), open_to_all(folder.path())).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut other = Other::run(command.env(TASK, "wait").current_dir("/"));
    drop(other.process.stdin.take());
    other.leaves_nothing();
}

fn open_to_all(path: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;

    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_mode(0o755);
    permissions
}
