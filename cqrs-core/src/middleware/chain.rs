//! The middleware of an app, without its types.

use std::{fmt, sync::Arc};

use futures::future::{BoxFuture, FutureExt};

use super::{Call, CallKind, End, Ended, Middleware, Next, Outcome};
use crate::{
    AskError, Command, CommandResult, DispatchError, Query, QueryResult,
    app::Core,
    call::{CommandCall, Options, QueryCall, Said, Via},
};

/// A middleware without its type.
pub(crate) trait Link: Send + Sync {
    #[expect(
        single_use_lifetimes,
        reason = "`'n` is named to say that it outlives `'s`"
    )]
    fn handle<'s, 'n: 's>(
        &'s self,
        call: &'s mut Call<'_>,
        next: Next<'n>,
    ) -> BoxFuture<'s, Outcome>;
}

impl<M: Middleware> Link for M {
    #[expect(
        single_use_lifetimes,
        reason = "`'n` is named to say that it outlives `'s`"
    )]
    fn handle<'s, 'n: 's>(
        &'s self,
        call: &'s mut Call<'_>,
        next: Next<'n>,
    ) -> BoxFuture<'s, Outcome> {
        Middleware::handle(self, call, next).boxed()
    }
}

/// The middleware of an app, the outermost first.
#[derive(Default)]
pub(crate) struct Chain(Vec<Box<dyn Link>>);

impl Chain {
    pub(crate) fn push(&mut self, middleware: impl Middleware) {
        self.0.push(Box::new(middleware));
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) async fn dispatch<C: Command>(
        &self,
        core: &Arc<Core>,
        command: C,
        options: Options,
    ) -> CommandResult<C> {
        let mut answer: Option<CommandResult<C>> = None;
        let slot = &mut answer;
        let outcome = self
            .run(
                core,
                CallKind::Command,
                C::NAME,
                command,
                options,
                |command, options| {
                    async move {
                        let result =
                            C::__route(command, CommandCall::new(Via::App(core), options)).await;
                        let outcome = Outcome::new(match &result {
                            Ok(_) => Ok(()),
                            Err(DispatchError::Rejected(error)) => {
                                Err(Ended::Rejected(error.to_string()))
                            }
                            Err(error) => Err(Ended::Failed(error.to_string())),
                        });
                        *slot = Some(result);
                        outcome
                    }
                    .boxed()
                },
            )
            .await;
        match (outcome.result, answer) {
            // What a middleware makes of the end goes before what the end was.
            (Err(Ended::Refused(reason)), _) => Err(DispatchError::Refused(reason)),
            (Err(Ended::TimedOut), _) => Err(DispatchError::TimedOut),
            (_, Some(answer)) => answer,
            (_, None) => Err(DispatchError::Refused(NOT_SERVED.to_owned())),
        }
    }

    pub(crate) async fn ask<Q: Query>(
        &self,
        core: &Arc<Core>,
        query: Q,
        options: Options,
    ) -> QueryResult<Q> {
        let mut answer: Option<QueryResult<Q>> = None;
        let slot = &mut answer;
        let outcome = self
            .run(
                core,
                CallKind::Query,
                Q::NAME,
                query,
                options,
                |query, options| {
                    async move {
                        let result =
                            Q::__route(query, QueryCall::new(Via::App(core), options)).await;
                        let outcome = Outcome::new(match &result {
                            Ok(_) => Ok(()),
                            Err(AskError::Rejected(error)) => {
                                Err(Ended::Rejected(error.to_string()))
                            }
                            Err(error) => Err(Ended::Failed(error.to_string())),
                        });
                        *slot = Some(result);
                        outcome
                    }
                    .boxed()
                },
            )
            .await;
        match (outcome.result, answer) {
            (Err(Ended::Refused(reason)), _) => Err(AskError::Refused(reason)),
            (Err(Ended::TimedOut), _) => Err(AskError::TimedOut),
            (_, Some(answer)) => answer,
            (_, None) => Err(AskError::Refused(NOT_SERVED.to_owned())),
        }
    }

    /// Sends a message through the chain, at whose end it is served with the metadata that came of it.
    async fn run<'a, M: Send + 'static>(
        &'a self,
        core: &'a Core,
        kind: CallKind,
        name: &'static str,
        message: M,
        options: Options,
        serve: impl FnOnce(M, Options) -> BoxFuture<'a, Outcome> + Send + 'a,
    ) -> Outcome {
        let Said {
            metadata,
            repeatable,
            consistency,
            siblings,
        } = options.into_said();
        let mut metadata = core.complete(metadata);
        let id = metadata.command_id;
        let end: End<'a> = Box::new(move |call: &mut Call<'_>| {
            let message = call
                .message
                .downcast_mut::<Option<M>>()
                .and_then(Option::take);
            let metadata = call.metadata.clone();
            match message {
                Some(message) => serve(
                    message,
                    Said {
                        // An id that a middleware has given may come again, and stays.
                        repeatable: repeatable || metadata.command_id != id,
                        siblings: siblings.filter(|_| metadata.command_id == id),
                        metadata,
                        consistency,
                    }
                    .into(),
                ),
                None => std::future::ready(Outcome::refused(NOT_SERVED)).boxed(),
            }
        });
        let mut message = Some(message);
        let mut call = Call {
            kind,
            name,
            metadata: &mut metadata,
            message: &mut message,
        };
        Next { rest: &self.0, end }.run(&mut call).await
    }
}

const NOT_SERVED: &str = "middleware did not let the message pass";

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({})", self.0.len())
    }
}
