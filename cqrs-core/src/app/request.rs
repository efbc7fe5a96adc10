//! What is said about one message, before the verb.

use futures::future::BoxFuture;

use super::App;
use crate::{
    Aggregate, AggregateEvent, Answering, Append, AppendError, AskError, Command, CommandId,
    CommandResult, Committed, DispatchError, Expected, HandlerError, IntoEvents, Metadata, Query,
    QueryResult, StreamId, Token,
    call::{CommandCall, Consistency, Options, QueryCall, Via},
    command::InvalidMessage,
};

/// A message about to be sent, with what is said about it.
///
/// ```no_run
/// # use cqrs_core::{App, Command, Metadata};
/// # async fn demo<C: Command>(app: App, command: C, key: &str) -> Result<(), cqrs_core::DispatchError<C::Error>> {
/// use cqrs_core::CommandId;
///
/// app.with(Metadata::new().actor("jane"))
///     .with_id(CommandId::from_key(key))
///     .dispatch(command)
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `dispatch` or `ask`"]
pub struct Request<'a> {
    app: &'a App,
    options: Options,
}

impl<'a> Request<'a> {
    pub(super) const fn new(app: &'a App) -> Self {
        Self {
            app,
            options: Options::none(),
        }
    }

    /// It carries this metadata.
    pub fn with(mut self, metadata: Metadata) -> Self {
        let said = self.options.say();
        let command_id = metadata.command_id().or_else(|| said.metadata.command_id());
        said.repeatable = command_id.is_some();
        said.metadata = Metadata {
            command_id,
            ..metadata
        };
        self
    }

    /// It has this command id.
    pub fn with_id(mut self, id: impl Into<CommandId>) -> Self {
        let said = self.options.say();
        said.repeatable = true;
        said.metadata.command_id = Some(id.into());
        self
    }

    /// A query does not wait for anything.
    pub fn eventual(mut self) -> Self {
        self.options.say().consistency = Consistency::Eventual;
        self
    }

    /// A query waits for a write from elsewhere, besides those of this app instance.
    pub fn after(mut self, token: Token) -> Self {
        self.options.say().consistency = Consistency::After(token);
        self
    }

    /// Sends a command: see [`App::dispatch`].
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    // Hands on the route's own future, not one of its own around it.
    pub fn dispatch<C: Command>(
        self,
        command: C,
    ) -> Answering<C::Output, impl Future<Output = CommandResult<C>> + Send> {
        command.__route(CommandCall::new(Via::Gate(&self.app.gate), self.options))
    }

    /// Asks a query: see [`App::ask`].
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    pub fn ask<Q: Query>(
        self,
        query: Q,
    ) -> Answering<Q::Output, impl Future<Output = QueryResult<Q>> + Send> {
        async move {
            match self.app.open() {
                Some(core) if core.has_no_middleware() => {
                    query
                        .__route(QueryCall::new(Via::App(core), self.options))
                        .await
                }
                Some(core) => Box::pin(core.ask(query, self.options)).await,
                None => Err(AskError::ShuttingDown),
            }
        }
    }

    /// Records what has happened elsewhere: see [`App::record`].
    ///
    /// # Errors
    ///
    /// When the events cannot be stored.
    // Boxed: the bounds of an `async fn` are asked for again wherever its future is used, and each time anew.
    pub fn record<A: Aggregate>(
        self,
        id: &A::Id,
        events: impl IntoEvents<A>,
    ) -> BoxFuture<'a, Result<Committed<()>, DispatchError<HandlerError>>> {
        Box::pin(self.recorded::<A>(id.to_string(), events.into_events()))
    }

    async fn recorded<A: Aggregate>(
        self,
        id: String,
        events: Vec<A::Event>,
    ) -> Result<Committed<()>, DispatchError<HandlerError>> {
        let Some(core) = self.app.open() else {
            return Err(DispatchError::ShuttingDown);
        };
        let log = core.log();
        let metadata = log.complete(self.options.metadata());
        let command_id = metadata
            .command_id()
            .unwrap_or_else(|| CommandId::new(log.ids.next()));
        let stream = StreamId::new(A::NAME, id)
            .map_err(|error| DispatchError::Invalid(InvalidMessage::Id(error)))?;
        let mut new_events = Vec::new();
        for (number, event) in (0..).zip(events) {
            let event = event
                .encode(command_id.event(number))
                .map_err(|error| DispatchError::Invalid(InvalidMessage::Event(error)))?;
            new_events.push(event);
        }
        let append = Append::new()
            .stream(stream, Expected::Any, new_events)
            .metadata(&metadata);
        match log.append(append).await {
            Ok(appended) => Ok(Committed {
                output: (),
                position: log.token(appended.position),
            }),
            Err(AppendError::Unknown(source)) => Err(DispatchError::Unknown { command_id, source }),
            Err(AppendError::Store(error)) => Err(DispatchError::Store(error)),
            Err(AppendError::Overloaded { .. }) => Err(DispatchError::Overloaded),
            Err(other) => Err(DispatchError::Invalid(InvalidMessage::Append(Box::new(
                other,
            )))),
        }
    }

    pub(super) fn into_parts(self) -> (&'a App, Options) {
        (self.app, self.options)
    }
}
