//! Commands: what the program can be asked to do.

mod error;

use std::fmt;

pub use self::error::{DispatchError, InvalidMessage, Unserved};
use crate::{Token, call::CommandCall};

/// Something that the program can be asked to do.
///
/// Usually derived. By hand it is a name and two types, and is sent on a [`CommandBus`](crate::CommandBus) to whatever
/// was registered for it:
///
/// ```
/// struct Deposit {
///     cents: u64,
/// }
///
/// impl cqrs_core::Command for Deposit {
///     const NAME: &'static str = "Deposit";
///     type Output = ();
///     type Error = cqrs_core::HandlerError;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "a command is expected here",
    note = "add `#[derive(cqrs::Command)]` to `{Self}`"
)]
pub trait Command: Send + Sized + 'static {
    /// Its stored name.
    const NAME: &'static str;

    /// What it is answered with.
    type Output: Send + 'static;

    /// Why it is rejected.
    type Error: MessageError;

    /// The way to who decides or handles it. The derive writes a way without a look-up; without one, the command goes
    /// to what was registered for its type.
    #[doc(hidden)]
    fn __route(self, call: CommandCall<'_>) -> impl Way<Self> {
        call.registered(self)
    }
}

/// A way to who serves the command `C`, which ends in what becomes of it.
///
/// A name for it, so that the signature of a route says nothing of the command's types: one that is not there would be
/// missed there once more, where the `impl` is.
#[doc(hidden)]
pub trait Way<C: Command>: Future<Output = CommandResult<C>> + Send {}

impl<C: Command, F: Future<Output = CommandResult<C>> + Send> Way<C> for F {}

/// What becomes of a command.
pub type CommandResult<C> =
    Result<Committed<<C as Command>::Output>, DispatchError<<C as Command>::Error>>;

/// Why a command or query can be rejected: any type that can be shown.
#[diagnostic::on_unimplemented(
    message = "this type is not an error that a message can be rejected with",
    label = "it is used as an error",
    note = "an error is `Display + Debug + Send + Sync + 'static`: derive `Debug` and `thiserror::Error` on it"
)]
#[expect(
    unknown_or_malformed_diagnostic_attributes,
    reason = "what this trait stands for is not to be one error each, where the bound is an associated type's"
)]
#[diagnostic::do_not_recommend]
pub trait MessageError: fmt::Display + fmt::Debug + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + fmt::Debug + Send + Sync + 'static> MessageError for T {}

/// The answer to a command, and what has been written when it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed<T> {
    /// What the command answers.
    pub output: T,
    /// The place in the log of the last event that the command wrote or was decided on: give it to
    /// [`App::after`](crate::App::after) to read what it wrote, from anywhere.
    pub position: Token,
}

impl<T> Committed<T> {
    /// What the command answers.
    #[must_use]
    pub fn into_output(self) -> T {
        self.output
    }

    /// The same with another output.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Committed<U> {
        Committed {
            output: change(self.output),
            position: self.position,
        }
    }
}

/// Handles one kind of command: a service with side effects, as opposed to an aggregate.
///
/// ```
/// use cqrs_core::{Command, CommandHandler, HandledBy, HandlerContext, HandlerError};
/// # struct Deposit { cents: u64 }
/// # impl Command for Deposit {
/// #     const NAME: &'static str = "Deposit";
/// #     type Output = (); type Error = HandlerError;
/// # }
///
/// struct Bank;
///
/// // The derives write this line.
/// impl HandledBy<Bank> for Deposit {}
///
/// impl CommandHandler<Deposit> for Bank {
///     async fn handle(&self, command: Deposit, _: &HandlerContext) -> Result<(), HandlerError> {
///         println!("{} cents", command.cents);
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle the command `{C}`",
    label = "`{C}` is routed to `{Self}`",
    note = "write `impl CommandHandler<{C}> for {Self}`"
)]
pub trait CommandHandler<C: HandledBy<Self>>: Send + Sync + Sized + 'static {
    /// Handles the command.
    ///
    /// # Errors
    ///
    /// Why the command is rejected.
    fn handle(
        &self,
        command: C,
        cx: &crate::HandlerContext,
    ) -> impl Future<Output = Result<C::Output, C::Error>> + Send;
}

/// A command that a service handles.
///
/// Written by `#[command(handler = ..)]` on the command or by `#[handler(commands(..))]` on the service.
#[diagnostic::on_unimplemented(
    message = "nothing sends the command `{Self}` to `{H}`",
    label = "this impl would never be called",
    note = "write `#[command(handler = {H})]` on `{Self}`, or `#[handler(commands({Self}))]` on `{H}` if the command is in another crate"
)]
pub trait HandledBy<H>: Command {}
