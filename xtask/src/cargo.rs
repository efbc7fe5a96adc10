//! Calling Cargo.

use std::{env, ffi::OsString, process::Command};

/// The Cargo that runs this program, or the one on the path.
pub(crate) fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` ended with {status}", shown(command))),
        Err(error) => Err(format!("`{}` cannot be run: {error}", shown(command))),
    }
}

/// `command` as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let arguments = command.get_args().map(|word| word.to_string_lossy());
    ["cargo".into()]
        .into_iter()
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
