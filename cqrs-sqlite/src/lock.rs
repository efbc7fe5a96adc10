//! One owner a file: a lock of the operating system on a file beside it.
//!
//! Never on the database file itself: on Unix, closing any handle of a file lets go of all locks that the process holds
//! on it, and SQLite's are among them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use fs4::{FileExt, TryLockError};

use crate::OpenError;

/// Held while the store is open. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the lock of the store at `path`, which is [`resolve`]d.
    pub(crate) fn acquire(path: &Path) -> Result<Self, OpenError> {
        let beside = beside(path);
        let failed = |error| OpenError::io(path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&beside)
            .map_err(failed)?;
        match FileExt::try_lock(&file) {
            Ok(()) => {
                // For the message that another process gets; without it the lock is just as good.
                let _unnamed = sign(&mut file);
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                path: path.to_owned(),
                process: signature(&mut file),
            }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do, but a child process may have inherited it.
        let _closed_anyway = FileExt::unlock(&self.0);
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    beside.into()
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}

fn signature(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// The one path of a file, however it is named: without symbolic links, also where the file is not there yet.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    // As many links as Linux follows.
    const LINKS: usize = 40;

    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::canonicalize(&path) {
            Ok(found) if found.is_file() => return Ok(found),
            Ok(found) => return Err(OpenError::NotAFile(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(OpenError::io(path, error)),
        }
        let Some(name) = path.file_name() else {
            return Err(OpenError::NotAFile(path));
        };
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let directory = match fs::canonicalize(directory) {
            Ok(directory) => directory,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(OpenError::NoDirectory(directory.to_owned()));
            }
            Err(error) => return Err(OpenError::io(path, error)),
        };
        let whole = directory.join(name);
        match fs::read_link(&whole) {
            // A link to a file that is not there yet.
            Ok(target) => path = directory.join(target),
            Err(_not_a_link) => return Ok(whole),
        }
    }
    Err(OpenError::NotAFile(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_has_one_path_before_and_after_it_is_there() {
        let directory = tempfile::tempdir().expect("a directory");
        let link = directory.path().join("link.db");
        std::os::unix::fs::symlink("real.db", &link).expect("a link");

        let before = resolve(&link).expect("a path");
        File::create(directory.path().join("real.db")).expect("a file");
        let dotted = directory.path().join(".").join("real.db");

        assert_eq!(before, resolve(&link).expect("a path"));
        assert_eq!(before, resolve(&dotted).expect("a path"));
    }

    #[test]
    #[cfg(unix)]
    fn links_in_a_circle_are_an_error() {
        let directory = tempfile::tempdir().expect("a directory");
        let link = directory.path().join("circle.db");
        std::os::unix::fs::symlink("circle.db", &link).expect("a link");

        assert!(resolve(&link).is_err());
    }
}
