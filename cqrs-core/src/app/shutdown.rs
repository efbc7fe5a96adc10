//! Why an app has not ended as it should.

use std::{fmt, time::Duration};

use thiserror::Error;

use crate::{StoreError, store::documents::Subscription};

/// Why an app has not ended as it should. It has ended all the same.
///
/// Nothing that was acknowledged is lost by it, as when the process is killed: what a handler had in hand comes to it again,
/// and a call that was given up is told that the store is closed.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// Something had not ended in time.
    #[error(
        "not ended within {limit:?}: {}; raise `shutdown_limit`, or let them end sooner",
        Unfinished(given_up, *calls)
    )]
    Unfinished {
        /// How long it was waited for: the [`shutdown_limit`](super::AppBuilder::shutdown_limit).
        limit: Duration,
        /// The handlers, views and projections that had not ended.
        given_up: Vec<Subscription>,
        /// How many commands and queries had not.
        calls: usize,
    },
    /// The store could not finish what it was given.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What had not ended, as a list.
struct Unfinished<'a>(&'a [Subscription], usize);

impl fmt::Display for Unfinished<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(given_up, calls) = self;
        let mut parts: Vec<String> = given_up.iter().map(ToString::to_string).collect();
        match calls {
            0 => {}
            1 => parts.push("one call".into()),
            calls => parts.push(format!("{calls} calls")),
        }
        f.write_str(&parts.join(", "))
    }
}
