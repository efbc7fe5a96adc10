//! Handlers: services whose needs are injected.

mod context;
mod error;
mod inject;

pub use self::{
    context::HandlerContext,
    error::{HandlerError, Severity},
    inject::{Injector, Need},
};
pub(crate) use self::{
    error::Passing,
    inject::{Provided, ProvidedTwice},
};
use crate::Recorded;

/// A service that is made when the app starts: its fields are what it needs.
///
/// Derived by `#[derive(Handler)]`, which takes each field from what was provided.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "a handler is expected here",
    note = "add `#[derive(cqrs::Handler)]` to `{Self}`"
)]
pub trait Handler: Send + Sync + Sized + 'static {
    /// Its name in messages and, where it follows events, the name its place in the log is kept under.
    const NAME: &'static str;

    /// Makes it. `None` when something is missing, which the injector has noted then.
    fn inject(from: &mut Injector<'_>) -> Option<Self>;
}

/// Follows one kind of event for its side effects: durable, at least once, in order per stream.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle the event `{E}`",
    label = "`{Self}` lists this event and does not handle it",
    note = "write `impl EventHandler<{E}> for {Self}`"
)]
pub trait EventHandler<E: FollowedByHandler<Self>>: Send + Sync + Sized + 'static {
    /// Handles the event. It may be called again with the same event.
    ///
    /// # Errors
    ///
    /// [`HandlerError`] says whether to try again or to park the event.
    fn handle(
        &self,
        event: &Recorded<E>,
        cx: &HandlerContext,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;
}

/// An event that a handler follows.
///
/// Written by `#[handler(events(..))]`.
#[diagnostic::on_unimplemented(
    message = "`{H}` does not follow the event `{Self}`",
    label = "this impl would never be called",
    note = "add it to the handler: `#[handler(name = \"..\", events({Self}))]`"
)]
// Not `: Event`, as in `FollowedBy`.
pub trait FollowedByHandler<H> {}
