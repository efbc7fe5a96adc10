//! How a handler follows events.

use std::panic::Location;

use futures::future::{BoxFuture, FutureExt};

use super::Place;
use crate::{
    Event, EventHandler, FollowedByHandler, HandlerContext, HandlerError, event::EventKind,
    feed::FeedEvent,
};

/// How a handler follows one kind of event.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    pub(crate) kind: EventKind,
    pub(crate) place: Place,
    /// Handles the event with the handler of the app that the context belongs to.
    pub(crate) handle: HandleEvent,
}

pub(crate) type HandleEvent =
    for<'a> fn(&'a FeedEvent, &'a HandlerContext) -> BoxFuture<'a, Result<(), HandlerError>>;

impl Listen {
    /// The handler `H` follows the event `E`.
    #[must_use]
    #[track_caller]
    pub const fn to<H, E>() -> Self
    where
        H: EventHandler<E>,
        E: Event + FollowedByHandler<H>,
    {
        Self {
            kind: EventKind::of::<E>(),
            place: Location::caller(),
            handle: |event, cx| {
                async move {
                    let event = event.recorded::<E>().map_err(HandlerError::permanent)?;
                    match cx.service::<H>() {
                        Some(handler) => handler.handle(event, cx).await,
                        None => Err(HandlerError::permanent("the handler was not made")),
                    }
                }
                .boxed()
            },
        }
    }
}
