//! What became of a message, compared with what a test expects.

mod failure;

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::failure::{Failure, chain_of};
use crate::{
    diff::shown,
    report::{Place, Report, Shown, Sides, Table, counted},
};

/// Which step of a test it is, and where it stands.
pub(crate) type Verb = (&'static str, Place);

/// What became of a message.
pub(crate) struct Outcome<'a, T, E> {
    pub(crate) message: &'static str,
    pub(crate) words: Words,
    pub(crate) result: Result<&'a T, Failure<'a, E>>,
    pub(crate) recorded: Vec<Shown>,
    pub(crate) given: String,
    pub(crate) activity: Vec<String>,
}

/// How to speak of a kind of message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    noun: &'static str,
    done: &'static str,
}

impl Words {
    pub(crate) const COMMAND: Self = Self {
        noun: "command",
        done: "accepted",
    };
    pub(crate) const QUERY: Self = Self {
        noun: "query",
        done: "answered",
    };
}

impl<'a, T, E: Display + Debug> Outcome<'a, T, E> {
    /// It recorded these events, in this order.
    #[track_caller]
    pub(crate) fn events(&self, expected: &[Shown], verb: Verb) {
        let table = Table::in_order(Sides::RECORDED, expected, &self.recorded);
        self.compare_events(expected, &table, verb);
    }

    /// It recorded these events, in any order.
    #[track_caller]
    pub(crate) fn events_in_any_order(&self, expected: &[Shown], verb: Verb) {
        let table = Table::in_any_order(Sides::RECORDED, expected, &self.recorded);
        self.compare_events(expected, &table, verb);
    }

    #[track_caller]
    fn compare_events(&self, expected: &[Shown], table: &Table, verb: Verb) {
        if table.is_same() && self.result.is_ok() {
            return;
        }
        if expected.is_empty() && table.is_same() {
            self.fail_otherwise("accepted, and recorded nothing", verb);
        }
        let fact = if expected.is_empty() {
            "it recorded events, and none were expected"
        } else {
            "recorded events differ from the expected ones"
        };
        self.finish(Report::new(self.message, fact, verb).body(table));
    }

    /// It recorded one event of this name, whose payload this gives back.
    #[track_caller]
    pub(crate) fn one_event(&self, name: &str, verb: Verb) -> usize {
        let is_it = |(_, event): &(usize, &Shown)| event.name == name;
        let mut found = self.recorded.iter().enumerate().filter(is_it);
        let (first, others) = (found.next(), found.count());
        match first {
            Some((at, _)) if others == 0 => return at,
            _ => {}
        }
        let was = match others {
            0 => self.was(),
            others => format!("{} of it", counted(others + 1, "event")),
        };
        let fact = format_args!("it did not record one `{name}`");
        self.finish(
            Report::new(self.message, fact, verb)
                .sides(("expected", format_args!("one `{name}`")), ("was", was)),
        )
    }

