//! Queries: what the program can be asked.

mod error;

pub use self::error::AskError;
use crate::{HandlerContext, MessageError, call::QueryCall};

/// Something that the program can be asked, and that changes nothing.
///
/// Usually derived. By hand it is a name and two types, and is asked on a [`QueryBus`](crate::QueryBus).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "a query is expected here",
    note = "add `#[derive(cqrs::Query)]` to `{Self}`"
)]
pub trait Query: Send + Sized + 'static {
    /// Its stored name.
    const NAME: &'static str;

    /// What it is answered with.
    type Output: Send + 'static;

    /// Why it is rejected.
    type Error: MessageError;

    /// The way to who answers it: see [`Command`](crate::Command).
    #[doc(hidden)]
    fn __route(self, call: QueryCall<'_>) -> impl Future<Output = QueryResult<Self>> + Send {
        call.registered(self)
    }
}

/// What becomes of a query.
pub type QueryResult<Q> = Result<<Q as Query>::Output, AskError<<Q as Query>::Error>>;

/// Answers one kind of query.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not answer the query `{Q}`",
    label = "`{Q}` is routed to `{Self}`",
    note = "write `impl QueryHandler<{Q}> for {Self}`"
)]
pub trait QueryHandler<Q: AnsweredBy<Self>>: Send + Sync + Sized + 'static {
    /// Answers the query.
    ///
    /// # Errors
    ///
    /// Why the query is rejected.
    fn handle(
        &self,
        query: Q,
        cx: &HandlerContext,
    ) -> impl Future<Output = Result<Q::Output, Q::Error>> + Send;
}

/// A query that a service answers.
///
/// Written by `#[query(handler = ..)]` on the query or by `#[handler(queries(..))]` on the service.
#[diagnostic::on_unimplemented(
    message = "nothing sends the query `{Self}` to `{H}`",
    label = "this impl would never be called",
    note = "write `#[query(handler = {H})]` on `{Self}`, or `#[handler(queries({Self}))]` on `{H}` if the query is in another crate"
)]
pub trait AnsweredBy<H>: Query {}
