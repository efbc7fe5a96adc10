//! The processes of a server: the postmaster and those that it has started.

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// How long anything may take that is waited for here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const PS: &str = "`ps` is on every Unix without `/proc`";

/// Asks `question` until it is so.
///
/// # Errors
///
/// `Err` when it is not so for too long.
pub(crate) fn until(mut question: impl FnMut() -> bool) -> Result<(), ()> {
    let asked = Instant::now();
    while !question() {
        if asked.elapsed() > PATIENCE {
            return Err(());
        }
        // Between two looks at another process, which cannot wake this one.
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Sends `signal`; a process that is not there any more does not mind.
pub(crate) fn send(process: u32, signal: Signal) {
    if let Some(process) = pid(process) {
        let _gone = kill_process(process, signal);
    }
}

/// Sends `signal` to the postmaster and to all that it has started.
///
/// The postmaster is stopped first, so that it starts no other meanwhile.
pub(crate) fn send_to_all(postmaster: u32, signal: Signal) -> Vec<u32> {
    send(postmaster, Signal::STOP);
    wait_for(&[postmaster], is_stopped);
    let mut all = children(postmaster);
    all.push(postmaster);
    for &process in &all {
        send(process, signal);
    }
    all
}

/// Waits until `question` holds of all of `processes`: a signal may reach another processor later.
pub(crate) fn wait_for(processes: &[u32], question: fn(u32) -> bool) {
    let answered = until(|| processes.iter().copied().all(question));
    assert!(answered.is_ok(), "signals do not reach {processes:?}");
}

/// Whether a process has ended. That nobody has asked for its status yet is no matter.
pub(crate) fn has_ended(process: u32) -> bool {
    matches!(state(process), None | Some('Z' | 'X'))
}

/// Whether a process does nothing any more, by SIGSTOP or because it has ended.
pub(crate) fn is_stopped(process: u32) -> bool {
    matches!(state(process), None | Some('T' | 'Z' | 'X'))
}

/// The letter by which `ps` shows the state of a process, if it is there.
fn state(process: u32) -> Option<char> {
    if test_kill_process(pid(process)?).is_err() {
        return None;
    }
    // `pid (name) state ..`, where the name may hold anything.
    if let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) {
        return stat.rsplit_once(") ")?.1.chars().next();
    }
    let shown = Command::new("ps")
        .args(["-o", "state=", "-p", &process.to_string()])
        .output()
        .expect(PS);
    String::from_utf8_lossy(&shown.stdout).trim().chars().next()
}

pub(crate) fn children(parent: u32) -> Vec<u32> {
    if let Ok(listed) = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")) {
        return listed.split_whitespace().filter_map(number).collect();
    }
    let listed = Command::new("ps")
        .args(["-A", "-o", "pid=", "-o", "ppid="])
        .output()
        .expect(PS);
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_whitespace().filter_map(number);
            let (process, its_parent) = (numbers.next()?, numbers.next()?);
            (its_parent == parent).then_some(process)
        })
        .collect()
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn pid(process: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(process).ok()?)
}
