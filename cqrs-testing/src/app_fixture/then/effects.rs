//! Verbs for what has come of it, whatever the test is about.

use std::{fmt::Display, panic::Location};

use cqrs_core::{Aggregate, AggregateEvent, Event, IntoEvents, StoredEvent};

use super::AppThen;
use crate::{
    app_fixture::{AppFixture, EventList, SentList, events, list::Listed},
    check::Checks,
    outcome::{Verb, chain_of},
    report::{Report, Shown, Sides, Table},
};

const SENT: Sides = Sides {
    left: "expected",
    right: "sent",
};

impl<R> AppThen<R> {
    /// These events were recorded, in this order, and no others: of whatever aggregates.
    ///
    /// An event that the test itself has let come is not among them.
    #[track_caller]
    pub fn then_events(&self, expected: impl EventList) -> &Self {
        let verb = ("then_events", Location::caller());
        let mut list = Listed::default();
        expected.list(&mut list);
        self.compare_events(&self.listed(list, verb), &self.effects.recorded(), verb);
        self
    }

    /// These events were recorded of one aggregate, in this order, and no others of it. The id is one of the aggregate's,
    /// or its text.
    #[track_caller]
    pub fn then_events_of<A: Aggregate>(
        &self,
        id: impl Display,
        expected: impl IntoEvents<A>,
    ) -> &Self {
        let verb = ("then_events_of", Location::caller());
        let mut unchecked = Checks::default();
        unchecked.leave_out(crate::Check::SerdeRoundTrip);
        let expected = events::append::<A>(&id, expected, &unchecked, verb);
        let shown: Vec<_> = expected.events.iter().map(Shown::from).collect();
        let own = self.effects.own();
        let of_it = own
            .iter()
            .filter(|event| event.meta.stream == expected.stream);
        let recorded: Vec<_> = of_it.map(Shown::from).collect();
        self.compare_events(&shown, &recorded, verb);
        self
    }

