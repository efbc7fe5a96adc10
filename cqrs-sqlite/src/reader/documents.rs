//! Reading documents, checkpoints and what is parked.

use bytes::Bytes;
use cqrs_core::{
    Name, Position,
    store::documents::{
        Checkpoint, Document, IndexRange, ParkedEvent, Reading, Selection, Subscription,
        SubscriptionKind,
    },
};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::numbers::{from_sql, position, time, to_sql};

/// Where a subscription stands.
pub(crate) fn checkpoint(
    connection: &Connection,
    subscription: &Subscription,
) -> Result<Option<Checkpoint>> {
    connection
        .prepare_cached(
            "SELECT position, epoch, mixed, built, paused FROM subscriptions
             WHERE kind = ?1 AND name = ?2 AND version = ?3",
        )?
        .query_row(
            params![
                subscription.kind.as_str(),
                subscription.name.as_str(),
                subscription.version
            ],
            read_checkpoint,
        )
        .optional()
}

/// Every subscription.
pub(crate) fn subscriptions(connection: &Connection) -> Result<Vec<(Subscription, Checkpoint)>> {
    let mut found = connection
        .prepare_cached(
            "SELECT position, epoch, mixed, built, paused, kind, name, version FROM subscriptions",
        )?
        .query_map([], |row| {
            let kind: String = row.get(5)?;
            let name: String = row.get(6)?;
            let subscription = Subscription {
                kind: match kind.as_str() {
                    "view" => SubscriptionKind::View,
                    "projection" => SubscriptionKind::Projection,
                    _ => SubscriptionKind::Handler,
                },
                name: Name::from(name),
                version: row.get(7)?,
            };
            Ok((subscription, read_checkpoint(row)?))
        })?
        .collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    Ok(found)
}

fn read_parked(row: &Row<'_>) -> Result<ParkedEvent> {
    Ok(ParkedEvent {
        key: bytes(row, 0)?,
        key_text: row.get(1)?,
        position: position(row.get(2)?),
        attempts: row.get(3)?,
        error: row.get(4)?,
        parked_at: time(row.get(5)?),
    })
}

fn read_checkpoint(row: &Row<'_>) -> Result<Checkpoint> {
    Ok(Checkpoint {
        position: position(row.get(0)?),
        epoch: from_sql(row.get(1)?),
        mixed: row.get(2)?,
        built: row.get(3)?,
        paused: row.get(4)?,
    })
}

/// The documents with these keys, in the order asked for.
pub(crate) fn get(
    connection: &Connection,
    view: &Subscription,
    keys: &[Bytes],
) -> Result<Reading<Vec<Option<Bytes>>>> {
    let Some(stands) = find(connection, view)? else {
        return Ok(Reading {
            found: vec![None; keys.len()],
            ..Reading::default()
        });
    };
    let mut select =
        connection.prepare_cached("SELECT content FROM documents WHERE view = ?1 AND key = ?2")?;
    let found = keys.iter().map(|key| {
        select
            .query_row(params![stands.number, &**key], |row| bytes(row, 0))
            .optional()
    });
    Ok(stands.reading(found.collect::<Result<_>>()?))
}

/// No key is before the empty one, which may be a key itself.
const LIST: &str = "SELECT key, content FROM documents WHERE view = ?1 AND key >= ?2
     AND (?3 OR key > ?2) ORDER BY key LIMIT ?4 OFFSET ?5";

/// The documents of a selection.
pub(crate) fn list(
    connection: &Connection,
    view: &Subscription,
    selection: &Selection,
) -> Result<Reading<Vec<Document>>> {
    let Some(stands) = find(connection, view)? else {
        return Ok(Reading::default());
    };
    let view = stands.number;
    let take = selection.take.map_or(-1, to_sql);
    let skip = to_sql(selection.skip);
    let after = selection.after.as_ref();
    let found = match &selection.by {
        None => connection
            .prepare_cached(LIST)?
            .query_map(
                params![
                    view,
                    after.map_or(&[][..], |(_, key)| key),
                    after.is_none(),
                    take,
                    skip
                ],
                document,
            )?
            .collect::<Result<_>>(),
        Some(by) => {
            let place = Place::of(by, after);
            connection
                .prepare_cached(&list_by_index(by))?
                .query_map(
                    params![
                        view,
                        by.index.as_str(),
                        place.value,
                        place.key,
                        place.included,
                        by.to.as_deref(),
                        take,
                        skip
                    ],
                    document,
                )?
                .collect()
        }
    };
    Ok(stands.reading(found?))
}

/// How many documents a selection has.
pub(crate) fn count(
    connection: &Connection,
    view: &Subscription,
    selection: &Selection,
) -> Result<Reading<u64>> {
    let Some(stands) = find(connection, view)? else {
        return Ok(Reading::default());
    };
    let view = stands.number;
    let count = match &selection.by {
        None => connection
            .prepare_cached("SELECT count(*) FROM documents WHERE view = ?1")?
            .query_row([view], |row| row.get(0)),
        Some(by) => connection.prepare_cached(&count_by_index(by))?.query_row(
            params![
                view,
                by.index.as_str(),
                by.from.as_deref().unwrap_or_default(),
                by.to.as_deref()
            ],
            |row| row.get(0),
        ),
    };
    Ok(stands.reading(from_sql(count?)))
}

// With a bound that may be NULL, SQLite would read an index to its end.

