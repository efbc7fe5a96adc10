//! Work whose asker waits on a channel: everything but appends.

use cqrs_core::{AppendError, StoreError, store::documents::CommitError};
use tokio::sync::oneshot;

use super::{Failure, Session, Work};

/// Work that is done by a function, and the channel of its answer.
pub(crate) struct Waiting<F, T, E> {
    perform: F,
    answer: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Waiting<F, T, E>
where
    F: FnMut(&mut Session<'_>) -> Result<Result<T, E>, StoreError> + Send + 'static,
    T: Send + 'static,
    E: FromFailure + Send + 'static,
{
    /// Work for the queue. The outer error of `perform` is the store's; the inner result is the answer.
    pub(crate) fn boxed(perform: F, reply: oneshot::Sender<Result<T, E>>) -> Box<dyn Work> {
        Box::new(Self {
            perform,
            answer: None,
            reply,
        })
    }
}

impl<F, T, E> Work for Waiting<F, T, E>
where
    F: FnMut(&mut Session<'_>) -> Result<Result<T, E>, StoreError> + Send,
    T: Send,
    E: FromFailure + Send,
{
    fn perform(&mut self, session: &mut Session<'_>) -> Result<(), StoreError> {
        self.answer = Some((self.perform)(session)?);
        Ok(())
    }

    fn answer(self: Box<Self>) {
        if let Some(answer) = self.answer {
            // Whoever asked may be gone; it is done all the same.
            let _gone = self.reply.send(answer);
        }
    }

    fn fail(self: Box<Self>, failure: Failure) {
        let _gone = self.reply.send(Err(E::from_failure(failure)));
    }

    fn refuse(self: Box<Self>, refusal: AppendError) {
        let _gone = self.reply.send(Err(E::from_refusal(refusal)));
    }
}

/// How a kind of error says that the store failed.
pub(crate) trait FromFailure {
    fn from_failure(failure: Failure) -> Self;

    /// The store is closed, or has too much to do.
    fn from_refusal(refusal: AppendError) -> Self;
}

impl FromFailure for AppendError {
    fn from_failure(failure: Failure) -> Self {
        failure.into()
    }

    fn from_refusal(refusal: AppendError) -> Self {
        refusal
    }
}

impl FromFailure for StoreError {
    fn from_failure(failure: Failure) -> Self {
        failure.error()
    }

    fn from_refusal(refusal: AppendError) -> Self {
        match refusal {
            AppendError::Store(error) => error,
            other => Self::new(
                cqrs_core::store::error::StoreErrorKind::Unavailable,
                other.to_string(),
            ),
        }
    }
}

impl FromFailure for CommitError {
    fn from_failure(failure: Failure) -> Self {
        failure.error().into()
    }

    fn from_refusal(refusal: AppendError) -> Self {
        StoreError::from_refusal(refusal).into()
    }
}
