//! How a harness gets the stores that it tests.

use std::{any::Any, fmt, pin::Pin, sync::Arc};

use cqrs_core::Store;

/// Makes fresh stores: an async function or closure that returns a store, or a store and what must live as long, such as
/// a temporary folder.
///
/// `Kind` tells the two apart and is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not make stores",
    label = "write an async function or closure without parameters that returns a store, or a store and a guard"
)]
pub trait MakeStore<Kind>: Send + Sync + 'static {
    /// A store that holds nothing yet.
    fn make(&self) -> MadeStore;
}

/// The future of a fresh store.
pub type MadeStore = Pin<Box<dyn Future<Output = FreshStore> + Send>>;

/// A store for one test, with what must live as long.
#[derive(Clone)]
pub struct FreshStore {
    /// The store.
    pub store: Arc<dyn Store>,
    _guard: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for FreshStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.store, f)
    }
}

/// The maker returns only the store.
#[derive(Debug)]
pub enum Alone {}

/// The maker returns the store and what must live as long.
#[derive(Debug)]
pub enum Guarded {}

impl<F, S> MakeStore<Alone> for F
where
    F: Fn() -> S + Send + Sync + 'static,
    S: Future<Output: Store> + Send + 'static,
{
    fn make(&self) -> MadeStore {
        let store = self();
        Box::pin(async move {
            FreshStore {
                store: Arc::new(store.await),
                _guard: Arc::new(()),
            }
        })
    }
}

impl<F, M, S, G> MakeStore<Guarded> for F
where
    F: Fn() -> M + Send + Sync + 'static,
    M: Future<Output = (S, G)> + Send + 'static,
    S: Store,
    G: Send + Sync + 'static,
{
    fn make(&self) -> MadeStore {
        let made = self();
        Box::pin(async move {
            let (store, guard) = made.await;
            FreshStore {
                store: Arc::new(store),
                _guard: Arc::new(guard),
            }
        })
    }
}