    /// It was accepted.
    #[track_caller]
    pub(crate) fn ok(&self, verb: Verb) -> &'a T {
        match &self.result {
            Ok(output) => output,
            Err(_) => self.fail_otherwise(self.words.done, verb),
        }
    }

    /// It answered this.
    #[track_caller]
    pub(crate) fn output(&self, expected: &T, verb: Verb)
    where
        T: Serialize,
    {
        let output = self.ok(verb);
        let fact = "it answered something else than expected";
        if let Some(report) = compare_values(self.message, fact, (expected, output), verb) {
            self.finish(report);
        }
    }

    /// It was rejected.
    #[track_caller]
    pub(crate) fn rejected(&self, verb: Verb) -> &'a E {
        match &self.result {
            Err(Failure::Rejected(error)) => error,
            _ => self.fail_otherwise("rejected", verb),
        }
    }

    /// It was rejected with this error.
    #[track_caller]
    pub(crate) fn error(&self, expected: &E, verb: Verb)
    where
        E: PartialEq,
    {
        let Err(Failure::Rejected(error)) = self.result else {
            self.fail_otherwise(&format!("rejected with {expected:?}"), verb);
        };
        if error != expected {
            self.finish(
                Report::new(self.message, "it was rejected with another error", verb).sides(
                    ("expected", format_args!("{expected:?}")),
                    ("was", format_args!("{error:?}")),
                ),
            );
        }
    }

    /// It was rejected with an error that says this.
    #[track_caller]
    pub(crate) fn error_text(&self, expected: &str, verb: Verb) {
        let said = self.rejected(verb).to_string();
        if said != expected {
            self.finish(
                Report::new(self.message, "it was rejected with another error", verb)
                    .sides(("expected", expected), ("was", said)),
            );
        }
    }

    /// It was rejected with an error that a test recognises.
    #[track_caller]
    pub(crate) fn error_matches(&self, is_expected: impl FnOnce(&E) -> bool, verb: Verb) {
        let error = self.rejected(verb);
        if !is_expected(error) {
            self.finish(
                Report::new(self.message, "it was rejected with another error", verb).sides(
                    ("expected", "one that the closure is true for"),
                    ("was", format_args!("{error:?}")),
                ),
            );
        }
    }

    /// Its aggregate was there already.
    #[track_caller]
    pub(crate) fn already_exists(&self, verb: Verb) {
        if !matches!(self.result, Err(Failure::AlreadyExists(_))) {
            self.fail_otherwise("refused, as the aggregate exists already", verb);
        }
    }

    /// Its aggregate was not there.
    #[track_caller]
    pub(crate) fn not_found(&self, verb: Verb) {
        if !matches!(self.result, Err(Failure::NotFound(_))) {
            self.fail_otherwise("refused, as there is no such aggregate", verb);
        }
    }

    /// Fails, as it became of it something else than this.
    #[track_caller]
    pub(crate) fn fail_otherwise(&self, expected: &str, verb: Verb) -> ! {
        let fact = match self.result {
            Ok(_) => format!("it was {}", self.words.done),
            Err(Failure::Rejected(_)) => "it was rejected".to_owned(),
            Err(_) => "it was refused".to_owned(),
        };
        self.finish(
            Report::new(self.message, fact, verb)
                .sides(("expected", expected), ("was", self.was())),
        )
    }

    /// Fails with what the report says, and how it came to be.
    #[track_caller]
    pub(crate) fn finish(&self, report: Report) -> ! {
        let mut report = report
            .note("given", &self.given)
            .note("cause", self.cause());
        if !self.activity.is_empty() {
            report = report.note("log", self.activity.join("\n"));
        }
        report.fail()
    }

    fn was(&self) -> String {
        match &self.result {
            Ok(_) => format!("{}{}", self.words.done, self.and_recorded()),
            Err(Failure::Rejected(error)) => format!("rejected with {error:?}"),
            Err(other) => format!("refused: {}", other.text()),
        }
    }

    fn and_recorded(&self) -> String {
        if self.words.noun == Words::QUERY.noun {
            return String::new();
        }
        let names = self.recorded.iter().map(|event| event.name.as_str());
        match names.collect::<Vec<_>>().join(", ").as_str() {
            "" => ", and recorded nothing".to_owned(),
            names => format!(", and recorded {names}"),
        }
    }

    fn cause(&self) -> String {
        let Words { noun, done } = self.words;
        match &self.result {
            Ok(_) if self.recorded.is_empty() && noun == Words::COMMAND.noun => {
                "none: the command was accepted, and recorded nothing".to_owned()
            }
            Ok(_) => format!("none: the {noun} was {done}"),
            Err(Failure::Rejected(error)) => {
                format!("probably that the {noun} was rejected: {error}")
            }
            Err(other) => format!("probably that the {noun} was refused: {}", other.text()),
        }
    }
}

/// A report on two values that are not written alike.
pub(crate) fn compare_values<T: Serialize>(
    message: &str,
    fact: &str,
    (expected, found): (&T, &T),
    verb: Verb,
) -> Option<Report> {
    let json = |value: &T| {
        serde_json::to_value(value)
            .unwrap_or_else(|error| Value::String(format!("not JSON: {error}")))
    };
    let (expected, found) = (json(expected), json(found));
    if expected == found {
        return None;
    }
    let report = Report::new(message, fact, verb);
    let is_whole =
        !(expected.is_object() && found.is_object() || expected.is_array() && found.is_array());
    Some(if is_whole {
        report.sides(("expected", shown(&expected, 0)), ("was", shown(&found, 0)))
    } else {
        let value = |json| Shown::of_json("(answer)", json);
        let sides = Sides {
            left: "expected",
            right: "answered",
        };
        report.body(Table::in_order(sides, &[value(expected)], &[value(found)]))
    })
}
