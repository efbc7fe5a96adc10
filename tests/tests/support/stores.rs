//! The stores that a test runs on, each of them empty.

use std::sync::Arc;

use cqrs::{Memory, Store, postgres::Postgres, sqlite::Sqlite};
use tempfile::TempDir;
use temporary_postgres::Database;

/// Where the apps of a test keep everything.
pub(crate) trait Place: Send + Sync {
    /// The store, for one more app.
    fn open(&self) -> impl Future<Output = impl Store + Clone> + Send;
}

impl Place for Memory {
    async fn open(&self) -> impl Store + Clone {
        self.clone()
    }
}

/// A file, and the folder that it is in.
pub(crate) struct File(
    Sqlite,
    #[expect(dead_code, reason = "it ends with it")] TempDir,
);

impl Place for File {
    async fn open(&self) -> impl Store + Clone {
        self.0.clone()
    }
}

impl Place for Arc<Database> {
    async fn open(&self) -> impl Store + Clone {
        Postgres::connect(self.url()).await.unwrap()
    }
}

pub(crate) fn file() -> File {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db")).unwrap();
    File(store, folder)
}

pub(crate) fn database() -> Arc<Database> {
    Arc::new(temporary_postgres::shared().unwrap())
}

macro_rules! on_each_store {
    ($($test:ident)*) => {
        mod in_memory {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(cqrs::Memory::new()).await;
                }
            )*
        }

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(super::stores::file()).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(super::stores::database()).await;
                }
            )*
        }
    };
}

pub(crate) use on_each_store;
