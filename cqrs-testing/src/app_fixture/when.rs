//! What the test is about.

use std::{fmt::Display, panic::Location, time::Duration};

use cqrs_core::{
    Aggregate, Answering, Command, Committed, DispatchError, IntoEvents, Metadata, Query,
    QueryResult,
};

use super::{AppFixture, AppThen, effects::Effects, events, stage::Stage};
use crate::outcome::{Verb, chain_of};

type Dispatched<C> = Result<<C as Command>::Output, DispatchError<<C as Command>::Error>>;

impl AppFixture {
    /// Sends a command.
    #[track_caller]
    pub fn when<C: Command>(
        self,
        command: C,
    ) -> Answering<C::Output, impl Future<Output = AppThen<Dispatched<C>>> + Send> {
        let verb = ("when", Location::caller());
        let act = |stage: Stage, metadata| async move {
            let sent = stage.app().with(metadata).dispatch(command).await;
            let cause = sent.as_ref().err().map(chain_of);
            (sent.map(Committed::into_output), cause)
        };
        self.act((C::NAME, verb), (1, 0), act)
    }

    /// Asks a query, when views have seen all that was given.
    #[track_caller]
    pub fn when_query<Q: Query>(
        self,
        query: Q,
    ) -> Answering<Q::Output, impl Future<Output = AppThen<QueryResult<Q>>> + Send> {
        let verb = ("when_query", Location::caller());
        let act = |stage: Stage, metadata| async move {
            let asked = stage.app().with(metadata).ask(query).await;
            let cause = asked.as_ref().err().map(chain_of);
            (asked, cause)
        };
        self.act((Q::NAME, verb), (0, 0), act)
    }

    /// Events of an aggregate come, and handlers of events and views deal with them, and with what comes of that.
    ///
    /// A handler sees only what comes after the app has started, if it does not say `from = beginning`: what was given as
    /// events is not among it.
    #[track_caller]
    pub fn when_event<A: Aggregate>(
        mut self,
        id: impl Display,
        events: impl IntoEvents<A>,
    ) -> impl Future<Output = AppThen<()>> + Send {
        let verb = ("when_event", Location::caller());
        let append = events::append::<A>(&id, events, &self.checks, verb);
        self.handlers = true;
        let (message, count) = (append.message(), append.events.len());
        let act = move |stage: Stage, metadata| async move {
            stage.assert_followed(&append, verb);
            stage.append(append, metadata).await;
            ((), None)
        };
        self.act((message, verb), (0, count), act)
    }

    /// Time goes by, and what comes of that is dealt with.
    #[track_caller]
    pub fn when_time_advances(self, by: Duration) -> impl Future<Output = AppThen<()>> + Send {
        let verb = ("when_time_advances", Location::caller());
        let act = move |stage: Stage, _| async move {
            stage.clock.advance(by);
            ((), None)
        };
        self.act(("time", verb), (0, 0), act)
    }

    /// Does what was given, then what the test is about, and waits for what comes of it.
    ///
    /// `own` says how many of the commands that are sent, and of the events that are recorded, are the test's own.
    async fn act<R, F>(
        mut self,
        (message, verb): (&'static str, Verb),
        (own_commands, own_events): (usize, usize),
        act: impl FnOnce(Stage, Metadata) -> F + Send,
    ) -> AppThen<R>
    where
        R: Send,
        F: Future<Output = (R, Option<String>)> + Send,
    {
        let configure = self.configure.take();
        let mut steps = std::mem::take(&mut self.steps).into_iter().peekable();
        // What has happened, has happened before the app starts, so that handlers of events take it for past.
        while let Some(step) = steps.next_if(|step| !step.needs_app()) {
            self.stage.take(step).await;
        }
        self.stage.start(configure, self.handlers, verb).await;
        for step in steps {
            self.stage.take(step).await;
        }
        self.stage.settle(self.limit).await;
        let before = self.stage.head().await;
        let _given = self.stage.sent.take();
        let (result, cause) = act(self.stage.clone(), self.metadata.clone()).await;
        self.stage.settle(self.limit).await;
        let mut sent = self.stage.sent.take();
        sent.drain(..own_commands.min(sent.len()));
        let about = (message, verb);
        let effects = Effects::look(self, about, (before, own_events), cause, sent).await;
        effects.check_recorded();
        effects.check_views();
        AppThen { effects, result }
    }
}
