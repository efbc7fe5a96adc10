//! What ends a server whose test program ended without doing so: killed, aborted, or with a server in a static.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::StartError;

/// Waits for the end of its input, which comes with the end of the test program, however that ends. Then the server
/// and all that it has started are killed, stopped or not, and its files are removed.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
cat >/dev/null
if read -r postmaster <"$1/data/postmaster.pid"; then
    kill -STOP "$postmaster"
    others=$(cat "/proc/$postmaster/task/$postmaster/children" ||
        ps -A -o pid= -o ppid= | while read -r one parent; do
            if [ "$parent" = "$postmaster" ]; then echo "$one"; fi
        done)
    kill -KILL $others "$postmaster"
fi
# What was about to start finds nothing, and ends.
until rm -rf "$1"; do sleep 0.1; done
"#;

#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
}

impl Watchdog {
    /// Watches over the server in `directory`.
    pub(crate) fn start(directory: &Path) -> Result<Self, StartError> {
        let child = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            // Whoever reads the output of the tests must not wait for this.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What is typed at the terminal is not for this.
            .process_group(0)
            .spawn()
            .map_err(StartError::io("`sh` cannot be run"))?;
        Ok(Self { child })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Waiting closes its input first.
        let _ended = self.child.wait();
    }
}
