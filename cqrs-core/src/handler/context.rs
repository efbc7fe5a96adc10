//! What a handler has at hand beside its message.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use futures::future::BoxFuture;

use crate::{
    AskError, CausationId, Command, CommandId, CommandResult, Committed, DispatchError, EventMeta,
    Metadata, Position, Query, QueryResult, StreamId, Token, Unserved,
    app::{Core, InFlight, answer_again},
    call::{Children, Consistency, Options, Said, Service},
};

/// What a handler has at hand: who asked and why, the time, and a way to send on.
///
/// What is sent on from it belongs to the same flow, and is caused by the message in hand.
pub struct HandlerContext {
    app: Option<InFlight>,
    /// Filled when something was said, or somebody looks: a call that needs no ids draws none.
    flow: OnceLock<Box<Flow>>,
    reached: AtomicU64,
}

/// What the message in hand belongs to.
#[derive(Debug)]
struct Flow {
    said: Said,
    /// What is sent from here is caused by it.
    cause: Option<CausationId>,
    /// There when the message in hand may come again.
    children: Option<Arc<Children>>,
}

impl HandlerContext {
    /// The context of whatever is sent on a bus, of which there is nothing to say and from which nothing can be sent.
    #[inline]
    pub(crate) fn of_bus() -> &'static Self {
        static OF_BUS: HandlerContext = HandlerContext {
            app: None,
            flow: OnceLock::new(),
            reached: AtomicU64::new(0),
        };
        &OF_BUS
    }

    /// The context of one message.
    #[inline]
    pub(crate) fn new(app: &Arc<Core>, options: Options) -> Self {
        let context = Self {
            app: Some(InFlight::new(app)),
            flow: OnceLock::new(),
            reached: AtomicU64::new(0),
        };
        if let Some(said) = options.said() {
            context.flow.get_or_init(|| context.begin(said));
        }
        context
    }

    /// The context of one event, for a handler whose commands' ids are made from `seed`.
    pub(crate) fn of_event(app: InFlight, event: &EventMeta, seed: CommandId) -> Self {
        let said = Said {
            metadata: event.metadata.clone(),
            repeatable: true,
            consistency: Consistency::After(app.core().token(event.position)),
            siblings: None,
        };
        let flow = Flow {
            said,
            cause: Some(event.id.into()),
            children: Some(Arc::new(Children::new(seed))),
        };
        Self {
            app: Some(app),
            flow: OnceLock::from(Box::new(flow)),
            reached: AtomicU64::new(event.position.get()),
        }
    }

    /// Who sent the message, and why.
    pub fn metadata(&self) -> &Metadata {
        &self.flow().said.metadata
    }

    fn flow(&self) -> &Flow {
        self.flow.get_or_init(|| self.begin(Said::default()))
    }

    #[cold]
    fn begin(&self, mut said: Said) -> Box<Flow> {
        if let Some(app) = &self.app {
            said.metadata = app.core().complete(said.metadata);
        }
        let id = said.metadata.command_id;
        let parent = id.filter(|_| said.repeatable);
        Box::new(Flow {
            said,
            cause: id.map(Into::into),
            children: parent.map(|id| Arc::new(Children::new(id))),
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
    /// Its id is made from the event in hand, or from the id that the sender has given to the command in hand, so that
    /// when that comes again the command does not happen twice: it is answered again if it answers `()`, and otherwise
    /// with [`AlreadyHandled`](DispatchError::AlreadyHandled).
    ///
    /// Boxed, so that handlers may call each other in a circle.
    pub fn dispatch<C: Command>(&self, command: C) -> BoxFuture<'_, CommandResult<C>> {
        let options = self.next_options(C::NAME, &[]);
        Box::pin(async move {
            let Some(app) = &self.app else {
                return Err(DispatchError::Unserved(Unserved::Unregistered {
                    name: C::NAME,
                }));
            };
            self.answered(app.core().dispatch(command, options).await)
        })
    }

    /// Asks on, in the same flow. It waits for this app's own writes, and for the event in hand.
    ///
    /// Boxed, so that handlers may call each other in a circle.
    pub fn ask<Q: Query>(&self, query: Q) -> BoxFuture<'_, QueryResult<Q>> {
        let mut said = self.next();
        if let Some(children) = said.siblings.take() {
            // No command has such a name, so that asking changes no command's id.
            said.metadata.command_id = Some(children.next(&format!("?{}", Q::NAME), &[]));
        }
        Box::pin(async move {
            let Some(app) = &self.app else {
                return Err(AskError::Unserved(Unserved::Unregistered { name: Q::NAME }));
            };
            app.core().ask(query, said.into()).await
        })
    }

    /// What was sent from here has this answer. When what is in hand has come again, what was done the first time is done.
    pub(crate) fn answered<T: 'static, E>(
        &self,
        mut result: Result<Committed<T>, DispatchError<E>>,
    ) -> Result<Committed<T>, DispatchError<E>> {
        if self.flow().said.repeatable {
            result = answer_again(result);
        }
        if let Ok(committed) = &result {
            self.saw(committed.position.position());
        }
        result
    }

    /// The message in hand has led to, or was decided on, what is at this position.
    pub(crate) fn saw(&self, position: Position) {
        if self.app.is_some() {
            self.reached.fetch_max(position.get(), Ordering::Relaxed);
        }
    }

    /// The last position that the message in hand has led to.
    #[inline]
    pub(crate) fn reached(&self) -> Token {
        self.app.as_ref().map_or_else(Token::nothing, |app| {
            let position = Position::new(self.reached.load(Ordering::Relaxed));
            app.core().token(position)
        })
    }

    /// The handler of this type in the app that the message is handled in.
    pub(crate) fn service<H: Send + Sync + 'static>(&self) -> Option<&H> {
        let Service { handler, .. } = self.app.as_ref()?.core().services().get::<Service<H>>()?;
        Some(handler)
    }

    /// What the next `what` carries that is sent from here to these aggregates, as far as they are known.
    pub(crate) fn next_options(&self, what: &str, to: &[&StreamId]) -> Options {
        let mut next = self.next();
        if let Some(children) = &next.siblings {
            next.metadata.command_id = Some(children.next(what, to));
        }
        next.into()
    }

    /// What anything carries that is sent from here.
    fn next(&self) -> Said {
        let Flow {
            said,
            cause,
            children,
        } = self.flow();
        let here = &said.metadata;
        Said {
            metadata: Metadata {
                command_id: None,
                causation_id: *cause,
                correlation_id: here.correlation_id,
                actor: here.actor.clone(),
                tenant: here.tenant.clone(),
            },
            repeatable: said.repeatable,
            consistency: said.consistency,
            siblings: children.clone(),
        }
    }
}

impl fmt::Debug for HandlerContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerContext")
            .field("flow", &self.flow.get())
            .finish_non_exhaustive()
    }
}
