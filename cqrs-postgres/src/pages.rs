//! Committing what pages of events changed, by compare-and-set on the checkpoint: one call a page.

use std::time::SystemTime;

use cqrs_core::store::documents::{Checkpoint, PageCommit};
use tokio_postgres::types::Type;

use crate::{
    connection::{Connection, Param},
    error::DbError,
    names::Sql,
    numbers::{count, to_sql},
    reader::documents::Which,
    row::get,
};

/// Commits a page, and answers whether its checkpoint was the one expected.
pub(crate) async fn commit(
    connection: &Connection,
    sql: &Sql,
    commit: &PageCommit,
) -> Result<bool, DbError> {
    let which = Which::of(&commit.subscription);
    let expected = Columns::of(commit.expected);
    let new = Columns::of(Some(commit.checkpoint));
    let page = Page::of(commit);
    let mut params = which.and(&[
        (&expected.position, Type::INT8),
        (&expected.epoch, Type::INT8),
        (&expected.mixed, Type::BOOL),
        (&expected.built, Type::BOOL),
        (&expected.paused, Type::BOOL),
        (&new.position, Type::INT8),
        (&new.epoch, Type::INT8),
        (&new.mixed, Type::BOOL),
        (&new.built, Type::BOOL),
        (&new.paused, Type::BOOL),
        (&commit.reset, Type::BOOL),
    ]);
    params.extend(page.params());
    let rows = connection.query(&sql.commit, &params).await?;
    match rows.first() {
        Some(row) => Ok(get(row, 0)?),
        None => Ok(false),
    }
}

/// A checkpoint as SQL has it; of none, every column is NULL.
#[derive(Clone, Copy, Debug)]
struct Columns {
    position: Option<i64>,
    epoch: Option<i64>,
    mixed: Option<bool>,
    built: Option<bool>,
    paused: Option<bool>,
}

impl Columns {
    fn of(checkpoint: Option<Checkpoint>) -> Self {
        Self {
            position: checkpoint.map(|checkpoint| to_sql(checkpoint.position.get())),
            epoch: checkpoint.map(|checkpoint| to_sql(checkpoint.epoch)),
            mixed: checkpoint.map(|checkpoint| checkpoint.mixed),
            built: checkpoint.map(|checkpoint| checkpoint.built),
            paused: checkpoint.map(|checkpoint| checkpoint.paused),
        }
    }
}

/// The arrays of the function's call.
#[derive(Debug, Default)]
struct Page<'a> {
    keys: Vec<&'a [u8]>,
    contents: Vec<Option<&'a [u8]>>,
    index_documents: Vec<i32>,
    index_names: Vec<&'a str>,
    index_values: Vec<&'a [u8]>,
    unpark_keys: Vec<&'a [u8]>,
    unpark_positions: Vec<i64>,
    park_keys: Vec<&'a [u8]>,
    park_positions: Vec<i64>,
    park_texts: Vec<String>,
    park_attempts: Vec<i64>,
    park_errors: Vec<String>,
    park_times: Vec<SystemTime>,
}

impl<'a> Page<'a> {
    fn of(commit: &'a PageCommit) -> Self {
        let mut page = Self::default();
        for change in &commit.documents {
            page.keys.push(&change.key);
            let content = change.content.as_ref();
            page.contents.push(content.map(|(content, _)| &**content));
            for value in content.into_iter().flat_map(|(_, values)| values) {
                page.index_documents.push(count(page.keys.len()));
                page.index_names.push(&value.index);
                page.index_values.push(&value.value);
            }
        }
        for (key, position) in &commit.unpark {
            page.unpark_keys.push(key);
            page.unpark_positions.push(to_sql(position.get()));
        }
        for parked in &commit.park {
            page.park_keys.push(&parked.key);
            page.park_positions.push(to_sql(parked.position.get()));
            page.park_texts.push(without_nul(&parked.key_text));
            page.park_attempts.push(i64::from(parked.attempts));
            page.park_errors.push(without_nul(&parked.error));
            page.park_times.push(parked.parked_at);
        }
        page
    }

    fn params(&self) -> [Param<'_>; 13] {
        [
            (&self.keys, Type::BYTEA_ARRAY),
            (&self.contents, Type::BYTEA_ARRAY),
            (&self.index_documents, Type::INT4_ARRAY),
            (&self.index_names, Type::TEXT_ARRAY),
            (&self.index_values, Type::BYTEA_ARRAY),
            (&self.unpark_keys, Type::BYTEA_ARRAY),
            (&self.unpark_positions, Type::INT8_ARRAY),
            (&self.park_keys, Type::BYTEA_ARRAY),
            (&self.park_positions, Type::INT8_ARRAY),
            (&self.park_texts, Type::TEXT_ARRAY),
            (&self.park_attempts, Type::INT8_ARRAY),
            (&self.park_errors, Type::TEXT_ARRAY),
            (&self.park_times, Type::TIMESTAMPTZ_ARRAY),
        ]
    }
}

/// PostgreSQL has no NUL in its texts, and these are for reading.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
