//! A query on its way.

use std::fmt;

use futures::future::BoxFuture;

use super::{Options, Service, Via};
use crate::{
    AnsweredBy, AskError, HandlerContext, KeyOf, Query, QueryHandler, QueryResult, View, Views,
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

    /// A field as the key of a view's documents.
    // Not a path to `KeyOf`: there what is no view would be an error once more, at the field.
    pub fn key<T, V>(field: &T) -> &V::Key
    where
        V: View,
        T: KeyOf<V, V::Key>,
    {
        field.key()
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
        let Some(core) = self.via.core() else {
            return Err(AskError::Unserved(self.via.unserved(Q::NAME)));
        };
        let Some(views) = core.services().get::<Views<V>>() else {
            return Err(AskError::Unserved(self.via.unserved(Q::NAME)));
        };
        let progress = std::slice::from_ref(views.progress());
        let consistency = self.options.consistency();
        if !consistency.is_met_by(progress) {
            core.wait_for(progress, consistency).await?;
        }
        Ok(views.get(key).await?)
    }

    /// To the handler that the query names.
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    #[inline]
    pub async fn handle<H, Q>(self, query: Q) -> QueryResult<Q>
    where
        H: QueryHandler<Q>,
        Q: AnsweredBy<H>,
    {
        let Some(Service { handler, reads }) = self.via.services().get::<Service<H>>() else {
            // Boxed, so that the way that is seldom gone takes no place in the future of the other.
            return Box::pin(self.registered(query)).await;
        };
        let own;
        let cx = match self.via.core() {
            Some(core) => {
                let consistency = self.options.consistency();
                if !consistency.is_met_by(reads) {
                    Box::pin(core.wait_for(reads, consistency)).await?;
                }
                own = HandlerContext::new(core, self.options);
                &own
            }
            None => HandlerContext::of_bus(),
        };
        handler.handle(query, cx).await.map_err(AskError::Rejected)
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
        match self.via.core() {
            Some(core) => core.ask(query, self.options).await,
            None => query.__route(self).await,
        }
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
