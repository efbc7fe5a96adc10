//! How a store is opened.

use std::{path::Path, sync::Arc};

use cqrs_core::{
    clock::{Clock, Ids, RandomIds, SystemClock},
    store::Limits,
};

use crate::{OpenError, Sqlite};

/// How a store is opened; made by [`Sqlite::options`].
///
/// ```
/// use cqrs_sqlite::{Durability, Sqlite};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users.db");
/// let store = Sqlite::options()
///     .durability(Durability::Relaxed)
///     .readers(2)
///     .open(path)?;
/// # drop(store);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until `open` is called"]
pub struct Options {
    pub(crate) durability: Durability,
    pub(crate) limits: Limits,
    pub(crate) queued_bytes: usize,
    pub(crate) readers: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) restored: bool,
    pub(crate) max_pages: Option<u32>,
}

/// What an acknowledged append survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, of the system, and of the power.
    #[default]
    Full,
    /// The end of the process. When system or power fails, the last moments may be lost, and positions that readers
    /// elsewhere have seen are then given to other events: for data that can be made again.
    Relaxed,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            limits: Limits::default(),
            queued_bytes: 64 << 20,
            readers: 4,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            restored: false,
            max_pages: None,
        }
    }
}

impl Options {
    /// Opens the store in this file, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<Sqlite, OpenError> {
        crate::open::open(path.as_ref(), self)
    }

    /// What an acknowledged append survives. Default: [`Durability::Full`].
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The sizes that an append may have, and how many may wait. Default: see [`Limits`].
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The bytes of all appends that may wait together. Default: 64 MiB.
    pub const fn queued_bytes(mut self, bytes: usize) -> Self {
        self.queued_bytes = bytes;
        self
    }

    /// How many reads run at the same time; at least one. Default: 4.
    pub const fn readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// Where the time of recording comes from. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where the ids come from that the store itself draws. Default: [`RandomIds`].
    pub fn ids(mut self, ids: Arc<dyn Ids>) -> Self {
        self.ids = ids;
        self
    }

    /// Says that the file was put back from a backup: positions may now mean other events than readers elsewhere have
    /// seen, so the restore epoch in the store's identity is raised.
    pub const fn restored(mut self) -> Self {
        self.restored = true;
        self
    }

    /// How large the file may become, in pages of 4 KiB. Default: as large as the disk.
    pub const fn max_pages(mut self, pages: u32) -> Self {
        self.max_pages = Some(pages);
        self
    }
}
