//! What is wrapped around every command and query.

mod chain;
mod metrics;
mod timeout;
mod tracing;

use std::{any::Any, fmt};

use futures::future::BoxFuture;

pub(crate) use self::chain::Chain;
pub use self::{metrics::Metrics, timeout::Timeout, tracing::Tracing};
use crate::Metadata;

/// Wraps every command and query of an app.
///
/// ```
/// use cqrs_core::{Call, Middleware, Next, Outcome};
///
/// /// Lets only those pass who say who they are.
/// struct Authenticated;
///
/// impl Middleware for Authenticated {
///     async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
///         if call.metadata().actor_name().is_none() {
///             return Outcome::refused("say who you are");
///         }
///         next.run(call).await
///     }
/// }
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Handles one message: by [`Next::run`] it goes on, without it it ends here.
    fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> impl Future<Output = Outcome> + Send;
}

/// A message on its way through the middleware.
pub struct Call<'a> {
    kind: CallKind,
    name: &'static str,
    metadata: &'a mut Metadata,
    message: &'a mut (dyn Any + Send),
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// It asks for something to be done.
    Command,
    /// It asks for an answer.
    Query,
}

impl CallKind {
    /// `command` or `query`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Query => "query",
        }
    }
}

impl Call<'_> {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> CallKind {
        self.kind
    }

    /// Its stored name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Who sent it, and why.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        self.metadata
    }

    /// Who sent it, and why, to change.
    pub const fn metadata_mut(&mut self) -> &mut Metadata {
        self.metadata
    }

    /// The message, if it is an `M` and has not been taken up yet.
    #[must_use]
    pub fn message<M: 'static>(&self) -> Option<&M> {
        self.message.downcast_ref::<Option<M>>()?.as_ref()
    }

    /// The message to change, if it is an `M` and has not been taken up yet.
    pub fn message_mut<M: 'static>(&mut self) -> Option<&mut M> {
        self.message.downcast_mut::<Option<M>>()?.as_mut()
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// The rest of the way: the next middleware, or who serves the message.
pub struct Next<'a> {
    rest: &'a [Box<dyn chain::Link>],
    end: End<'a>,
}

/// Serves the message, and keeps its answer where the sender finds it.
pub(crate) type End<'a> = Box<dyn FnOnce(&mut Call<'_>) -> BoxFuture<'a, Outcome> + Send + 'a>;

impl Next<'_> {
    /// Goes on.
    pub async fn run(self, call: &mut Call<'_>) -> Outcome {
        match self.rest.split_first() {
            Some((next, rest)) => {
                next.handle(
                    call,
                    Next {
                        rest,
                        end: self.end,
                    },
                )
                .await
            }
            None => (self.end)(call).await,
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next({} more)", self.rest.len())
    }
}

/// How a message ended, without the types of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    result: Result<(), Ended>,
}

/// Why a message was not carried out or answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Who serves it rejected it: the text of the rejection.
    Rejected(String),
    /// Anything else that [`DispatchError`](crate::DispatchError) or [`AskError`](crate::AskError) say: the text.
    Failed(String),
    /// Middleware did not let it pass: the text.
    Refused(String),
    /// Middleware stopped waiting.
    TimedOut,
}

impl Outcome {
    pub(crate) const fn new(result: Result<(), Ended>) -> Self {
        Self { result }
    }

    /// It does not pass. The sender gets `Refused` with this text.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::new(Err(Ended::Refused(reason.into())))
    }

    /// It took too long. The sender gets `TimedOut`.
    pub const fn timed_out() -> Self {
        Self::new(Err(Ended::TimedOut))
    }

    /// How it ended.
    ///
    /// # Errors
    ///
    /// Why it was not carried out or answered.
    pub const fn result(&self) -> Result<(), &Ended> {
        match &self.result {
            Ok(()) => Ok(()),
            Err(ended) => Err(ended),
        }
    }

    /// One word for it: `ok`, `rejected`, `failed`, `refused` or `timed_out`.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match &self.result {
            Ok(()) => "ok",
            Err(Ended::Rejected(_)) => "rejected",
            Err(Ended::Failed(_)) => "failed",
            Err(Ended::Refused(_)) => "refused",
            Err(Ended::TimedOut) => "timed_out",
        }
    }
}
