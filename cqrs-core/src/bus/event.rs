//! A bus of events, for programs without a store.

use std::{any::TypeId, collections::HashMap, fmt, panic::AssertUnwindSafe, sync::Arc};

use futures::future::{BoxFuture, FutureExt};
use thiserror::Error;

use crate::HandlerError;

/// Publishes events to closures that were registered by hand: each gets every event of its type, in memory, in the order
/// of registration.
///
/// An error or panic of one does not keep the others from running. Without a store there is nothing to try again from:
/// durable subscriptions are what an [`App`](crate::App) adds.
///
/// ```
/// use cqrs_core::EventBus;
///
/// struct UserCreated {
///     username: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = EventBus::new().on("greeting", async |event: std::sync::Arc<UserCreated>| {
///     println!("hello {}", event.username);
///     Ok(())
/// });
/// bus.publish(UserCreated { username: "jane".into() }).await?;
/// # Ok(()) }
/// ```
#[derive(Default)]
pub struct EventBus {
    listeners: HashMap<TypeId, Box<dyn std::any::Any + Send + Sync>>,
}

struct Listeners<E>(Vec<Listener<E>>);

struct Listener<E> {
    name: &'static str,
    handle: Box<Handle<E>>,
}

type Handle<E> = dyn Fn(Arc<E>) -> BoxFuture<'static, Result<(), HandlerError>> + Send + Sync;

/// Some of those who listen to an event failed; the others have handled it.
#[derive(Debug, Error)]
#[error("{} of {listeners} listeners failed: {}", failed.len(), first_of(failed))]
pub struct PublishError {
    /// How many listen to the event.
    pub listeners: usize,
    /// Who failed, and how, in the order of registration.
    pub failed: Vec<(&'static str, HandlerError)>,
}

fn first_of(failed: &[(&'static str, HandlerError)]) -> String {
    failed
        .first()
        .map_or_else(String::new, |(name, error)| format!("`{name}`: {error}"))
}

impl EventBus {
    /// A bus that nobody listens on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has every event of type `E` handled by this closure too; `name` is what errors call it.
    #[must_use]
    pub fn on<E, F, R>(mut self, name: &'static str, closure: F) -> Self
    where
        E: Send + Sync + 'static,
        F: Fn(Arc<E>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        let listeners = self
            .listeners
            .entry(TypeId::of::<E>())
            .or_insert_with(|| Box::new(Listeners::<E>(Vec::new())));
        if let Some(Listeners(listeners)) = listeners.downcast_mut::<Listeners<E>>() {
            let handle = move |event| closure(event).boxed();
            listeners.push(Listener {
                name,
                handle: Box::new(handle),
            });
        }
        self
    }

    /// Gives an event to all who listen to its type, one after another. Nobody listening is no error.
    ///
    /// # Errors
    ///
    /// When some of them failed or panicked; all others have run.
    pub async fn publish<E: Send + Sync + 'static>(&self, event: E) -> Result<(), PublishError> {
        let entry = self.listeners.get(&TypeId::of::<E>());
        let Some(Listeners(listeners)) =
            entry.and_then(|entry| entry.downcast_ref::<Listeners<E>>())
        else {
            return Ok(());
        };
        let event = Arc::new(event);
        let mut failed = Vec::new();
        for listener in listeners {
            let handled = async { (listener.handle)(Arc::clone(&event)).await };
            // A listener that panicked is not asked again for this event.
            let result = AssertUnwindSafe(handled).catch_unwind().await;
            let result = result
                .unwrap_or_else(|_panic| Err(HandlerError::permanent("the listener panicked")));
            if let Err(error) = result {
                tracing::error!(listener = listener.name, %error, "an event was not handled");
                failed.push((listener.name, error));
            }
        }
        if failed.is_empty() {
            Ok(())
        } else {
            Err(PublishError {
                listeners: listeners.len(),
                failed,
            })
        }
    }
}

impl fmt::Debug for EventBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventBus({} kinds of event)", self.listeners.len())
    }
}
