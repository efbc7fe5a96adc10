//! What is there once for each app, whatever the number of its handles.

use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout, timeout_at},
};

use super::{Catalog, ShutdownError};
use crate::{
    AskError, Command, CommandResult, Committed, DispatchError, Metadata, Position, Query,
    QueryResult, StoreError, Token, Unserved,
    call::{CommandCall, Consistency, Options, QueryCall, Via},
    clock::Clock,
    log::Log,
    middleware::Chain,
    projection::{Progress, Projections},
    registry::{CommandJson, QueryJson},
    services::Services,
    store::error::StoreErrorKind,
};

/// What is there once for each app.
#[derive(Debug)]
pub(crate) struct Core {
    pub(super) services: Services,
    pub(super) log: Arc<Log>,
    pub(super) middleware: Chain,
    pub(super) commands: HashMap<&'static str, Option<CommandJson>>,
    pub(super) queries: HashMap<&'static str, Option<QueryJson>>,
    pub(super) catalog: Catalog,
    /// Why messages cannot be served, in an app that was started although.
    pub(super) faults: BTreeMap<&'static str, String>,
    pub(super) wait_limit: Duration,
    pub(super) message_bytes: usize,
    pub(super) projections: Projections,
    pub(super) shutdown_limit: Duration,
    pub(super) closing: AtomicBool,
    pub(super) call_ended: Notify,
}

impl Core {
    #[inline]
    pub(crate) const fn services(&self) -> &Services {
        &self.services
    }

    #[inline]
    pub(crate) const fn has_no_middleware(&self) -> bool {
        self.middleware.is_empty()
    }

    #[inline]
    pub(crate) const fn log(&self) -> &Arc<Log> {
        &self.log
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.log.clock
    }

    pub(crate) fn complete(&self, metadata: Metadata) -> Metadata {
        self.log.complete(metadata)
    }

    #[inline]
    pub(crate) fn token(&self, position: Position) -> Token {
        self.log.token(position)
    }

    pub(crate) fn unserved(&self, name: &'static str) -> Unserved {
        match self.faults.get(name) {
            Some(fault) => Unserved::Unwired {
                name,
                fault: fault.clone(),
            },
            None => Unserved::Unregistered { name },
        }
    }

    /// Sends a command, by way of the middleware.
    pub(crate) async fn dispatch<C: Command>(
        self: &Arc<Self>,
        command: C,
        options: Options,
    ) -> CommandResult<C> {
        if self.middleware.is_empty() {
            command
                .__route(CommandCall::new(Via::App(self), options))
                .await
        } else {
            // Boxed, so that who has none has no place for it in each future.
            Box::pin(self.middleware.dispatch(self, command, options)).await
        }
    }

    /// Asks a query, by way of the middleware.
    pub(crate) async fn ask<Q: Query>(
        self: &Arc<Self>,
        query: Q,
        options: Options,
    ) -> QueryResult<Q> {
        if self.middleware.is_empty() {
            query.__route(QueryCall::new(Via::App(self), options)).await
        } else {
            Box::pin(self.middleware.ask(self, query, options)).await
        }
    }

    /// Waits until views have seen what a query must see.
    pub(crate) async fn wait_for<E>(
        &self,
        views: &[Arc<Progress>],
        consistency: Consistency,
    ) -> Result<(), AskError<E>> {
        let after = match consistency {
            // What is there is taken, unless it was never whole.
            Consistency::Eventual => {
                let built = views.iter().try_for_each(|view| view.refuse_half_built());
                return Ok(built?);
            }
            Consistency::OwnWrites => Position::START,
            Consistency::After(token) => self.position_of(token)?,
        };
        // One limit for all of them, from when the first is waited for.
        let mut deadline = None;
        for view in views {
            let wanted = view.wanted().max(after);
            if view.has_reached(wanted) {
                continue;
            }
            let now = Instant::now();
            let deadline = *deadline.get_or_insert_with(|| now + self.wait_limit);
            view.reach(wanted, deadline.saturating_duration_since(now))
                .await?;
        }
        Ok(())
    }

    fn position_of<E>(&self, token: Token) -> Result<Position, AskError<E>> {
        let nothing = token.position() == Position::START;
        if nothing || token.identity() == self.log.identity {
            Ok(token.position())
        } else {
            Err(AskError::ForeignToken(token))
        }
    }

    /// What comes after something that took all the time has this much for itself.
    const STEP: Duration = Duration::from_secs(1);

    /// The store has what was given to it to finish.
    const CLOSING: Duration = Duration::from_secs(5);

    /// Stops handlers of events, waits for what is in flight, stops views, and closes the store.
    ///
    /// It can be called again, and given up: whoever calls it next goes on with it.
    pub(super) async fn shutdown(self: &Arc<Self>) -> Result<(), ShutdownError> {
        let deadline = Instant::now() + self.shutdown_limit;
        let at_least = |step| deadline.max(Instant::now() + step);

        self.closing.store(true, Ordering::SeqCst);
        // They start calls themselves, and a call may wait for a view.
        let mut given_up = self.projections.stop_handlers(at_least(Self::STEP)).await;
        let calls = self.calls_end(at_least(Self::STEP)).await;
        let views = self.projections.stop_views(at_least(Self::STEP));
        given_up.extend(views.await);
        self.projections.leave().await;
        let closed = timeout_at(at_least(Self::CLOSING), self.log.store.close());
        closed.await.map_err(|_elapsed| {
            StoreError::new(
                StoreErrorKind::Unavailable,
                "the store has not closed in time: it still works at what it was given",
            )
        })??;

        if given_up.is_empty() && calls == 0 {
            return Ok(());
        }
        Err(ShutdownError::Unfinished {
            limit: self.shutdown_limit,
            given_up,
            calls,
        })
    }

    /// Waits until nothing is in flight. The answer is how much still was by then.
    async fn calls_end(self: &Arc<Self>, until: Instant) -> usize {
        loop {
            let calls = Arc::strong_count(self) - 1;
            if calls == 0 || Instant::now() >= until {
                return calls;
            }
            // Who ends a call says so before it lets go of the core, so the number is looked at again a moment later too.
            let ended = self.call_ended.notified();
            let _either = timeout(Duration::from_millis(5), ended).await;
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

/// A call in flight: while there is one, the app does not end.
pub(crate) struct InFlight(Arc<Core>);

impl InFlight {
    #[inline]
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::clone(core))
    }

    #[inline]
    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.0
    }
}

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        if self.0.closing.load(Ordering::Relaxed) {
            self.0.call_ended.notify_one();
        }
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InFlight")
    }
}

/// Makes an error of a command that was carried out before into a success, where there is only one way to answer it.
pub(crate) fn answer_again<T: 'static, E>(
    result: Result<Committed<T>, DispatchError<E>>,
) -> Result<Committed<T>, DispatchError<E>> {
    match result {
        Err(DispatchError::AlreadyHandled {
            command_id,
            position,
        }) => match unit::<T>() {
            Some(output) => Ok(Committed { output, position }),
            None => Err(DispatchError::AlreadyHandled {
                command_id,
                position,
            }),
        },
        other => other,
    }
}

/// `()`, if that is what a `T` is.
fn unit<T: 'static>() -> Option<T> {
    let mut unit = Some(());
    (&mut unit as &mut dyn Any)
        .downcast_mut::<Option<T>>()
        .and_then(Option::take)
}
