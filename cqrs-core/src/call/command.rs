//! A command on its way.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;

use super::{Answering, Options, Service, Via};
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
    // That the command is the aggregate's is asked behind the aggregate: what is none would be found by its command.
    pub async fn decide<A, C>(self, command: C) -> CommandResult<C>
    where
        A: Decide<C>,
        Answering<A::Id, C>: DecidedBy<A>,
        C: Command,
    {
        let Some(core) = self.via.straight().and_then(Via::core) else {
            return self.otherwise(command).await;
        };
        let Some(runtime) = core.services().get::<Arc<AggregateRuntime<A>>>() else {
            return self.otherwise(command).await;
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
        let Self { via, options } = self;
        let service = via.straight().and_then(|via| via.services().get());
        let Some(Service { handler, .. }): Option<&Service<H>> = service else {
            return Self { via, options }.otherwise(command).await;
        };
        let own;
        let cx = match via.core() {
            Some(core) => {
                own = HandlerContext::new(core, options);
                &own
            }
            None => HandlerContext::of_bus(),
        };
        match handler.handle(command, cx).await {
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
        let Some(via) = self.via.straight() else {
            return self.otherwise(command).await;
        };
        match via.services().get::<CommandSlot<C>>() {
            Some(slot) => (slot.0)(Self { via, ..self }, command).await,
            None => Err(DispatchError::Unserved(via.unserved(C::NAME))),
        }
    }

    /// By the middleware of an app, or to what was registered instead of what the command names.
    ///
    /// Boxed, so that the ways that are seldom gone take no place in the future of the usual one.
    #[cold]
    fn otherwise<C: Command>(self, command: C) -> BoxFuture<'a, CommandResult<C>> {
        Box::pin(async move {
            match self.via {
                Via::Gate(gate) => match gate.open() {
                    Some(core) => core.dispatch(command, self.options).await,
                    None => Err(DispatchError::ShuttingDown),
                },
                Via::App(_) | Via::Bus(_) => self.registered(command).await,
            }
        })
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
