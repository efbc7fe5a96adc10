//! Documents and the rows of their indexes.

use bytes::Bytes;
use cqrs_core::store::documents::{DocumentChange, IndexValue};
use rusqlite::{Connection, OptionalExtension, Result, params};

/// Makes the changes of one page to a view. `indexed` is whether a document of the view has ever had an index value;
/// without, there is no need to look for old ones.
pub(super) fn change(
    connection: &Connection,
    view: i64,
    indexed: bool,
    changes: &[DocumentChange],
) -> Result<()> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO documents (view, key, index_values, content) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (view, key) DO UPDATE SET index_values = ?3, content = ?4",
    )?;
    let mut delete =
        connection.prepare_cached("DELETE FROM documents WHERE view = ?1 AND key = ?2")?;
    for DocumentChange { key, content } in changes {
        let values = match content {
            Some((_, values)) if !values.is_empty() => Some(encode(values)),
            _ => None,
        };
        if indexed {
            reindex(connection, view, key, values.as_deref())?;
        }
        match content {
            Some((content, _)) => upsert.execute(params![view, &**key, values, &**content])?,
            None => delete.execute(params![view, &**key])?,
        };
    }
    Ok(())
}

/// Replaces the rows of the old index values by those of the new ones, unless they are the same, as they mostly are.
fn reindex(connection: &Connection, view: i64, key: &Bytes, new: Option<&[u8]>) -> Result<()> {
    let old: Option<Vec<u8>> = connection
        .prepare_cached("SELECT index_values FROM documents WHERE view = ?1 AND key = ?2")?
        .query_row(params![view, &**key], |row| row.get(0))
        .optional()?
        .flatten();
    if old.as_deref() == new {
        return Ok(());
    }
    for (name, value) in decode(old.as_deref()) {
        connection
            .prepare_cached(
                "DELETE FROM document_indexes
                 WHERE view = ?1 AND name = ?2 AND value = ?3 AND key = ?4",
            )?
            .execute(params![view, name, value, &**key])?;
    }
    for (name, value) in decode(new) {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO document_indexes (view, name, value, key)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![view, name, value, &**key])?;
    }
    Ok(())
}

/// Index values as the document's row keeps them: each text and value behind its length.
fn encode(values: &[IndexValue]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for IndexValue { index, value } in values {
        for part in [index.as_bytes(), value] {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
    }
    bytes
}

fn decode(bytes: Option<&[u8]>) -> impl Iterator<Item = (&str, &[u8])> {
    let mut rest = bytes.unwrap_or_default();
    std::iter::from_fn(move || {
        let name = std::str::from_utf8(part(&mut rest)?).ok()?;
        Some((name, part(&mut rest)?))
    })
}

fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (part, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_values_come_back() {
        let value = |index: &'static str, value: &'static [u8]| IndexValue {
            index: index.into(),
            value: Bytes::from_static(value),
        };
        let bytes = encode(&[value("email", b"a\0b"), value("age", b"")]);
        let back: Vec<_> = decode(Some(&bytes)).collect();

        assert_eq!(back, [("email", &b"a\0b"[..]), ("age", &b""[..])]);
        assert_eq!(decode(None).count(), 0);
        assert_eq!(decode(Some(&bytes[..10])).count(), 0);
    }
}