    /// One event of this type was recorded, among others perhaps; the closure looks at it.
    #[track_caller]
    pub fn then_event<E: Event>(&self, look: impl FnOnce(&E)) -> &Self {
        let verb = ("then_event", Location::caller());
        let own = self.effects.own();
        let found: Vec<_> = own
            .iter()
            .filter(|event| event.meta.name == E::NAME)
            .collect();
        let [event] = found[..] else {
            let fact = format_args!("it did not record one `{}`", E::NAME);
            let was = match self.effects.recorded() {
                own if own.is_empty() => "nothing was recorded".to_owned(),
                own => own
                    .iter()
                    .map(|event| event.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let report = self.effects.report(fact, verb);
            let expected = ("expected", format_args!("one `{}`", E::NAME));
            self.effects.finish(report.sides(expected, ("was", was)));
        };
        match E::decode(event.meta.version, &event.payload) {
            Ok(event) => look(&event),
            Err(reason) => Report::new(E::NAME, "the recorded event cannot be read back", verb)
                .note("cause", reason)
                .fail(),
        }
        self
    }

    /// The closure looks at the recorded events as they are stored, with their metadata and tags.
    ///
    /// Those that the test itself has let come are not among them.
    #[track_caller]
    pub fn then_stored(&self, look: impl FnOnce(&[StoredEvent])) -> &Self {
        look(self.effects.own());
        self
    }

    /// The closure looks at the state of an aggregate, as all of its events make it. The id is one of the aggregate's, or
    /// its text.
    #[track_caller]
    pub fn then_state<A: Aggregate>(&self, id: impl Display, look: impl FnOnce(&A)) -> &Self {
        let verb = ("then_state", Location::caller());
        let stream = events::stream_of::<A>(&id, verb);
        let mut state = A::default();
        for stored in &self.effects.log {
            if stored.meta.stream == stream && !stored.meta.is_erased() {
                match A::Event::decode(stored) {
                    Ok(event) => state.apply(&event),
                    Err(error) => Report::new(A::NAME, "a recorded event cannot be read", verb)
                        .note("cause", chain_of(&error))
                        .fail(),
                }
            }
        }
        look(&state);
        self
    }

    /// Nothing was recorded. An event that the test itself has let come does not count.
    #[track_caller]
    pub fn then_no_events(&self) -> &Self {
        let verb = ("then_no_events", Location::caller());
        self.compare_events(&[], &self.effects.recorded(), verb);
        self
    }

    /// These commands were sent, in this order, and no others: by handlers, not by the test.
    ///
    /// Their fields are compared, so each type must have been announced by
    /// [`capturing`](AppFixture::capturing).
    #[track_caller]
    pub fn then_commands(&self, expected: impl SentList) -> &Self {
        let verb = ("then_commands", Location::caller());
        let mut list = Listed::default();
        expected.list(&mut list);
        let expected = self.listed(list, verb);
        let is_expected = |name: &str| expected.iter().any(|shown| shown.name == name);
        let mut sent = Vec::new();
        for command in &self.effects.sent {
            if command.written.is_none() && is_expected(command.name) {
                let fact = format_args!("`{}` was sent, and nobody looked into it", command.name);
                let advice = format_args!("say `.capturing::<{}>()` before `when..`", command.name);
                self.effects
                    .finish(self.effects.report(fact, verb).note("cause", advice));
            }
            let written = command.written.as_deref().unwrap_or_default();
            sent.push(Shown::new(command.name, written));
        }
        let table = Table::in_order(SENT, &expected, &sent);
        if !table.is_same() {
            let fact = "sent commands differ from the expected ones";
            self.effects
                .finish(self.effects.report(fact, verb).body(table));
        }
        self
    }

    /// No command was sent by a handler.
    #[track_caller]
    pub fn then_no_commands(&self) -> &Self {
        let verb = ("then_no_commands", Location::caller());
        if !self.effects.sent.is_empty() {
            let names: Vec<_> = self
                .effects
                .sent
                .iter()
                .map(|command| command.name)
                .collect();
            let report = self
                .effects
                .report("commands were sent, and none were expected", verb);
            let sent = ("sent", names.join(", "));
            self.effects
                .finish(report.sides(("expected", "no commands"), sent));
        }
        self
    }

    /// The handler or view of this name has parked an event.
    #[track_caller]
    pub fn then_parked(&self, name: &str) -> &Self {
        self.effects.expect_failure(name);
        if !self.effects.parked.iter().any(|parked| parked.name == name) {
            let verb = ("then_parked", Location::caller());
            self.not_failed(&format!("`{name}` has parked an event"), verb);
        }
        self
    }

    /// The handler or view of this name has stopped, or keeps trying.
    #[track_caller]
    pub fn then_failing(&self, name: &str) -> &Self {
        self.effects.expect_failure(name);
        if !self.effects.stuck.iter().any(|stuck| stuck.name == name) {
            let verb = ("then_failing", Location::caller());
            self.not_failed(&format!("`{name}` has stopped, or keeps trying"), verb);
        }
        self
    }

    /// No handler or view has parked an event.
    #[track_caller]
    pub fn then_nothing_parked(&self) -> &Self {
        if !self.effects.parked.is_empty() {
            let verb = ("then_nothing_parked", Location::caller());
            self.not_failed("nothing is parked", verb);
        }
        self
    }

    #[track_caller]
    fn not_failed(&self, expected: &str, verb: Verb) -> ! {
        let was = match self.effects.failures() {
            failures if failures.is_empty() => "nothing failed".to_owned(),
            failures => {
                let said: Vec<_> = failures.into_iter().map(|failed| failed.said).collect();
                said.join("\n")
            }
        };
        let report = self
            .effects
            .report("what failed differs from what was expected to", verb);
        self.effects
            .finish(report.sides(("expected", expected), ("was", was)))
    }

    /// A next round, in the same app.
    pub fn and(&self) -> AppFixture {
        let earlier = &self.effects.fixture;
        // What was not expected to fail is told of by this round, not by the next.
        let known = self.effects.failures();
        AppFixture {
            stage: earlier.stage.clone(),
            configure: None,
            steps: Vec::new(),
            metadata: earlier.metadata.clone(),
            checks: earlier.checks.clone(),
            handlers: earlier.handlers,
            limit: earlier.limit,
            given: earlier.given,
            known,
        }
    }

    #[track_caller]
    fn compare_events(&self, expected: &[Shown], recorded: &[Shown], verb: Verb) {
        let table = Table::in_order(Sides::RECORDED, expected, recorded);
        if table.is_same() && expected.is_empty() && self.effects.cause.is_some() {
            let report = self
                .effects
                .report("it was rejected, and nothing to record was expected", verb);
            self.effects.finish(report);
        }
        if !table.is_same() {
            let fact = if expected.is_empty() {
                "it recorded events, and none were expected"
            } else {
                "recorded events differ from the expected ones"
            };
            let report = self.effects.report(fact, verb).body(table);
            self.effects.finish(report);
        }
    }

    #[track_caller]
    fn listed(&self, list: Listed, verb: Verb) -> Vec<Shown> {
        let shown = |listed| match listed {
            Ok(shown) => shown,
            Err(error) => self.effects.finish(
                self.effects
                    .report("what is expected cannot be written", verb)
                    .note("cause", error),
            ),
        };
        list.0.into_iter().map(shown).collect()
    }
}
