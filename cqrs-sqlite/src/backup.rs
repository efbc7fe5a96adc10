//! Copying a store that is in use.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use rusqlite::OpenFlags;

use crate::{Sqlite, connection, error::store_error};

impl Sqlite {
    /// Writes a copy of the store, as it is now, to a file that is not there yet.
    ///
    /// The store stays in use meanwhile. The copy is whole or not there: it is written under another name first. Open
    /// it with [`Options::restored`](crate::Options::restored) when it is to take the store's place.
    ///
    /// # Errors
    ///
    /// When the file is there already, or cannot be written.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        let to = to.as_ref().to_owned();
        self.apart(move |from| copy(from, &to)).await
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::new(
            StoreErrorKind::Other,
            format!(
                "there is a file at `{}` already: choose another name for the backup",
                to.display()
            ),
        ));
    }
    let partial = partial(to);
    let written = write(from, &partial).and_then(|()| {
        finish(&partial, to).map_err(|error| {
            StoreError::new(
                StoreErrorKind::Other,
                format!("the backup `{}` could not be written", to.display()),
            )
            .because(error)
        })
    });
    if written.is_err() {
        // The first error is the one to tell.
        let _left_behind = fs::remove_file(&partial);
    }
    written
}

fn write(from: &Path, partial: &Path) -> Result<(), StoreError> {
    let name = partial.to_str().ok_or_else(|| {
        StoreError::new(
            StoreErrorKind::Other,
            "the path of a backup must be valid UTF-8",
        )
    })?;
    connection::connect(from, OpenFlags::empty())
        .and_then(|connection| connection.execute("VACUUM INTO ?1", [name]))
        .map(drop)
        .map_err(store_error)
}

/// SQLite leaves it to the system when a copy reaches the disk.
fn finish(partial: &Path, to: &Path) -> io::Result<()> {
    File::options().write(true).open(partial)?.sync_all()?;
    fs::rename(partial, to)?;
    #[cfg(unix)]
    if let Some(directory) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn partial(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}
