//! What can become of a command beside its success.

use std::{error::Error, fmt};

use crate::{
    AppendError, CommandId, DecodeError, EncodeError, InvalidText, ReadError, StoreError, StreamId,
    Token, handler::Passing,
};

/// Why a command was not carried out; but see [`DispatchError::Unknown`].
#[derive(Debug)]
#[non_exhaustive]
pub enum DispatchError<E> {
    /// Its aggregate or handler rejected it.
    Rejected(E),
    /// It creates an aggregate that is there already.
    AlreadyExists {
        /// The aggregate.
        stream: StreamId,
    },
    /// Its aggregate is not there.
    NotFound {
        /// The aggregate.
        stream: StreamId,
    },
    /// Others kept writing to the same aggregate, however often it was decided again: send it again.
    Conflict {
        /// The aggregate.
        stream: StreamId,
        /// How often it was decided.
        attempts: u32,
    },
    /// A command with this id was carried out before.
    AlreadyHandled {
        /// The id.
        command_id: CommandId,
        /// Where its last event is.
        position: Token,
    },
    /// It may have happened: send it again with this id, by [`App::with_id`](crate::App::with_id), and it will not happen
    /// twice.
    Unknown {
        /// The id to send it again with.
        command_id: CommandId,
        /// What broke.
        source: StoreError,
    },
    /// The store failed; it did not happen.
    Store(StoreError),
    /// More waits to be written than the store takes: send it again later.
    Overloaded,
    /// Its id, a tag or an event is nothing that can be stored, or too large.
    Invalid(InvalidMessage),
    /// A stored event of its aggregate cannot be read by this program.
    Unreadable(DecodeError),
    /// This app has nobody for it.
    Unserved(Unserved),
    /// Middleware did not let it pass.
    Refused(String),
    /// It took longer than the time it was given. It may have happened.
    TimedOut,
    /// The app is shutting down.
    ShuttingDown,
}

/// Why a message cannot be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// The aggregate's id.
    #[error(transparent)]
    Id(#[from] InvalidText),
    /// An event.
    #[error(transparent)]
    Event(#[from] EncodeError),
    /// The whole append.
    #[error(transparent)]
    Append(Box<AppendError>),
    /// JSON that was sent by name.
    #[error("the message is not what `{name}` looks like: {source}")]
    Json {
        /// The message's name.
        name: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// JSON that was sent by name is larger than allowed.
    #[error("the message has {bytes} bytes, at most {limit} are allowed")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
}

/// A message that an app has nobody for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unserved {
    /// No message has this name.
    #[error("no {kind} is named `{name}`{}", did_you_mean(.nearest.as_deref()))]
    Name {
        /// `command` or `query`.
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// The most similar name that there is.
        nearest: Option<String>,
    },
    /// It cannot be sent by name.
    #[error("`{name}` is local: it cannot be sent by name")]
    Local {
        /// Its name.
        name: &'static str,
    },
    /// Nothing was registered for it.
    #[error(
        "nothing is registered for `{name}`: if it is written in another crate, that crate may not be linked, add `use that_crate as _;`"
    )]
    Unregistered {
        /// Its name.
        name: &'static str,
    },
    /// What it goes to needs something that is not there.
    #[error("`{name}` cannot be served: {fault}")]
    Unwired {
        /// Its name.
        name: &'static str,
        /// What is missing.
        fault: String,
    },
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!(": did you mean `{nearest}`?")
    })
}

impl<E> DispatchError<E> {
    /// The same with another rejection.
    pub fn map<F>(self, change: impl FnOnce(E) -> F) -> DispatchError<F> {
        match self {
            Self::Rejected(error) => DispatchError::Rejected(change(error)),
            Self::AlreadyExists { stream } => DispatchError::AlreadyExists { stream },
            Self::NotFound { stream } => DispatchError::NotFound { stream },
            Self::Conflict { stream, attempts } => DispatchError::Conflict { stream, attempts },
            Self::AlreadyHandled {
                command_id,
                position,
            } => DispatchError::AlreadyHandled {
                command_id,
                position,
            },
            Self::Unknown { command_id, source } => DispatchError::Unknown { command_id, source },
            Self::Store(error) => DispatchError::Store(error),
            Self::Overloaded => DispatchError::Overloaded,
            Self::Invalid(error) => DispatchError::Invalid(error),
            Self::Unreadable(error) => DispatchError::Unreadable(error),
            Self::Unserved(error) => DispatchError::Unserved(error),
            Self::Refused(reason) => DispatchError::Refused(reason),
            Self::TimedOut => DispatchError::TimedOut,
            Self::ShuttingDown => DispatchError::ShuttingDown,
        }
    }

    /// Why it was rejected, if it was.
    pub fn rejection(self) -> Option<E> {
        match self {
            Self::Rejected(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same command, sent again with the same id, may fare better without anybody changing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::Unknown { .. } | Self::Overloaded | Self::TimedOut => {
                true
            }
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }
}

impl<E: fmt::Display> fmt::Display for DispatchError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => error.fmt(f),
            Self::AlreadyExists { stream } => write!(f, "{stream} already exists"),
            Self::NotFound { stream } => write!(f, "{stream} does not exist"),
            Self::Conflict { stream, attempts } => {
                write!(
                    f,
                    "{stream} was changed by others each of the {attempts} times it was decided on"
                )
            }
            Self::AlreadyHandled { command_id, .. } => {
                write!(f, "command {command_id} was carried out before")
            }
            Self::Unknown { command_id, .. } => write!(
                f,
                "the outcome is not known: send it again as command {command_id}, and it will not happen twice"
            ),
            Self::Store(_) => f.write_str("the store failed, and nothing was stored"),
            Self::Overloaded => f.write_str("too much waits to be written: try again later"),
            Self::Invalid(error) => error.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
            Self::Unserved(error) => error.fmt(f),
            Self::Refused(reason) => f.write_str(reason),
            Self::TimedOut => f.write_str("it took longer than the time it was given"),
            Self::ShuttingDown => f.write_str("the app is shutting down"),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> Error for DispatchError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unknown { source, .. } | Self::Store(source) => Some(source),
            Self::Invalid(error) => error.source(),
            Self::Unreadable(error) => error.source(),
            Self::Conflict { .. } | Self::Overloaded | Self::TimedOut => Some(&Passing),
            _ => None,
        }
    }
}

impl<E> From<ReadError> for DispatchError<E> {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Self::Store(error),
            other => Self::Store(
                StoreError::new(
                    crate::store::error::StoreErrorKind::Corrupt,
                    "the log cannot be read",
                )
                .because(other),
            ),
        }
    }
}
