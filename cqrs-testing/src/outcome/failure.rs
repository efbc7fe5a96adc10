//! Why a message was not carried out or answered.

use std::{
    error::Error,
    fmt::{Debug, Display},
};

use cqrs_core::{AskError, DispatchError};

/// Why a message was not carried out or answered.
#[derive(Clone)]
pub(crate) enum Failure<'a, E> {
    /// Who serves it rejected it.
    Rejected(&'a E),
    /// Its aggregate was there already.
    AlreadyExists(String),
    /// Its aggregate was not there.
    NotFound(String),
    /// Anything else.
    Other(String),
}

impl<'a, E: Display + Debug> From<&'a DispatchError<E>> for Failure<'a, E> {
    fn from(error: &'a DispatchError<E>) -> Self {
        match error {
            DispatchError::Rejected(error) => Self::Rejected(error),
            DispatchError::AlreadyExists { .. } => Self::AlreadyExists(error.to_string()),
            DispatchError::NotFound { .. } => Self::NotFound(error.to_string()),
            other => Self::Other(chain_of(other)),
        }
    }
}

impl<'a, E: Display + Debug> From<&'a AskError<E>> for Failure<'a, E> {
    fn from(error: &'a AskError<E>) -> Self {
        match error {
            AskError::Rejected(error) => Self::Rejected(error),
            other => Self::Other(chain_of(other)),
        }
    }
}

impl<E: Display> Failure<'_, E> {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Rejected(error) => error.to_string(),
            Self::AlreadyExists(text) | Self::NotFound(text) | Self::Other(text) => text.clone(),
        }
    }
}

/// An error with what it comes from, whose rejection need be no `Error`.
pub(crate) fn chain_of(error: &(impl Error + ?Sized)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
