//! A query on its way.

use std::fmt;

use futures::future::BoxFuture;

use super::{Options, Service, Via};
use crate::{
    AnsweredBy, AskError, HandlerContext, Query, QueryHandler, QueryResult, View, Views, app::Reads,
};

/// A query on its way.
#[derive(Debug)]
pub struct QueryCall<'a> {
    via: Via<'a>,
    options: Options,
}

impl<'a> QueryCall<'a> {
    pub(crate) const fn new(via: Via<'a>, options: Options) -> Self {
        Self { via, options }
    }

    /// To the document of a view.
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    pub async fn document<V, Q>(self, key: &V::Key) -> QueryResult<Q>
    where
        V: View,
        Q: Query<Output = Option<V>>,
    {
        let Via::App(core) = self.via else {
            return Err(AskError::Unserved(self.via.unserved(Q::NAME)));
        };
        let Some(views) = core.services().get::<Views<V>>() else {
            return Err(AskError::Unserved(self.via.unserved(Q::NAME)));
        };
        core.wait_for(
            std::slice::from_ref(views.progress()),
            self.options.consistency(),
        )
        .await?;
        Ok(views.get(key).await?)
    }

    /// To the handler that the query names.
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    pub async fn handle<H, Q>(self, query: Q) -> QueryResult<Q>
    where
        H: QueryHandler<Q>,
        Q: AnsweredBy<H>,
    {
        match self.via.services().get::<Service<H>>() {
            Some(Service(handler)) => {
                if let Via::App(core) = self.via
                    && let Some(reads) = core.services().get::<Reads<H>>()
                {
                    core.wait_for(reads.views(), self.options.consistency())
                        .await?;
                }
                let cx = HandlerContext::new(self.via, self.options);
                handler.handle(query, &cx).await.map_err(AskError::Rejected)
            }
            None => self.registered(query).await,
        }
    }

    /// To whatever was registered for the query's type.
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    pub async fn registered<Q: Query>(self, query: Q) -> QueryResult<Q> {
        match self.via.services().get::<QuerySlot<Q>>() {
            Some(slot) => (slot.0)(self, query).await,
            None => Err(AskError::Unserved(self.via.unserved(Q::NAME))),
        }
    }

    /// To where the query's own type says, by way of an app's middleware.
    pub(crate) async fn ask<Q: Query>(self, query: Q) -> QueryResult<Q> {
        match self.via {
            Via::App(core) => core.ask(query, self.options).await,
            Via::Bus(_) => query.__route(self).await,
        }
    }

    /// What a closure that answers the query is given.
    pub(crate) fn into_context(self) -> HandlerContext {
        HandlerContext::new(self.via, self.options)
    }
}

/// What was registered for a type of query.
pub(crate) struct QuerySlot<Q: Query>(Box<Serve<Q>>);

type Serve<Q> = dyn for<'a> Fn(QueryCall<'a>, Q) -> BoxFuture<'a, QueryResult<Q>> + Send + Sync;

impl<Q: Query> QuerySlot<Q> {
    pub(crate) fn new(
        serve: impl for<'a> Fn(QueryCall<'a>, Q) -> BoxFuture<'a, QueryResult<Q>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Box::new(serve))
    }
}

impl<Q: Query> fmt::Debug for QuerySlot<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QuerySlot<{}>", Q::NAME)
    }
}
