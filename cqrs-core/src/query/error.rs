//! What can become of a query beside its answer.

use std::{error::Error, fmt};

use crate::{StoreError, Token, command::Unserved, handler::Passing, view::ReadViewError};

/// Why a query was not answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum AskError<E> {
    /// Its handler rejected it.
    Rejected(E),
    /// The view that answers it could not be read, or has not seen yet what it must.
    View(ReadViewError),
    /// The store failed.
    Store(StoreError),
    /// The token is of another store, or of a history that was replaced by a backup.
    ForeignToken(Token),
    /// What was sent by name is not what the query looks like.
    Invalid(crate::command::InvalidMessage),
    /// This app has nobody for it.
    Unserved(Unserved),
    /// Middleware did not let it pass.
    Refused(String),
    /// It took longer than the time it was given.
    TimedOut,
    /// The app is shutting down.
    ShuttingDown,
}

impl<E> AskError<E> {
    /// The same with another rejection.
    pub fn map<F>(self, change: impl FnOnce(E) -> F) -> AskError<F> {
        match self {
            Self::Rejected(error) => AskError::Rejected(change(error)),
            Self::View(error) => AskError::View(error),
            Self::Store(error) => AskError::Store(error),
            Self::ForeignToken(token) => AskError::ForeignToken(token),
            Self::Invalid(error) => AskError::Invalid(error),
            Self::Unserved(error) => AskError::Unserved(error),
            Self::Refused(reason) => AskError::Refused(reason),
            Self::TimedOut => AskError::TimedOut,
            Self::ShuttingDown => AskError::ShuttingDown,
        }
    }

    /// Why it was rejected, if it was.
    pub fn rejection(self) -> Option<E> {
        match self {
            Self::Rejected(error) => Some(error),
            _ => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for AskError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => error.fmt(f),
            Self::View(error) => error.fmt(f),
            Self::Store(_) => f.write_str("the store failed"),
            Self::ForeignToken(token) => write!(
                f,
                "the token `{token}` is of another store, or of a history that was replaced: ask without it"
            ),
            Self::Invalid(error) => error.fmt(f),
            Self::Unserved(error) => error.fmt(f),
            Self::Refused(reason) => f.write_str(reason),
            Self::TimedOut => f.write_str("it took longer than the time it was given"),
            Self::ShuttingDown => f.write_str("the app is shutting down"),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> Error for AskError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::View(error) if error.is_transient() => error.source().or(Some(&Passing)),
            Self::View(error) => error.source(),
            Self::Store(error) => Some(error),
            Self::TimedOut => Some(&Passing),
            Self::Invalid(error) => error.source(),
            _ => None,
        }
    }
}

impl<E> From<ReadViewError> for AskError<E> {
    fn from(error: ReadViewError) -> Self {
        Self::View(error)
    }
}
