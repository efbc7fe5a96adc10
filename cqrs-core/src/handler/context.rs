//! What a handler has at hand beside its message.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::SystemTime,
};

use futures::future::BoxFuture;

use crate::{
    CausationId, Command, CommandId, CommandResult, Metadata, Position, Query, QueryResult, Token,
    app::InFlight,
    call::{Consistency, Options, Service, Via},
};

/// What a handler has at hand: who asked and why, the time, and a way to send on.
///
/// What is sent on from it belongs to the same flow, and is caused by the message in hand.
pub struct HandlerContext {
    app: Option<InFlight>,
    /// Filled when somebody looks, so that a call that needs no ids draws none.
    metadata: OnceLock<Box<Metadata>>,
    origin: Origin,
    consistency: Consistency,
    sent: AtomicU32,
    reached: AtomicU64,
}

/// What a handler is called for.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// A command or query; whether its id may come again.
    Message { repeatable: bool },
    /// An event, which may always come again: its position, and what the ids of commands are made from.
    Event {
        position: Position,
        cause: CausationId,
        seed: CommandId,
    },
}

impl HandlerContext {
    /// The context of one message.
    pub(crate) fn new(via: Via<'_>, options: Options) -> Self {
        let app = match via {
            Via::App(core) => Some(InFlight::new(core)),
            Via::Bus(_) => None,
        };
        let origin = Origin::Message {
            repeatable: options.repeatable,
        };
        Self::with(app, options.metadata, origin, options.consistency)
    }

    /// The context of one event, for a handler whose commands' ids are made from `seed`.
    pub(crate) fn of_event(app: InFlight, event: &crate::EventMeta, seed: CommandId) -> Self {
        let origin = Origin::Event {
            position: event.position,
            cause: event.id.into(),
            seed,
        };
        let context = Self::with(
            Some(app),
            Some(Box::new(event.metadata.clone())),
            origin,
            Consistency::OwnWrites,
        );
        context
            .reached
            .store(event.position.get(), Ordering::Relaxed);
        context
    }

    fn with(
        app: Option<InFlight>,
        metadata: Option<Box<Metadata>>,
        origin: Origin,
        consistency: Consistency,
    ) -> Self {
        Self {
            app,
            metadata: metadata.map_or_else(OnceLock::new, |given| OnceLock::from(given)),
            origin,
            consistency,
            sent: AtomicU32::new(0),
            reached: AtomicU64::new(0),
        }
    }

    /// Who sent the message, and why.
    pub fn metadata(&self) -> &Metadata {
        self.metadata.get_or_init(|| {
            Box::new(match &self.app {
                Some(app) => app.core().complete(Metadata::new()),
                None => Metadata::new(),
            })
        })
    }

    /// The time now.
    pub fn now(&self) -> SystemTime {
        self.app
            .as_ref()
            .map_or_else(SystemTime::now, |app| app.core().clock().now())
    }

    /// Sends a command on, in the same flow.
    ///
    /// In a handler of events its id is made from the event, so that when the event comes again the command does not
    /// happen twice: it is answered again if it answers `()`, and otherwise with
    /// [`AlreadyHandled`](crate::DispatchError::AlreadyHandled).
    ///
    /// Boxed, so that handlers may call each other in a circle.
    pub fn dispatch<C: Command>(&self, command: C) -> BoxFuture<'_, CommandResult<C>> {
        let options = self.next_options();
        Box::pin(async move {
            let Some(app) = &self.app else {
                return Err(crate::DispatchError::Unserved(
                    crate::Unserved::Unregistered { name: C::NAME },
                ));
            };
            let repeated = matches!(self.origin, Origin::Event { .. });
            let result = app.core().dispatch(command, options).await;
            let result = if repeated {
                crate::app::answer_again::<C>(result)
            } else {
                result
            };
            if let Ok(committed) = &result {
                self.saw(committed.position.position());
            }
            result
        })
    }

    /// Asks on, in the same flow. It waits for this app's own writes, and for the event in hand.
    ///
    /// Boxed, so that handlers may call each other in a circle.
    pub fn ask<Q: Query>(&self, query: Q) -> BoxFuture<'_, QueryResult<Q>> {
        let mut options = self.next_options();
        options.consistency = self.consistency;
        Box::pin(async move {
            let Some(app) = &self.app else {
                return Err(crate::AskError::Unserved(crate::Unserved::Unregistered {
                    name: Q::NAME,
                }));
            };
            if let Origin::Event { position, .. } = self.origin {
                options.consistency = Consistency::After(app.core().token(position));
            }
            app.core().ask(query, options).await
        })
    }

    /// The message in hand has led to, or was decided on, what is at this position.
    pub(crate) fn saw(&self, position: Position) {
        self.reached.fetch_max(position.get(), Ordering::Relaxed);
    }

    /// The last position that the message in hand has led to.
    pub(crate) fn reached(&self) -> Token {
        let position = Position::new(self.reached.load(Ordering::Relaxed));
        self.app
            .as_ref()
            .map_or_else(Token::nothing, |app| app.core().token(position))
    }

    /// The handler of this type in the app that the message is handled in.
    pub(crate) fn service<H: Send + Sync + 'static>(&self) -> Option<&H> {
        let Service(handler) = self.app.as_ref()?.core().services().get::<Service<H>>()?;
        Some(handler)
    }

    /// What the next message that is sent from here carries.
    pub(crate) fn next_options(&self) -> Options {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let here = self.metadata();
        let (command_id, causation, repeatable) = match self.origin {
            Origin::Event { cause, seed, .. } => (Some(seed.child(number)), Some(cause), true),
            Origin::Message { repeatable } => {
                let cause = here.command_id();
                (
                    cause.map(|id| id.child(number)),
                    cause.map(Into::into),
                    repeatable,
                )
            }
        };
        let metadata = Metadata {
            command_id,
            causation_id: causation.or(here.causation_id),
            correlation_id: here.correlation_id,
            actor: here.actor.clone(),
            tenant: here.tenant.clone(),
        };
        Options {
            metadata: Some(Box::new(metadata)),
            repeatable,
            consistency: Consistency::OwnWrites,
        }
    }
}

impl fmt::Debug for HandlerContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerContext")
            .field("metadata", &self.metadata.get())
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
