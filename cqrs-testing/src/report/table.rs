//! A comparison of two lists of messages, side by side.

use std::fmt;

use super::{
    Shown,
    align::{Row, in_any_order, in_order},
};
use crate::diff::{Difference, shown};

/// How many differences of one message are shown.
const SHOWN: usize = 8;

/// What the two sides of a comparison are called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    pub(crate) left: &'static str,
    pub(crate) right: &'static str,
}

impl Sides {
    /// What a test expects, and what was recorded.
    pub(crate) const RECORDED: Self = Self {
        left: "expected",
        right: "recorded",
    };

    /// What is said of a message that one side lacks.
    fn lack(self) -> (String, String) {
        match self.left {
            "expected" => ("missing".to_owned(), "not expected".to_owned()),
            left => (format!("only in {left}"), format!("only in {}", self.right)),
        }
    }
}

/// Two lists of messages, side by side: `=` the same, `~` other content, `-` missing, `+` not expected.
#[derive(Debug)]
pub(crate) struct Table {
    sides: Sides,
    lines: Vec<Line>,
    same: bool,
}

#[derive(Debug)]
struct Line {
    mark: char,
    left: String,
    right: String,
    note: (String, String),
}

impl Table {
    /// Compares two lists in their order.
    pub(crate) fn in_order(sides: Sides, left: &[Shown], right: &[Shown]) -> Self {
        Self::new(sides, &in_order(left, right))
    }

    /// Compares two lists whatever their order.
    pub(crate) fn in_any_order(sides: Sides, left: &[Shown], right: &[Shown]) -> Self {
        Self::new(sides, &in_any_order(left, right))
    }

    fn new(sides: Sides, rows: &[Row<'_>]) -> Self {
        Self {
            sides,
            lines: rows.iter().flat_map(|row| lines(sides, *row)).collect(),
            same: rows.iter().all(|row| matches!(row, Row::Same(_))),
        }
    }

    /// Whether there is no difference.
    pub(crate) const fn is_same(&self) -> bool {
        self.same
    }
}

fn lines(sides: Sides, row: Row<'_>) -> Vec<Line> {
    let line = |mark, left: Option<&Shown>, right: Option<&Shown>, note: (&str, String)| {
        let name = |side: Option<&Shown>| side.map_or_else(String::new, |side| side.name.clone());
        Line {
            mark,
            left: name(left),
            right: name(right),
            note: (note.0.to_owned(), note.1),
        }
    };
    match row {
        Row::Same(a) => vec![line('=', Some(a), Some(a), ("", String::new()))],
        Row::Missing(a) => vec![line(
            '-',
            Some(a),
            None,
            (&sides.lack().0, shown(&a.json, 0)),
        )],
        Row::Extra(b) => vec![line(
            '+',
            None,
            Some(b),
            (&sides.lack().1, shown(&b.json, 0)),
        )],
        Row::Differs(a, b) => {
            let found = a.differences(b);
            let hidden = found.len().saturating_sub(SHOWN);
            let mut notes: Vec<_> = found
                .into_iter()
                .take(SHOWN)
                .map(|one| note(sides, one))
                .collect();
            if hidden > 0 {
                notes.push((format!("and {hidden} more"), String::new()));
            }
            let mut lines = vec![line('~', Some(a), Some(b), ("", String::new()))];
            for (index, note) in notes.into_iter().enumerate() {
                if index > 0 {
                    lines.push(line(' ', None, None, ("", String::new())));
                }
                if let Some(last) = lines.last_mut() {
                    last.note = note;
                }
            }
            lines
        }
    }
}

fn note(sides: Sides, Difference { path, left, right }: Difference) -> (String, String) {
    let nothing = || "nothing".to_owned();
    let (left, right) = (left.unwrap_or_else(nothing), right.unwrap_or_else(nothing));
    let Sides { left: l, right: r } = sides;
    (path, format!("{l} {left}, {r} {right}"))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Line) -> &str, least: usize| {
            let widths = self.lines.iter().map(|line| of(line).chars().count());
            widths.max().unwrap_or(0).max(least)
        };
        let Sides { left, right } = self.sides;
        let l = width(|line| &line.left, left.len());
        let r = width(|line| &line.right, right.len());
        let n = width(|line| &line.note.0, 0);
        write!(f, "     {left:l$} | {right}")?;
        for line in &self.lines {
            let Line {
                mark,
                left,
                right,
                note,
            } = line;
            let text = format!(
                "  {mark}  {left:l$} | {right:r$}   {:n$}   {}",
                note.0, note.1
            );
            write!(f, "\n{}", text.trim_end())?;
        }
        Ok(())
    }
}
