//! What must be on the machine before a build is worth starting.

use std::{
    env,
    ffi::OsString,
    process::{Command, Stdio},
};

/// Says what to install when something is missing that a build needs.
pub(crate) fn for_builds() -> Result<(), String> {
    c_compiler()
}

/// Says what to install when something is missing that the tests need.
///
/// `DATABASE_URL` does not replace a server that is installed: some tests kill theirs.
pub(crate) fn for_tests() -> Result<(), String> {
    for_builds()?;
    #[cfg(unix)]
    temporary_postgres::installed().map_err(|error| error.to_string())?;
    Ok(())
}

/// The bundled SQLite needs one.
fn c_compiler() -> Result<(), String> {
    // On Windows the compiler is found through the registry, which the build itself does well.
    if cfg!(windows) {
        return Ok(());
    }
    let compiler = env::var_os("CC").unwrap_or_else(|| OsString::from("cc"));
    // `CC` may hold a wrapper and arguments: `ccache gcc -m64`.
    let words = compiler.to_string_lossy();
    let program = words.split_whitespace().next().unwrap_or("cc");
    let answered = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if answered {
        return Ok(());
    }
    Err(format!(
        "SQLite is built from its C source, and the C compiler `{program}` does not answer\n  \
         Debian, Ubuntu: apt-get install gcc libc6-dev\n  \
         Fedora: dnf install gcc\n  \
         macOS: xcode-select --install\n  \
         or set `CC` to another compiler"
    ))
}
