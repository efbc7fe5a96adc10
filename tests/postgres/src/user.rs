//! As whom the server runs: it refuses to run as root.

use std::{
    fs, io,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::Command,
};

use crate::StartError;

/// Users that root lends to the server, the better one first.
const OTHERS: [&str; 2] = ["postgres", "nobody"];

/// Who runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Whoever runs the tests.
    Same,
    /// Somebody else, since whoever runs the tests is root.
    Other { uid: u32, gid: u32 },
}

impl User {
    pub(crate) fn choose() -> Result<Self, StartError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Same);
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        OTHERS
            .into_iter()
            .find_map(|name| find(&users, name))
            .ok_or_else(|| {
                StartError::new(
                    "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as",
                )
            })
    }

    /// Runs `command` as this user.
    pub(crate) fn runs(self, command: &mut Command) -> &mut Command {
        match self {
            Self::Same => command,
            Self::Other { uid, gid } => command.uid(uid).gid(gid),
        }
    }

    /// Gives `path` to this user.
    pub(crate) fn owns(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Same => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }
}

/// `name:password:uid:gid:..`
fn find(users: &str, name: &str) -> Option<User> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(User::Other { uid, gid })
    })
}