fn list_by_index(by: &IndexRange) -> String {
    let bound = match by.to {
        Some(_) => "entry.value <= ?6",
        None => "?6 IS NULL",
    };
    format!(
        "SELECT documents.key, documents.content FROM document_indexes AS entry
         CROSS JOIN documents ON documents.view = entry.view AND documents.key = entry.key
         WHERE entry.view = ?1 AND entry.name = ?2 AND (entry.value, entry.key) >= (?3, ?4)
         AND (?5 OR (entry.value, entry.key) > (?3, ?4)) AND {bound}
         ORDER BY entry.value, entry.key LIMIT ?7 OFFSET ?8"
    )
}

fn count_by_index(by: &IndexRange) -> String {
    let bound = match by.to {
        Some(_) => "value <= ?4",
        None => "?4 IS NULL",
    };
    format!(
        "SELECT count(*) FROM document_indexes
         WHERE view = ?1 AND name = ?2 AND value >= ?3 AND {bound}"
    )
}

const PARKED: &str = "SELECT key, key_text, position, attempts, error, parked_at FROM parked
     WHERE subscription = ?1 ORDER BY key, position";

const PARKED_OF_KEY: &str = "SELECT key, key_text, position, attempts, error, parked_at FROM parked
     WHERE subscription = ?1 AND key = ?2 ORDER BY position";

/// What is parked of a subscription, or of one of its keys.
pub(crate) fn parked(
    connection: &Connection,
    subscription: &Subscription,
    key: Option<&Bytes>,
) -> Result<Vec<ParkedEvent>> {
    let Some(stands) = find(connection, subscription)? else {
        return Ok(Vec::new());
    };
    let number = stands.number;
    match key {
        None => connection
            .prepare_cached(PARKED)?
            .query_map([number], read_parked)?
            .collect(),
        Some(key) => connection
            .prepare_cached(PARKED_OF_KEY)?
            .query_map(params![number, &**key], read_parked)?
            .collect(),
    }
}

/// From where an index is read.
struct Place<'a> {
    value: &'a [u8],
    key: &'a [u8],
    /// Whether an entry that is just here belongs to it.
    included: bool,
}

impl<'a> Place<'a> {
    fn of(by: &'a IndexRange, after: Option<&'a (Option<Bytes>, Bytes)>) -> Self {
        // No entry with a value is before the one with an empty key.
        let first = (by.from.as_deref().unwrap_or_default(), &[][..]);
        let after = after.map(|(value, key)| (value.as_deref().unwrap_or_default(), &**key));
        match after {
            Some((value, key)) if (value, key) >= first => Self {
                value,
                key,
                included: false,
            },
            _ => Self {
                value: first.0,
                key: first.1,
                included: true,
            },
        }
    }
}

/// What is read first, in the snapshot that all else is read from: where the documents are, and how the view is.
#[derive(Clone, Copy, Debug)]
struct Stands {
    number: i64,
    built: bool,
    position: Position,
}

impl Stands {
    const fn reading<T>(self, found: T) -> Reading<T> {
        Reading {
            built: self.built,
            position: self.position,
            found,
        }
    }
}

fn find(connection: &Connection, subscription: &Subscription) -> Result<Option<Stands>> {
    connection
        .prepare_cached(
            "SELECT id, built, position FROM subscriptions
             WHERE kind = ?1 AND name = ?2 AND version = ?3",
        )?
        .query_row(
            params![
                subscription.kind.as_str(),
                subscription.name.as_str(),
                subscription.version
            ],
            |row| {
                Ok(Stands {
                    number: row.get(0)?,
                    built: row.get(1)?,
                    position: position(row.get(2)?),
                })
            },
        )
        .optional()
}

fn document(row: &Row<'_>) -> Result<Document> {
    Ok(Document {
        key: bytes(row, 0)?,
        content: bytes(row, 1)?,
    })
}

fn bytes(row: &Row<'_>, column: usize) -> Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_blob()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tests::{memory, plan};

    fn range(to: Option<&'static str>) -> IndexRange {
        IndexRange {
            index: "email".into(),
            from: Some("a".into()),
            to: to.map(Bytes::from),
        }
    }

    #[test]
    fn lists_begin_and_end_in_their_index_and_are_not_sorted() {
        let connection = memory();

        assert_eq!(
            plan(&connection, LIST),
            "SEARCH documents USING PRIMARY KEY (view=? AND key>?)"
        );
        assert_eq!(
            plan(&connection, &list_by_index(&range(Some("b")))),
            "SEARCH entry USING PRIMARY KEY (view=? AND name=? AND (value,key)>(?,?) AND value<?)\n\
             SEARCH documents USING PRIMARY KEY (view=? AND key=?)"
        );
        assert_eq!(
            plan(&connection, &list_by_index(&range(None))),
            "SEARCH entry USING PRIMARY KEY (view=? AND name=? AND (value,key)>(?,?))\n\
             SEARCH documents USING PRIMARY KEY (view=? AND key=?)"
        );
        assert_eq!(
            plan(&connection, PARKED_OF_KEY),
            "SEARCH parked USING PRIMARY KEY (subscription=? AND key=?)"
        );
        assert_eq!(
            plan(&connection, &count_by_index(&range(Some("b")))),
            "SEARCH document_indexes USING PRIMARY KEY (view=? AND name=? AND value>? AND value<?)"
        );
    }
}
