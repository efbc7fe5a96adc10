//! Event queries as SQL over the indexes of names and tags, so that they cost what they find.

use std::fmt::Write;

use cqrs_core::{
    EventQuery, Name,
    store::query::{Direction, QueryItem},
};
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::{interned::number_of_name, numbers::from_sql};

/// The part of the log in which matches are looked for, and how many are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) after: i64,
    pub(crate) until: i64,
    pub(crate) limit: i64,
    pub(crate) direction: Direction,
}

impl Span {
    /// How many events a page of all events has.
    pub(crate) fn wanted(self) -> u64 {
        from_sql(self.until.saturating_sub(self.after).min(self.limit))
    }
}

/// How many terms one statement has at most. SQLite allows 500.
const TERMS: usize = 100;

/// The positions that match a query which does not match everything, in order.
pub(crate) fn positions(
    connection: &Connection,
    query: &EventQuery,
    span: Span,
) -> rusqlite::Result<Vec<i64>> {
    let mut terms = Vec::new();
    for item in query.items() {
        add_terms(connection, item, &mut terms)?;
    }
    let mut found = Vec::new();
    for terms in terms.chunks(TERMS) {
        found.append(&mut select(connection, terms, span)?);
    }
    if terms.len() > TERMS {
        found.sort_unstable();
        found.dedup();
        if span.direction == Direction::Backward {
            found.reverse();
        }
        found.truncate(usize::try_from(span.limit).unwrap_or(0));
    }
    Ok(found)
}

/// A selection that one index answers in the order of positions.
enum Term<'a> {
    Name(i64),
    Tags {
        tags: Vec<&'a str>,
        /// Empty: any.
        names: Vec<i64>,
    },
}

fn add_terms<'a>(
    connection: &Connection,
    item: &'a QueryItem,
    terms: &mut Vec<Term<'a>>,
) -> rusqlite::Result<()> {
    let names = numbers(connection, &item.names)?;
    if item.tags.is_empty() {
        terms.extend(names.into_iter().map(Term::Name));
    } else if item.names.is_empty() || !names.is_empty() {
        terms.push(Term::Tags {
            tags: item.tags.iter().map(cqrs_core::Tag::as_str).collect(),
            names,
        });
    }
    Ok(())
}

/// The numbers of those names that were ever stored: no event has another.
fn numbers(connection: &Connection, names: &[Name]) -> rusqlite::Result<Vec<i64>> {
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        numbers.extend(number_of_name(connection, name)?);
    }
    Ok(numbers)
}

/// The terms' matches in one ordered list. SQLite merges them as they come: each is in order by its index.
fn select(connection: &Connection, terms: &[Term<'_>], span: Span) -> rusqlite::Result<Vec<i64>> {
    let (sql, values) = statement(terms, span);
    connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| row.get(0))?
        .collect()
}

fn statement(terms: &[Term<'_>], span: Span) -> (String, Vec<Value>) {
    let mut sql = String::new();
    let mut values = vec![
        Value::Integer(span.after),
        Value::Integer(span.until),
        Value::Integer(span.limit),
    ];
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            sql.push_str(" UNION ");
        }
        write_term(&mut sql, &mut values, term);
    }
    sql.push_str(match span.direction {
        Direction::Forward => " ORDER BY position LIMIT ?3",
        Direction::Backward => " ORDER BY position DESC LIMIT ?3",
    });
    (sql, values)
}

fn write_term(sql: &mut String, values: &mut Vec<Value>, term: &Term<'_>) {
    const RANGE: &str = "position > ?1 AND position <= ?2";
    // Writing to a string does not fail.
    match term {
        Term::Name(name) => {
            values.push(Value::Integer(*name));
            // Without the hint SQLite may scan the range of positions.
            let _written = write!(
                sql,
                "SELECT position FROM events INDEXED BY events_name WHERE name = ?{} AND {RANGE}",
                values.len()
            );
        }
        Term::Tags { tags, names } => {
            for (index, tag) in tags.iter().enumerate() {
                values.push(Value::Text((*tag).to_owned()));
                let _written = if index == 0 {
                    write!(
                        sql,
                        "SELECT position FROM tags WHERE tag = ?{} AND {RANGE}",
                        values.len()
                    )
                } else {
                    write!(
                        sql,
                        " AND EXISTS (SELECT 1 FROM tags AS other \
                         WHERE other.tag = ?{} AND other.position = tags.position)",
                        values.len()
                    )
                };
            }
            if !names.is_empty() {
                sql.push_str(" AND name IN (");
                for (index, name) in names.iter().enumerate() {
                    values.push(Value::Integer(*name));
                    let comma = if index > 0 { ", " } else { "" };
                    let _written = write!(sql, "{comma}?{}", values.len());
                }
                sql.push(')');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tests::{memory, plan};

    #[test]
    fn terms_are_read_from_their_indexes_and_merged_without_sorting() {
        let connection = memory();
        for direction in [Direction::Forward, Direction::Backward] {
            let span = Span {
                after: 0,
                until: 10,
                limit: 5,
                direction,
            };
            let terms = [
                Term::Name(1),
                Term::Name(2),
                Term::Tags {
                    tags: vec!["a:1", "b:2"],
                    names: vec![1, 2],
                },
            ];
            let plan = plan(&connection, &statement(&terms, span).0);

            assert!(plan.contains("MERGE (UNION)"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            assert!(!plan.contains("SCAN"), "{plan}");
            assert!(
                plan.contains("USING COVERING INDEX events_name (name=? AND rowid>? AND rowid<?)"),
                "{plan}"
            );
            assert!(
                plan.contains(
                    "SEARCH tags USING PRIMARY KEY (tag=? AND position>? AND position<?)"
                ),
                "{plan}"
            );
        }
    }
}
