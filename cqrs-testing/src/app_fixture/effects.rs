//! What has come of what a test is about.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cqrs_core::{
    EventQuery, EventStore, Position, Range, StoredEvent,
    app::{Parked, SubscriptionState},
};

use super::{AppFixture, sent::SentCommand};
use crate::{
    check::Check,
    outcome::Verb,
    report::{Report, Shown},
};

/// How many events a test may have.
const MANY: usize = 100_000;

/// What has come of what a test is about, and the app in which it has.
pub(super) struct Effects {
    pub(super) fixture: AppFixture,
    pub(super) message: &'static str,
    pub(super) verb: Verb,
    /// The whole log.
    pub(super) log: Vec<StoredEvent>,
    /// What of it is new.
    pub(super) recorded: Vec<StoredEvent>,
    /// How many of them the test itself has put into the log.
    pub(super) given: usize,
    pub(super) sent: Vec<SentCommand>,
    pub(super) parked: Vec<Parked>,
    /// Views and handlers that have stopped, or keep trying.
    pub(super) stuck: Vec<Failed>,
    /// Why the message was not carried out or answered, if it was not.
    pub(super) cause: Option<String>,
    /// The names of the views and handlers of which the test has said that they fail.
    expected: Mutex<Vec<String>>,
}

/// Something that has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// The name of the view or handler.
    pub(super) name: String,
    pub(super) said: String,
}

impl Effects {
    /// Looks at what has come after a position.
    pub(super) async fn look(
        fixture: AppFixture,
        (message, verb): (&'static str, Verb),
        (before, given): (Position, usize),
        cause: Option<String>,
        sent: Vec<SentCommand>,
    ) -> Self {
        let app = fixture.stage.app();
        let all = Range::after(Position::START).limit(MANY);
        let log = fixture.stage.store.read(&EventQuery::all(), all).await;
        let log = log.map(|page| page.events).unwrap_or_default();
        let is_new = |event: &&StoredEvent| event.meta.position > before;
        let statuses = app.status().await.unwrap_or_default();
        let stuck = statuses.into_iter().filter_map(|status| {
            let what = format!("{} `{}`", status.kind.as_str(), status.name);
            let said = match status.state {
                SubscriptionState::Stopped { reason } => {
                    format!("{what} has stopped: {reason}")
                }
                SubscriptionState::Retrying { error } => format!("{what} keeps trying: {error}"),
                _ if status.lag_events > 0 => {
                    format!("{what} is {} events behind", status.lag_events)
                }
                _ => return None,
            };
            let name = status.name;
            Some(Failed { name, said })
        });
        Self {
            message,
            verb,
            recorded: log.iter().filter(is_new).cloned().collect(),
            log,
            given,
            cause,
            sent,
            parked: app.parked().await.unwrap_or_default(),
            stuck: stuck.collect(),
            expected: Mutex::default(),
            fixture,
        }
    }

    /// The events that were recorded for what the test is about.
    pub(super) fn own(&self) -> &[StoredEvent] {
        self.recorded.get(self.given..).unwrap_or_default()
    }

    pub(super) fn recorded(&self) -> Vec<Shown> {
        self.own().iter().map(Shown::from).collect()
    }

    /// The test says that the view or handler of this name fails.
    pub(super) fn expect_failure(&self, name: &str) {
        self.expected().push(name.to_owned());
    }

    /// What has failed that the test has said nothing of, neither in this round nor before.
    pub(super) fn unexpected(&self) -> Vec<Failed> {
        let mut failures = self.failures();
        let expected = self.expected();
        failures.retain(|failed| {
            !expected.contains(&failed.name) && !self.fixture.known.contains(failed)
        });
        failures
    }

    fn expected(&self) -> MutexGuard<'_, Vec<String>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has failed.
    pub(super) fn failures(&self) -> Vec<Failed> {
        let parked = self.parked.iter().map(|parked| {
            let (kind, name, key) = (parked.kind.as_str(), &parked.name, &parked.key_text);
            Failed {
                name: name.to_string(),
                said: format!("{kind} `{name}` has parked {key}: {}", parked.error),
            }
        });
        parked.chain(self.stuck.iter().cloned()).collect()
    }

    /// What has happened, for the end of a message.
    pub(super) fn activity(&self) -> Vec<String> {
        let recorded = self.recorded.iter().map(|event| {
            let meta = &event.meta;
            format!("{} {} on {}", meta.position, meta.name, meta.stream)
        });
        let sent = self
            .sent
            .iter()
            .map(|command| format!("sent {}", command.name));
        let failures = self.failures().into_iter().map(|failed| failed.said);
        recorded.chain(sent).chain(failures).collect()
    }

    pub(super) fn report(&self, fact: impl std::fmt::Display, verb: Verb) -> Report {
        Report::new(self.message, fact, verb)
    }

    /// Fails with what the report says, and how it came to be.
    #[track_caller]
    pub(super) fn finish(&self, report: Report) -> ! {
        let mut report = report.note("given", self.fixture.summary());
        if let Some(cause) = &self.cause {
            report = report.note(
                "cause",
                format_args!("probably that it was rejected: {cause}"),
            );
        }
        let activity = self.activity();
        if !activity.is_empty() {
            report = report.note("log", activity.join("\n"));
        }
        report.fail()
    }
}

impl Drop for Effects {
    /// What has failed must not go unseen.
    fn drop(&mut self) {
        if std::thread::panicking() || !self.fixture.checks.has(Check::NothingFails) {
            return;
        }
        let failures: Vec<_> = self
            .unexpected()
            .into_iter()
            .map(|failed| failed.said)
            .collect();
        if !failures.is_empty() {
            let report = self
                .report("something failed that the test says nothing of", self.verb)
                .note("given", self.fixture.summary())
                .note("cause", failures.join("\n"))
                .note(
                    "check",
                    "`.then_parked(name)` or `.then_failing(name)` says so, or else",
                );
            report
                .note("", Check::NothingFails.how_to_leave_out())
                .fail();
        }
    }
}
