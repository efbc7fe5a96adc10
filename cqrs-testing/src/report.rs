//! What a failed test says.

mod align;
mod table;

use std::{fmt, panic::Location};

use cqrs_core::{NewEvent, StoredEvent};
use serde_json::Value;

use crate::diff::{Difference, differences, same_but_order};

pub(crate) use self::table::{Sides, Table};

/// A place in a test.
pub(crate) type Place = &'static Location<'static>;

/// A message as it is compared and shown: by its name and what it is written as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) json: Value,
    /// Numbers that a [`Value`] would round, as they are written.
    long_numbers: Vec<String>,
}

impl Shown {
    /// A message with this payload.
    pub(crate) fn new(name: &str, payload: &[u8]) -> Self {
        let text = || Value::String(String::from_utf8_lossy(payload).into_owned());
        Self {
            name: name.to_owned(),
            json: serde_json::from_slice(payload).unwrap_or_else(|_not_json| text()),
            long_numbers: long_numbers(payload),
        }
    }

    /// A message of which nothing but this is known.
    pub(crate) fn of_json(name: &str, json: Value) -> Self {
        Self {
            name: name.to_owned(),
            json,
            long_numbers: Vec::new(),
        }
    }

    /// Whether two messages are the same but for the order in lists.
    pub(crate) fn is_same_but_order(&self, other: &Self) -> bool {
        self.name == other.name
            && self.long_numbers == other.long_numbers
            && same_but_order(&self.json, &other.json)
    }

    /// Where two messages differ.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Difference> {
        let found = differences(&self.json, &other.json);
        if !found.is_empty() || self.long_numbers == other.long_numbers {
            return found;
        }
        let numbers = |shown: &Self| Some(shown.long_numbers.join(" "));
        vec![Difference {
            path: "(numbers)".to_owned(),
            left: numbers(self),
            right: numbers(other),
        }]
    }
}

/// The numbers of a text that have more digits than a `u64` or `f64` holds, in an order of their own.
fn long_numbers(payload: &[u8]) -> Vec<String> {
    const EXACT: usize = 15;
    let text = String::from_utf8_lossy(payload);
    let is_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    let digits = |word: &&str| word.chars().filter(char::is_ascii_digit).count();
    let mut numbers: Vec<_> = text
        .split(|c| !is_number(c))
        .filter(|word| digits(word) > EXACT)
        .map(str::to_owned)
        .collect();
    numbers.sort_unstable();
    numbers
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_to_the_last_digit() {
        let shown = |text: &str| Shown::new("Paid", text.as_bytes());
        let one = shown(r#"{"wei": 340282366920938463463374607431768211455}"#);
        let other = shown(r#"{"wei": 340282366920938463463374607431768211454}"#);

        assert_eq!(one.json, other.json, "they are rounded");
        assert_ne!(one, other);
        assert!(!one.is_same_but_order(&other));
        assert_eq!(one.differences(&other).len(), 1);
        assert_eq!(shown(r#"{"a": 1, "b": 2}"#), shown(r#"{"b":2,"a":1}"#));
    }
}
