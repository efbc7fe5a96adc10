//! A decision that waits for its aggregate, without the type of its command.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

use tokio::sync::oneshot;

use super::{live::Live, slot::Slot};
use crate::{
    Aggregate, AppendError, CommandId, Committed, Context, Creation, DecodeError, DispatchError,
    EncodeError, Metadata, StoreError, StreamId, Token, command::InvalidMessage,
};

/// What a panic was raised with.
pub(super) type Panic = Box<dyn Any + Send>;

/// A decision that waits for its aggregate.
pub(super) trait Job<A: Aggregate>: Send {
    fn metadata(&self) -> &Metadata;

    /// Whether its command id may have been used before.
    fn is_repeatable(&self) -> bool;

    /// How many events it emitted when it was decided last.
    fn emitted(&self) -> usize;

    /// Decides on a state and keeps what it answers. May be called again.
    fn decide(
        &mut self,
        slot: &Slot<A>,
        live: &Live<A>,
        now: SystemTime,
    ) -> Result<Vec<A::Event>, Panic>;

    /// Answers: with what was decided, or with why it did not come to it.
    fn settle(self: Box<Self>, outcome: Result<Token, Failure>);

    fn command_id(&self) -> Option<CommandId> {
        self.metadata().command_id()
    }
}

/// Why a decision did not come to pass.
pub(super) enum Failure {
    Conflict { stream: StreamId, attempts: u32 },
    AlreadyHandled { position: Token },
    Append(AppendError),
    Store(StoreError),
    Unreadable(DecodeError),
    Encode(EncodeError),
    Panicked(Panic),
}

/// What is answered through a channel: the result, or a panic to go on with.
pub(super) type Answer<T, E> = Result<Result<Committed<T>, DispatchError<E>>, Panic>;

/// A decision by a closure.
pub(super) struct Decision<T, E, F> {
    creation: Creation,
    decide: F,
    metadata: Metadata,
    repeatable: bool,
    verdict: Option<Result<T, DispatchError<E>>>,
    emitted: usize,
    reply: oneshot::Sender<Answer<T, E>>,
}

impl<T, E, F> Decision<T, E, F> {
    pub(super) const fn new(
        creation: Creation,
        decide: F,
        metadata: Metadata,
        repeatable: bool,
        reply: oneshot::Sender<Answer<T, E>>,
    ) -> Self {
        Self {
            creation,
            decide,
            metadata,
            repeatable,
            verdict: None,
            emitted: 0,
            reply,
        }
    }
}

impl<A, T, E, F> Job<A> for Decision<T, E, F>
where
    A: Aggregate,
    T: Send,
    E: Send,
    F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send,
{
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    fn emitted(&self) -> usize {
        self.emitted
    }

    fn decide(
        &mut self,
        slot: &Slot<A>,
        live: &Live<A>,
        now: SystemTime,
    ) -> Result<Vec<A::Event>, Panic> {
        self.emitted = 0;
        let exists = live.revision.get() > 0;
        let refusal = match self.creation {
            Creation::Create if exists => Some(DispatchError::AlreadyExists {
                stream: slot.stream.clone(),
            }),
            Creation::Update if !exists => Some(DispatchError::NotFound {
                stream: slot.stream.clone(),
            }),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.verdict = Some(Err(refusal));
            return Ok(Vec::new());
        }
        let mut cx = Context::new(&slot.id, live.revision, now, &self.metadata);
        // The state is shared and not changed, and what the closure leaves half done is not used again.
        let decided = catch_unwind(AssertUnwindSafe(|| (self.decide)(&live.state, &mut cx)))?;
        let events = cx.into_events();
        match decided {
            Ok(output) => {
                self.verdict = Some(Ok(output));
                self.emitted = events.len();
                Ok(events)
            }
            Err(rejection) => {
                self.verdict = Some(Err(DispatchError::Rejected(rejection)));
                Ok(Vec::new())
            }
        }
    }

    fn settle(self: Box<Self>, outcome: Result<Token, Failure>) {
        let unknown_id = self.metadata.command_id;
        let answer = match (outcome, self.verdict) {
            (Err(Failure::Panicked(panic)), _) => Err(panic),
            (Err(failure), _) => Ok(Err(failure.into_error(unknown_id))),
            (Ok(position), Some(verdict)) => {
                Ok(verdict.map(|output| Committed { output, position }))
            }
            (Ok(_), None) => Ok(Err(DispatchError::Store(StoreError::gone()))),
        };
        // Nobody waits any more: what was decided stands all the same.
        let _abandoned = self.reply.send(answer);
    }
}

impl Failure {
    fn into_error<E>(self, command_id: Option<CommandId>) -> DispatchError<E> {
        match self {
            Self::Conflict { stream, attempts } => DispatchError::Conflict { stream, attempts },
            Self::AlreadyHandled { position } => match command_id {
                Some(command_id) => DispatchError::AlreadyHandled {
                    command_id,
                    position,
                },
                None => DispatchError::Store(StoreError::gone()),
            },
            Self::Store(error) | Self::Append(AppendError::Store(error)) => {
                DispatchError::Store(error)
            }
            Self::Append(AppendError::Unknown(source)) => match command_id {
                Some(command_id) => DispatchError::Unknown { command_id, source },
                None => DispatchError::Store(source),
            },
            Self::Append(AppendError::Overloaded { .. }) => DispatchError::Overloaded,
            Self::Append(other) => DispatchError::Invalid(InvalidMessage::Append(Box::new(other))),
            Self::Unreadable(error) => DispatchError::Unreadable(error),
            Self::Encode(error) => DispatchError::Invalid(InvalidMessage::Event(error)),
            // Handed on before it comes here.
            Self::Panicked(_) => DispatchError::Store(StoreError::gone()),
        }
    }
}
