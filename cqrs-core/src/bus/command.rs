//! A bus of commands.

use std::sync::Arc;

use crate::{
    Answering, Command, CommandHandler, CommandResult, Committed, DispatchError, HandledBy,
    HandlerContext, Token,
    call::{CommandCall, CommandSlot, Options, Service, Via},
    services::Services,
};

/// Sends commands to handlers and closures that were registered by hand.
///
/// ```
/// use cqrs_core::{Command, CommandBus, HandlerError};
///
/// struct Deposit {
///     cents: u64,
/// }
///
/// impl Command for Deposit {
///     const NAME: &'static str = "Deposit";
///     type Output = u64;
///     type Error = HandlerError;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = CommandBus::new().on(async |deposit: Deposit| Ok(deposit.cents * 2));
/// assert_eq!(bus.dispatch(Deposit { cents: 21 }).await?.output, 42);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct CommandBus {
    services: Services,
}

impl CommandBus {
    /// A bus that nothing is registered on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends the command `C` to this handler, in place of what was registered for it before.
    ///
    /// One handler for several commands is shared: `bus.handle::<Deposit, _>(bank.clone()).handle::<Withdraw, _>(bank)`.
    #[must_use]
    pub fn handle<C, H>(mut self, handler: impl Into<Arc<H>>) -> Self
    where
        C: HandledBy<H>,
        H: CommandHandler<C>,
    {
        let handler = handler.into();
        self.services.insert(Service::new(Arc::clone(&handler)));
        self.slot(move |_, command: C| {
            let handler = Arc::clone(&handler);
            Box::pin(
                async move { handled(handler.handle(command, HandlerContext::of_bus()).await) },
            )
        });
        self
    }

    /// Sends the command `C` to this closure, in place of what was registered for it before.
    #[must_use]
    pub fn on<C, F, R>(mut self, closure: F) -> Self
    where
        C: Command,
        F: Fn(C) -> R + Send + Sync + 'static,
        R: Future<Output = Result<C::Output, C::Error>> + Send + 'static,
    {
        self.slot(move |_, command: C| {
            let answer = closure(command);
            Box::pin(async move { handled(answer.await) })
        });
        self
    }

    /// Sends a command to what was registered for it.
    ///
    /// # Errors
    ///
    /// [`DispatchError::Rejected`], and [`DispatchError::Unserved`] when nothing was registered.
    // Hands on the route's own future, not one of its own around it.
    pub fn dispatch<C: Command>(
        &self,
        command: C,
    ) -> Answering<C::Output, impl Future<Output = CommandResult<C>> + Send> {
        command.__route(CommandCall::new(Via::Bus(&self.services), Options::none()))
    }

    fn slot<C: Command>(
        &mut self,
        serve: impl for<'a> Fn(CommandCall<'a>, C) -> futures::future::BoxFuture<'a, CommandResult<C>>
        + Send
        + Sync
        + 'static,
    ) {
        self.services.insert(CommandSlot::new(serve));
    }
}

fn handled<T, E>(result: Result<T, E>) -> Result<Committed<T>, DispatchError<E>> {
    match result {
        Ok(output) => Ok(Committed {
            output,
            position: Token::nothing(),
        }),
        Err(error) => Err(DispatchError::Rejected(error)),
    }
}
