//! Why a store cannot be opened, and what SQLite's own errors mean.

use std::{error::Error as _, fmt, io, path::PathBuf};

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a store could not be opened.
///
/// Shown and debugged alike, with its causes, so that it reads well out of `main` too.
#[derive(Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory that the file would be in is not there: make it first.
    #[error("there is no directory `{}` to hold the store: create it", .0.display())]
    NoDirectory(PathBuf),
    /// There is something at the path that is not a file.
    #[error("`{}` is not a file: give the path of the store's file, as in `data/users.db`", .0.display())]
    NotAFile(PathBuf),
    /// It is open already, here or in another process: a store has one owner at a time.
    #[error("`{}` is in use by {}", path.display(), owner(*process))]
    InUse {
        /// The store's file.
        path: PathBuf,
        /// The process that has it, when it says so.
        process: Option<u32>,
    },
    /// The file or its directory may not be written.
    #[error("`{}` cannot be written: allow this user to write the file and its directory", path.display())]
    ReadOnly {
        /// The store's file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The file is something else than a database.
    #[error("`{}` is not an SQLite database: move it away, or choose another path", .0.display())]
    NotADatabase(PathBuf),
    /// The file is a database of another program.
    #[error("`{}` is a database of another program (application id {application_id:#x}): choose another path", path.display())]
    OtherApplication {
        /// The file.
        path: PathBuf,
        /// What the other program calls itself; 0 when it does not say.
        application_id: i32,
    },
    /// The store was written by a newer version of this crate: update it.
    #[error("`{}` has schema version {found}, this program knows up to {known}: update `cqrs-sqlite`", path.display())]
    TooNew {
        /// The store's file.
        path: PathBuf,
        /// The version of the file.
        found: u32,
        /// The newest version that this crate reads.
        known: u32,
    },
    /// The file is damaged: restore a backup.
    #[error("`{}` is damaged: restore a backup, or rescue what can be read with `sqlite3 .recover`", path.display())]
    Corrupt {
        /// The store's file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// There is no space for the store: make some.
    #[error("there is no space left for `{}`: free some, then open it again", path.display())]
    Full {
        /// The store's file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// The SQLite that this program is linked with has a fault that can destroy stores.
    #[error(
        "SQLite {found} can corrupt databases in WAL mode, 3.51.3 is needed: build with the `bundled` feature of `rusqlite`"
    )]
    OldSqlite {
        /// The version found.
        found: String,
    },
    /// Anything else that SQLite or the system refuses.
    #[error("`{}` could not be opened", path.display())]
    Failed {
        /// The store's file.
        path: PathBuf,
        /// What SQLite or the system said.
        #[source]
        source: Cause,
    },
}

impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// What SQLite or the system said.
type Cause = Box<dyn std::error::Error + Send + Sync>;

fn owner(process: Option<u32>) -> String {
    match process {
        Some(id) if id == std::process::id() => {
            "this program already: clone the `Sqlite` that it has".to_owned()
        }
        Some(id) => format!("process {id}: stop it first, or use a store for several processes"),
        None => "another process: stop it first, or use a store for several processes".to_owned(),
    }
}

impl OpenError {
    pub(crate) fn sqlite(path: impl Into<PathBuf>, error: rusqlite::Error) -> Self {
        let path = path.into();
        let source: Cause = error.to_string().into();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase(path),
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path, source },
            Some(ErrorCode::DiskFull) => Self::Full { path, source },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { path, source }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse {
                path,
                process: None,
            },
            _ => Self::Failed {
                path,
                source: error.into(),
            },
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>, error: io::Error) -> Self {
        let path = path.into();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly {
                path,
                source: error.into(),
            },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                path,
                source: error.into(),
            },
            _ => Self::Failed {
                path,
                source: error.into(),
            },
        }
    }
}

/// What SQLite's error means for a caller.
pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    let (kind, message) = meaning(&error);
    StoreError::new(kind, message).because(error)
}

/// What the file itself fails with; none when it is the statement that is wrong.
pub(crate) fn trouble(error: &rusqlite::Error) -> Option<StoreError> {
    let (kind, message) = meaning(error);
    let is_trouble = kind != StoreErrorKind::Other;
    is_trouble.then(|| StoreError::new(kind, message).because(error.to_string()))
}

fn meaning(error: &rusqlite::Error) -> (StoreErrorKind, &'static str) {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (
            StoreErrorKind::Full,
            "there is no space left for the SQLite file: it works again when there is",
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
            StoreErrorKind::Corrupt,
            "the SQLite file is damaged: restore a backup, or rescue what can be read with `sqlite3 .recover`",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            StoreErrorKind::ReadOnly,
            "the SQLite file cannot be written: allow this user to write it and its directory",
        ),
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => (
            StoreErrorKind::Unavailable,
            "the SQLite file is locked: another program is writing it, past its lock file",
        ),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => (
            StoreErrorKind::Unavailable,
            "the SQLite file cannot be read or written: look at the disk",
        ),
        _ => (StoreErrorKind::Other, "SQLite refused a statement"),
    }
}

pub(crate) fn corrupt(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

pub(crate) fn panicked() -> StoreError {
    StoreError::new(
        StoreErrorKind::Other,
        "the store panicked, which is a mistake in it: nothing was changed",
    )
}

pub(crate) fn closed() -> StoreError {
    StoreError::new(
        StoreErrorKind::Closed,
        "the store was closed: open it again",
    )
}
