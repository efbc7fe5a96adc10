//! Reading documents, checkpoints and what is parked.

use bytes::Bytes;
use cqrs_core::{
    Name,
    store::documents::{
        Checkpoint, Document, IndexRange, ParkedEvent, Selection, Subscription, SubscriptionKind,
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
) -> Result<Vec<Option<Bytes>>> {
    let Some(view) = number(connection, view)? else {
        return Ok(vec![None; keys.len()]);
    };
    let mut select =
        connection.prepare_cached("SELECT content FROM documents WHERE view = ?1 AND key = ?2")?;
    keys.iter()
        .map(|key| {
            select
                .query_row(params![view, &**key], |row| bytes(row, 0))
                .optional()
        })
        .collect()
}

/// No key is before the empty one, which may be a key itself.
const LIST: &str = "SELECT key, content FROM documents WHERE view = ?1 AND key >= ?2
     AND (?3 OR key > ?2) ORDER BY key LIMIT ?4 OFFSET ?5";

/// The documents of a selection.
pub(crate) fn list(
    connection: &Connection,
    view: &Subscription,
    selection: &Selection,
) -> Result<Vec<Document>> {
    let Some(view) = number(connection, view)? else {
        return Ok(Vec::new());
    };
    let take = selection.take.map_or(-1, to_sql);
    let skip = to_sql(selection.skip);
    let after = selection.after.as_ref();
    match &selection.by {
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
            .collect(),
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
    }
}

/// How many documents a selection has.
pub(crate) fn count(
    connection: &Connection,
    view: &Subscription,
    selection: &Selection,
) -> Result<u64> {
    let Some(view) = number(connection, view)? else {
        return Ok(0);
    };
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
    count.map(from_sql)
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

/// What is parked of a subscription, or of one of its keys.
pub(crate) fn parked(
    connection: &Connection,
    subscription: &Subscription,
    key: Option<&Bytes>,
) -> Result<Vec<ParkedEvent>> {
    let Some(number) = number(connection, subscription)? else {
        return Ok(Vec::new());
    };
    connection
        .prepare_cached(
            "SELECT key, key_text, position, attempts, error, parked_at FROM parked
             WHERE subscription = ?1 AND (?2 IS NULL OR key = ?2) ORDER BY key, position",
        )?
        .query_map(params![number, key.map(|key| &**key)], |row| {
            Ok(ParkedEvent {
                key: bytes(row, 0)?,
                key_text: row.get(1)?,
                position: position(row.get(2)?),
                attempts: row.get(3)?,
                error: row.get(4)?,
                parked_at: time(row.get(5)?),
            })
        })?
        .collect()
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

fn number(connection: &Connection, subscription: &Subscription) -> Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT id FROM subscriptions WHERE kind = ?1 AND name = ?2 AND version = ?3",
        )?
        .query_row(
            params![
                subscription.kind.as_str(),
                subscription.name.as_str(),
                subscription.version
            ],
            |row| row.get(0),
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
            plan(&connection, &count_by_index(&range(Some("b")))),
            "SEARCH document_indexes USING PRIMARY KEY (view=? AND name=? AND value>? AND value<?)"
        );
    }
}
