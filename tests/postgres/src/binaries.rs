//! Finding the programs of an installed server.

use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::StartError;

/// The programs that are called.
const PROGRAMS: [&str; 5] = ["initdb", "postgres", "psql", "createdb", "dropdb"];

/// Where packages put each version in a folder of its own: folder, start of the version's name, rest.
const VERSIONED: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),           // Debian, Ubuntu
    ("/usr/lib/postgresql", "postgresql", "bin"), // SUSE
    ("/usr", "pgsql-", "bin"),                    // the RPMs of postgresql.org
    ("/opt/homebrew/opt", "postgresql@", "bin"),  // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),     // Homebrew on Intel
    ("/usr/libexec", "postgresql", ""),           // Alpine
];

/// The folder with the programs of the server that tests use.
///
/// # Errors
///
/// None is installed; the text says what to install.
pub fn installed() -> Result<PathBuf, StartError> {
    first_complete(candidates())
}

fn first_complete(mut folders: impl Iterator<Item = PathBuf>) -> Result<PathBuf, StartError> {
    folders
        .find(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
        .ok_or_else(|| {
            StartError::new(
                "the tests start a PostgreSQL server of their own, and none is installed (14 or later)\n  \
                 Debian, Ubuntu: apt-get install postgresql\n  \
                 Fedora: dnf install postgresql-server\n  \
                 Alpine: apk add postgresql postgresql-client\n  \
                 macOS: brew install postgresql@17\n  \
                 or put the folder with `initdb` and `postgres` on the path",
            )
        })
}

fn candidates() -> impl Iterator<Item = PathBuf> {
    on_the_path()
        .into_iter()
        .chain(configured())
        .chain(versioned())
}

/// Behind a link on the path there may be a folder that has all the others too.
fn on_the_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .filter_map(|folder| {
            let program = fs::canonicalize(folder.join("initdb")).ok()?;
            program.parent().map(Path::to_owned)
        })
        .collect()
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

/// The newest first.
fn versioned() -> impl Iterator<Item = PathBuf> {
    VERSIONED.into_iter().flat_map(|(folder, start, rest)| {
        let mut versions: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version: u32 = name.strip_prefix(start)?.parse().ok()?;
                Some((version, entry.path().join(rest)))
            })
            .collect();
        versions.sort_by_key(|&(version, _)| Reverse(version));
        versions.into_iter().map(|(_, folder)| folder)
    })
}

/// A call of one of the programs, free of what the environment says about some other server.
pub(crate) fn command(folder: &Path, name: &str) -> Command {
    let mut command = Command::new(folder.join(name));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    // A folder that the server's user may be in.
    command.current_dir("/");
    command
}

/// Runs `command` to its end; what it says is the answer, or the error.
pub(crate) fn run(command: &mut Command) -> Result<String, StartError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(StartError::io(&format!("`{program}` cannot be run")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(StartError::new(format!(
        "`{program}` ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::first_complete;

    #[test]
    fn where_no_server_is_installed_the_error_says_what_to_install() {
        let error = first_complete(iter::once("/nowhere".into())).expect_err("nothing is there");
        for help in ["apt-get install", "dnf install", "apk add", "brew install"] {
            assert!(error.to_string().contains(help), "{error}");
        }
    }
}
