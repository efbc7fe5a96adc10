//! The app: everything the program is made of, running.

mod assembly;
mod builder;
mod by_name;
mod catalog;
mod control;
mod core;
mod faults;
mod request;
mod shutdown;
mod tables;
mod testing;
mod wiring;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::BoxFuture;

pub(crate) use self::core::{Core, InFlight, answer_again};
pub use self::{
    assembly::Assembly,
    builder::AppBuilder,
    catalog::{Catalog, CatalogEntry, MessageKind, RouteInfo},
    control::{ControlError, Parked, Release, SubscriptionState, SubscriptionStatus},
    faults::{StartError, WiringError},
    request::Request,
    shutdown::ShutdownError,
};
use crate::{
    Aggregate, Answering, AppendError, Command, CommandId, CommandResult, Committed, DispatchError,
    HandlerError, IntoEvents, Metadata, Query, QueryResult, Store, StoreError, StreamId, Token,
    store::{append::InvalidAppend, error::StoreErrorKind},
};

/// The running program: takes commands and queries, and keeps views and handlers up to date.
///
/// Cloning gives another handle of the same app.
#[derive(Clone, Debug)]
pub struct App {
    gate: Arc<Gate>,
}

/// What all handles of an app share. It alone holds the core when nothing is in flight.
#[derive(Debug)]
pub(crate) struct Gate {
    core: Arc<Core>,
    closed: AtomicBool,
}

impl Gate {
    #[inline]
    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The core, as long as the app takes work.
    #[inline]
    pub(crate) fn open(&self) -> Option<&Arc<Core>> {
        (!self.closed.load(Ordering::Relaxed)).then_some(&self.core)
    }

    /// The core, if nothing stands before it.
    #[inline]
    pub(crate) fn straight(&self) -> Option<&Arc<Core>> {
        self.open().filter(|core| core.has_no_middleware())
    }
}

impl App {
    /// An app on this store, to be configured and started.
    pub fn builder(store: impl Store) -> AppBuilder {
        AppBuilder::new(Arc::new(store))
    }

    fn new(core: Arc<Core>) -> Self {
        Self {
            gate: Arc::new(Gate {
                core,
                closed: AtomicBool::new(false),
            }),
        }
    }

    /// Sends a command to whoever decides or handles it.
    ///
    /// The command is carried out, once it has been taken up, even if the future is dropped.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub fn dispatch<C: Command>(
        &self,
        command: C,
    ) -> Answering<C::Output, impl Future<Output = CommandResult<C>> + Send> {
        Request::new(self).dispatch(command)
    }

    /// Asks a query. It sees every write that this app instance has made before it is asked.
    ///
    /// # Errors
    ///
    /// See [`AskError`](crate::AskError).
    pub fn ask<Q: Query>(
        &self,
        query: Q,
    ) -> Answering<Q::Output, impl Future<Output = QueryResult<Q>> + Send> {
        Request::new(self).ask(query)
    }

    /// The next message carries this metadata.
    pub fn with(&self, metadata: Metadata) -> Request<'_> {
        Request::new(self).with(metadata)
    }

    /// The next command has this id, so that it is not carried out twice, however often it is sent.
    pub fn with_id(&self, id: impl Into<CommandId>) -> Request<'_> {
        Request::new(self).with_id(id)
    }

    /// The next query does not wait for anything.
    pub fn eventual(&self) -> Request<'_> {
        Request::new(self).eventual()
    }

    /// The next query waits for a write from elsewhere.
    pub fn after(&self, token: Token) -> Request<'_> {
        Request::new(self).after(token)
    }

    /// Records what has happened elsewhere, without a decision: for imports and integrations.
    ///
    /// # Errors
    ///
    /// When the events cannot be stored.
    pub fn record<A: Aggregate>(
        &self,
        id: &A::Id,
        events: impl IntoEvents<A>,
    ) -> BoxFuture<'_, Result<Committed<()>, DispatchError<HandlerError>>> {
        Request::new(self).record::<A>(id, events)
    }

    /// Erases what the events of an aggregate say, for good: payloads, metadata, tags and snapshots. That there were events,
    /// when, and of which kind, stays.
    ///
    /// Views drop what they made of them; one that mixes aggregates in a document is built again. The answer is how many
    /// events were erased now. Backups are not touched.
    ///
    /// # Errors
    ///
    /// When the id cannot be one, or the store fails.
    pub async fn erase<A: Aggregate>(&self, id: &A::Id) -> Result<u64, AppendError> {
        let Some(core) = self.open() else {
            let closed = StoreError::new(StoreErrorKind::Closed, "the app is shutting down");
            return Err(AppendError::Store(closed));
        };
        let _in_flight = InFlight::new(core);
        let stream = StreamId::new(A::NAME, id.to_string())
            .map_err(|error| AppendError::Invalid(InvalidAppend::Stream(error)))?;
        let log = core.log();
        let erased = log.store.erase(&stream).await?;
        // Where the mark of it is, or something later.
        if let Ok(head) = log.store.head().await {
            log.erased(head);
        }
        Ok(erased)
    }

    /// Stops taking work, finishes what is in flight, commits where views and handlers stand, and closes the store.
    ///
    /// What does not end within the [limit](AppBuilder::shutdown_limit) is given up, and the error says what that was: an
    /// event that a handler had in hand comes to it again. Dropping the app without `shutdown` loses nothing that was
    /// acknowledged.
    ///
    /// # Errors
    ///
    /// When something was given up, or the store cannot finish what it was given. The app has ended all the same.
    pub async fn shutdown(&self) -> Result<(), ShutdownError> {
        self.gate.closed.store(true, Ordering::SeqCst);
        self.gate.core.shutdown().await
    }

    fn open(&self) -> Option<&Arc<Core>> {
        self.gate.open()
    }
}
