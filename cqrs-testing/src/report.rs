//! What a failed test says.

mod align;
mod table;

use std::{fmt, panic::Location};

use cqrs_core::{NewEvent, StoredEvent};
use serde_json::Value;

pub(crate) use self::table::{Sides, Table};

/// A place in a test.
pub(crate) type Place = &'static Location<'static>;

/// A message as it is compared and shown: by its name and what it is written as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) json: Value,
}

impl Shown {
    /// A message with this payload.
    pub(crate) fn new(name: &str, payload: &[u8]) -> Self {
        let text = || Value::String(String::from_utf8_lossy(payload).into_owned());
        Self {
            name: name.to_owned(),
            json: serde_json::from_slice(payload).unwrap_or_else(|_not_json| text()),
        }
    }
}

impl From<&NewEvent> for Shown {
    fn from(event: &NewEvent) -> Self {
        Self::new(&event.name, &event.payload)
    }
}

impl From<&StoredEvent> for Shown {
    fn from(event: &StoredEvent) -> Self {
        Self::new(&event.meta.name, &event.payload)
    }
}

/// What a failed test says: a title with the place, what was compared, and how it came to be.
#[derive(Debug)]
pub(crate) struct Report {
    title: String,
    place: Place,
    verb: &'static str,
    body: String,
    notes: Vec<(&'static str, String)>,
}

impl Report {
    /// A report on what `verb`, at a place of a test, found out about a message.
    pub(crate) fn new(
        message: &str,
        fact: impl fmt::Display,
        (verb, place): (&'static str, Place),
    ) -> Self {
        Self {
            title: format!("{message}: {fact}"),
            place,
            verb,
            body: String::new(),
            notes: Vec::new(),
        }
    }

    /// What was compared.
    pub(crate) fn body(mut self, body: impl fmt::Display) -> Self {
        self.body = body.to_string();
        self
    }

    /// What was expected and what was found, where there is one of each.
    pub(crate) fn sides(
        self,
        (left, expected): (&str, impl fmt::Display),
        (right, found): (&str, impl fmt::Display),
    ) -> Self {
        let width = left.len().max(right.len());
        let indented = |text: String| text.replace('\n', &format!("\n{:1$}", "", width + 7));
        let (expected, found) = (indented(expected.to_string()), indented(found.to_string()));
        self.body(format_args!(
            "     {left:width$}  {expected}\n     {right:width$}  {found}"
        ))
    }

    /// A line below, under a word.
    pub(crate) fn note(mut self, word: &'static str, text: impl fmt::Display) -> Self {
        self.notes.push((word, text.to_string()));
        self
    }

    /// Fails the test, at its own line.
    #[track_caller]
    pub(crate) fn fail(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            title,
            place,
            verb,
            body,
            notes,
        } = self;
        write!(f, "{title:<68}  {} ({verb})", line_of(place))?;
        if !body.is_empty() {
            write!(f, "\n{body}")?;
        }
        for (word, text) in notes {
            write!(f, "\n{word:<6}  {}", text.replace('\n', "\n        "))?;
        }
        Ok(())
    }
}

/// A place as it is shown.
pub(crate) fn line_of(place: Place) -> String {
    format!("{}:{}", place.file(), place.line())
}

/// `1 event`, `2 events`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
