//! A command on its way.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;

use super::{Options, Service, Via};
use crate::{
    Command, CommandHandler, CommandResult, Committed, Decide, DecidedBy, DispatchError, HandledBy,
    HandlerContext, app::InFlight, runtime::AggregateRuntime,
};

/// A command on its way.
#[derive(Debug)]
pub struct CommandCall<'a> {
    via: Via<'a>,
    options: Options,
}

impl<'a> CommandCall<'a> {
    pub(crate) const fn new(via: Via<'a>, options: Options) -> Self {
        Self { via, options }
    }

    /// To the aggregate that the command names.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn decide<A, C>(self, command: C) -> CommandResult<C>
    where
        A: Decide<C>,
        C: DecidedBy<A>,
    {
        let Via::App(core) = self.via else {
            return self.registered(command).await;
        };
        let Some(runtime) = core.services().get::<Arc<AggregateRuntime<A>>>() else {
            return self.registered(command).await;
        };
        let _in_flight = InFlight::new(core);
        runtime.dispatch(command, self.options).await
    }

    /// To the handler that the command names.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    #[inline]
    pub async fn handle<H, C>(self, command: C) -> CommandResult<C>
    where
        H: CommandHandler<C>,
        C: HandledBy<H>,
    {
        let Some(Service(handler)) = self.via.services().get::<Service<H>>() else {
            // Boxed, so that the way that is seldom gone takes no place in the future of the other.
            return Box::pin(self.registered(command)).await;
        };
        let cx = HandlerContext::new(self.via, self.options);
        match handler.handle(command, &cx).await {
            Ok(output) => Ok(Committed {
                output,
                position: cx.reached(),
            }),
            Err(error) => Err(DispatchError::Rejected(error)),
        }
    }

    /// To whatever was registered for the command's type.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn registered<C: Command>(self, command: C) -> CommandResult<C> {
        match self.via.services().get::<CommandSlot<C>>() {
            Some(slot) => (slot.0)(self, command).await,
            None => Err(DispatchError::Unserved(self.via.unserved(C::NAME))),
        }
    }

    /// To where the command's own type says, by way of an app's middleware.
    pub(crate) async fn dispatch<C: Command>(self, command: C) -> CommandResult<C> {
        match self.via {
            Via::App(core) => core.dispatch(command, self.options).await,
            Via::Bus(_) => command.__route(self).await,
        }
    }

    /// What a closure that handles the command is given.
    pub(crate) fn into_context(self) -> HandlerContext {
        HandlerContext::new(self.via, self.options)
    }
}

/// What was registered for a type of command.
pub(crate) struct CommandSlot<C: Command>(Box<Serve<C>>);

type Serve<C> = dyn for<'a> Fn(CommandCall<'a>, C) -> BoxFuture<'a, CommandResult<C>> + Send + Sync;

impl<C: Command> CommandSlot<C> {
    pub(crate) fn new(
        serve: impl for<'a> Fn(CommandCall<'a>, C) -> BoxFuture<'a, CommandResult<C>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Box::new(serve))
    }
}

impl<C: Command> fmt::Debug for CommandSlot<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommandSlot<{}>", C::NAME)
    }
}
