//! Sending from outside of a call.

use std::sync::{Arc, OnceLock, Weak};

use crate::{
    Answering, AskError, Command, CommandResult, DispatchError, Query, QueryResult,
    app::{Core, InFlight},
    call::Options,
};

/// Sends commands and asks queries from a handler outside of a call, such as from a task that it has spawned.
///
/// Injected like any other field. It does not keep the app alive. Inside of a call use
/// [`HandlerContext::dispatch`](crate::HandlerContext::dispatch), which keeps the flow together.
#[derive(Clone, Debug, Default)]
pub struct Dispatcher {
    // Set once, when the app is there: handlers are made before it.
    core: Arc<OnceLock<Weak<Core>>>,
}

impl Dispatcher {
    pub(crate) fn connect(&self, core: &Arc<Core>) {
        // An app connects its dispatcher once.
        let _first = self.core.set(Arc::downgrade(core));
    }

    /// The app, as long as it runs.
    pub(crate) fn in_flight(&self) -> Option<InFlight> {
        self.core
            .get()
            .and_then(Weak::upgrade)
            .map(|core| InFlight::new(&core))
    }

    /// Sends a command.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`]; [`DispatchError::ShuttingDown`] when the app is ending or has not started.
    pub fn dispatch<C: Command>(
        &self,
        command: C,
    ) -> Answering<C::Output, impl Future<Output = CommandResult<C>> + Send> {
        async move {
            match self.in_flight() {
                Some(app) if !app.core().is_closing() => {
                    app.core().dispatch(command, Options::none()).await
                }
                _ => Err(DispatchError::ShuttingDown),
            }
        }
    }

    /// Asks a query.
    ///
    /// # Errors
    ///
    /// See [`AskError`]; [`AskError::ShuttingDown`] when the app is ending or has not started.
    pub fn ask<Q: Query>(
        &self,
        query: Q,
    ) -> Answering<Q::Output, impl Future<Output = QueryResult<Q>> + Send> {
        async move {
            match self.in_flight() {
                Some(app) if !app.core().is_closing() => {
                    app.core().ask(query, Options::none()).await
                }
                _ => Err(AskError::ShuttingDown),
            }
        }
    }
}
