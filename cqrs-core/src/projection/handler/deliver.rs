//! Giving one event to a handler, until it has it.

use std::panic::AssertUnwindSafe;

use futures::future::FutureExt;
use uuid::Uuid;

use super::HandlerFollower;
use crate::{
    CommandId, EventMeta, FeedEvent, HandlerContext, Severity,
    app::InFlight,
    guard::panic_text,
    projection::{
        backoff::Backoff,
        desk::{Desk, Halt},
        progress::Failing,
    },
    registry::Listen,
};

/// What became of an event.
#[derive(Debug)]
pub(super) enum Delivery {
    Handled,
    /// It is to be parked.
    Failed {
        attempts: u32,
        error: String,
    },
    /// An operator wants something first.
    Interrupted,
}

impl HandlerFollower {
    /// How often an event is tried when nobody can tell whether it helps.
    const ATTEMPTS: u32 = 8;

    /// Gives an event to the handler, again and again while that may help.
    pub(super) async fn deliver(
        &mut self,
        desk: &mut Desk,
        listen: &Listen,
        event: &FeedEvent,
    ) -> Result<Delivery, Halt> {
        let position = event.position();
        let mut backoff = Backoff::new();
        loop {
            let (severity, error) = match attempt(desk, listen, event).await? {
                Ok(()) => {
                    self.trying = None;
                    return Ok(Delivery::Handled);
                }
                Err(failure) => failure,
            };
            let before = self.trying.filter(|(trying, _)| *trying == position);
            let attempts = before.map_or(1, |(_, attempts)| attempts.saturating_add(1));
            self.trying = Some((position, attempts));
            let again = match severity {
                Severity::Transient => true,
                Severity::Unclear => attempts < Self::ATTEMPTS,
                Severity::Permanent => false,
            };
            if !again {
                self.trying = None;
                return Ok(Delivery::Failed { attempts, error });
            }
            let subscription = desk.progress.subscription();
            tracing::warn!(%subscription, %position, attempts, error, "the handler fails, trying again");
            // It may take long, and what was handled before need not come again.
            if !self.flush_before_waiting(desk).await? {
                // Somebody else delivers as well, and is at another place.
                return Ok(Delivery::Interrupted);
            }
            desk.progress.failing(Failing::Handler(error));
            desk.wait_or_called(&mut backoff).await?;
            if desk.is_called() {
                return Ok(Delivery::Interrupted);
            }
        }
    }
}

/// Gives an event to the handler once.
pub(super) async fn attempt(
    desk: &Desk,
    listen: &Listen,
    event: &FeedEvent,
) -> Result<Result<(), (Severity, String)>, Halt> {
    // Held only during the call, so that waiting does not keep the app alive.
    let Some(app) = desk.dispatcher.in_flight() else {
        return Err(Halt::Stopping);
    };
    let name = &*desk.progress.subscription().name;
    let cx = context(app, name, event.meta());
    let call = async { (listen.handle)(event, &cx).await };
    Ok(match AssertUnwindSafe(call).catch_unwind().await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err((error.severity(), error.to_string())),
        Err(panic) => Err((Severity::Unclear, panic_text(&*panic))),
    })
}

/// What it sends on has ids that are made from the event and the handler's name: when the event comes again, they come
/// again.
fn context(app: InFlight, handler: &str, event: &EventMeta) -> HandlerContext {
    let seed = Uuid::new_v5(&event.id.get(), handler.as_bytes());
    HandlerContext::of_event(app, event, CommandId::new(seed))
}
