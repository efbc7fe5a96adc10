//! How a projection follows one kind of event, without its type.

use std::fmt;

use futures::future::{BoxFuture, FutureExt};

use super::{FollowedByProjection, ProjectRows, Projection, TablesOf};
use crate::{Event, HandlerError, event::EventKind, feed::FeedEvent};

/// How a projection follows one kind of event.
pub struct FollowRows<P: Projection> {
    pub(crate) kind: EventKind,
    pub(crate) project: ProjectRow<P>,
}

/// Changes rows for an event, whose type it knows.
pub(crate) type ProjectRow<P> =
    for<'a> fn(&'a FeedEvent, &'a mut TablesOf<P>) -> BoxFuture<'a, Result<(), HandlerError>>;

impl<P: Projection> FollowRows<P> {
    /// The projection follows this kind of event by its [`ProjectRows`] impl.
    #[must_use]
    pub const fn event<E: Event + FollowedByProjection<P>>() -> Self
    where
        P: ProjectRows<E>,
    {
        Self {
            kind: EventKind::of::<E>(),
            project: project::<P, E>,
        }
    }
}

fn project<'a, P, E>(
    event: &'a FeedEvent,
    tables: &'a mut TablesOf<P>,
) -> BoxFuture<'a, Result<(), HandlerError>>
where
    P: ProjectRows<E>,
    E: Event + FollowedByProjection<P>,
{
    async move {
        let event = event.recorded::<E>().map_err(HandlerError::permanent)?;
        P::project(event, tables).await
    }
    .boxed()
}

impl<P: Projection> fmt::Debug for FollowRows<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowRows")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
