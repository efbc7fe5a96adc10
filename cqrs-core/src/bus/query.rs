//! A bus of queries.

use std::sync::Arc;

use crate::{
    AnsweredBy, Answering, AskError, HandlerContext, Query, QueryHandler, QueryResult,
    call::{Options, QueryCall, QuerySlot, Service, Via},
    services::Services,
};

/// Asks handlers and closures that were registered by hand.
///
/// ```
/// use cqrs_core::{HandlerError, Query, QueryBus};
///
/// struct Balance;
///
/// impl Query for Balance {
///     const NAME: &'static str = "Balance";
///     type Output = u64;
///     type Error = HandlerError;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = QueryBus::new().on(async |_: Balance| Ok(42));
/// assert_eq!(bus.ask(Balance).await?, 42);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct QueryBus {
    services: Services,
}

impl QueryBus {
    /// A bus that nothing is registered on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the query `Q` answered by this handler, in place of what was registered for it before.
    #[must_use]
    pub fn handle<Q, H>(mut self, handler: impl Into<Arc<H>>) -> Self
    where
        Q: AnsweredBy<H>,
        H: QueryHandler<Q>,
    {
        let handler = handler.into();
        self.services.insert(Service::new(Arc::clone(&handler)));
        self.services
            .insert(QuerySlot::new(move |_: QueryCall<'_>, query: Q| {
                let handler = Arc::clone(&handler);
                Box::pin(async move {
                    handler
                        .handle(query, HandlerContext::of_bus())
                        .await
                        .map_err(AskError::Rejected)
                })
            }));
        self
    }

    /// Has the query `Q` answered by this closure, in place of what was registered for it before.
    #[must_use]
    pub fn on<Q, F, R>(mut self, closure: F) -> Self
    where
        Q: Query,
        F: Fn(Q) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Q::Output, Q::Error>> + Send + 'static,
    {
        self.services
            .insert(QuerySlot::new(move |_: QueryCall<'_>, query: Q| {
                let answer = closure(query);
                Box::pin(async move { answer.await.map_err(AskError::Rejected) })
            }));
        self
    }

    /// Asks what was registered for the query.
    ///
    /// # Errors
    ///
    /// [`AskError::Rejected`], and [`AskError::Unserved`] when nothing was registered.
    // Hands on the route's own future, not one of its own around it.
    pub fn ask<Q: Query>(
        &self,
        query: Q,
    ) -> Answering<Q::Output, impl Future<Output = QueryResult<Q>> + Send> {
        query.__route(QueryCall::new(Via::Bus(&self.services), Options::none()))
    }
}
