//! Reading documents, checkpoints and what is parked.

use bytes::Bytes;
use cqrs_core::{
    Name, Position, StoreError,
    store::documents::{
        Checkpoint, Document, IndexRange, ParkedEvent, Reading, Selection, Subscription,
        SubscriptionKind,
    },
};
use tokio_postgres::{Row, types::Type};

use crate::{
    Postgres,
    connection::Param,
    numbers::{from_sql, position, to_sql},
    row::get,
};

/// The three parameters that a subscription is found by.
pub(crate) struct Which<'a> {
    kind: &'static str,
    name: &'a str,
    version: i64,
}

impl<'a> Which<'a> {
    pub(crate) fn of(subscription: &'a Subscription) -> Self {
        Self {
            kind: subscription.kind.as_str(),
            name: &subscription.name,
            version: i64::from(subscription.version),
        }
    }

    /// The parameters, with others behind them.
    pub(crate) fn and<'p>(&'p self, others: &[Param<'p>]) -> Vec<Param<'p>> {
        let mut params: Vec<Param<'p>> = vec![
            (&self.kind, Type::TEXT),
            (&self.name, Type::TEXT),
            (&self.version, Type::INT8),
        ];
        params.extend_from_slice(others);
        params
    }
}

impl Postgres {
    pub(crate) async fn stored_checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let which = Which::of(subscription);
        let rows = self
            .ask(&self.inner.shared.sql.checkpoint, &which.and(&[]))
            .await?;
        rows.first().map(read_checkpoint).transpose()
    }

    pub(crate) async fn all_subscriptions(
        &self,
    ) -> Result<Vec<(Subscription, Checkpoint)>, StoreError> {
        let rows = self.ask(&self.inner.shared.sql.subscriptions, &[]).await?;
        let mut found = rows
            .iter()
            .map(read_subscription)
            .collect::<Result<Vec<_>, _>>()?;
        found.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        Ok(found)
    }

    pub(crate) async fn documents_with(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError> {
        let mut documents = vec![None; keys.len()];
        let keys: Vec<&[u8]> = keys.iter().map(|key| &**key).collect();
        let which = Which::of(view);
        let params = which.and(&[(&keys, Type::BYTEA_ARRAY)]);
        let rows = self.ask(&self.inner.shared.sql.documents, &params).await?;
        for row in &rows {
            let Some(at) = get::<Option<i64>>(row, 2)? else {
                continue;
            };
            // Arrays count from 1.
            let place = usize::try_from(from_sql(at).saturating_sub(1))
                .ok()
                .and_then(|at| documents.get_mut(at));
            if let Some(place) = place {
                *place = Some(bytes(row, 3)?);
            }
        }
        reading(&rows, documents)
    }

    pub(crate) async fn listed(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError> {
        let which = Which::of(view);
        let sql = &self.inner.shared.sql;
        let take = selection.take.map_or(i64::MAX, to_sql);
        let skip = to_sql(selection.skip);
        let end: [Param<'_>; 2] = [(&take, Type::INT8), (&skip, Type::INT8)];
        let after = selection.after.as_ref();
        let rows = match (&selection.by, after) {
            (None, None) => self.ask(&sql.list_all, &which.and(&end)).await?,
            (None, Some((_, key))) => {
                let key: &[u8] = key;
                let mut params = which.and(&[(&key, Type::BYTEA)]);
                params.extend_from_slice(&end);
                self.ask(&sql.list, &params).await?
            }
            (Some(by), after) => {
                let (index, to) = (by.index.as_str(), by.to.as_deref());
                let place = Place::of(by, after);
                let mut params = which.and(&[
                    (&index, Type::TEXT),
                    (&place.value, Type::BYTEA),
                    (&place.key, Type::BYTEA),
                    (&place.included, Type::BOOL),
                ]);
                params.extend_from_slice(&end);
                match &to {
                    None => self.ask(&sql.list_from, &params).await?,
                    Some(to) => {
                        params.push((to, Type::BYTEA));
                        self.ask(&sql.list_between, &params).await?
                    }
                }
            }
        };
        let mut documents = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(key) = get::<Option<&[u8]>>(row, 2)? {
                documents.push(Document {
                    key: Bytes::copy_from_slice(key),
                    content: bytes(row, 3)?,
                });
            }
        }
        reading(&rows, documents)
    }

    pub(crate) async fn counted(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError> {
        let which = Which::of(view);
        let sql = &self.inner.shared.sql;
        let rows = match &selection.by {
            None => self.ask(&sql.count, &which.and(&[])).await?,
            Some(by) => {
                let (index, to) = (by.index.as_str(), by.to.as_deref());
                let from = by.from.as_deref().unwrap_or_default();
                let mut params = which.and(&[(&index, Type::TEXT), (&from, Type::BYTEA)]);
                match &to {
                    None => self.ask(&sql.count_from, &params).await?,
                    Some(to) => {
                        params.push((to, Type::BYTEA));
                        self.ask(&sql.count_between, &params).await?
                    }
                }
            }
        };
        let count = match rows.first() {
            Some(row) => from_sql(get(row, 2)?),
            None => 0,
        };
        reading(&rows, count)
    }

    pub(crate) async fn all_parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        let which = Which::of(subscription);
        let sql = &self.inner.shared.sql;
        let rows = match key.map(|key| &**key) {
            None => self.ask(&sql.parked, &which.and(&[])).await?,
            Some(key) => {
                let params = which.and(&[(&key, Type::BYTEA)]);
                self.ask(&sql.parked_of_key, &params).await?
            }
        };
        let parked = rows.iter().map(|row| {
            Ok(ParkedEvent {
                key: bytes(row, 0)?,
                key_text: get(row, 1)?,
                position: position(get(row, 2)?),
                attempts: u32::try_from(get::<i64>(row, 3)?).unwrap_or(u32::MAX),
                error: get(row, 4)?,
                parked_at: get(row, 5)?,
            })
        });
        parked.collect()
    }
}

/// What was found, and how the view was: each row begins with that.
fn reading<T>(rows: &[Row], found: T) -> Result<Reading<T>, StoreError> {
    let (built, at) = match rows.first() {
        Some(row) => (get(row, 0)?, position(get(row, 1)?)),
        None => (false, Position::START),
    };
    Ok(Reading {
        built,
        position: at,
        found,
    })
}

fn read_checkpoint(row: &Row) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint {
        position: position(get(row, 0)?),
        epoch: from_sql(get(row, 1)?),
        mixed: get(row, 2)?,
        built: get(row, 3)?,
        paused: get(row, 4)?,
    })
}

fn read_subscription(row: &Row) -> Result<(Subscription, Checkpoint), StoreError> {
    Ok((subscription(row, 5)?, read_checkpoint(row)?))
}

/// The subscription whose kind, name and version begin at a column.
pub(crate) fn subscription(row: &Row, column: usize) -> Result<Subscription, StoreError> {
    let kind: &str = get(row, column)?;
    Ok(Subscription {
        kind: match kind {
            "view" => SubscriptionKind::View,
            "projection" => SubscriptionKind::Projection,
            _ => SubscriptionKind::Handler,
        },
        name: Name::from(get::<String>(row, column + 1)?),
        version: u32::try_from(get::<i64>(row, column + 2)?).unwrap_or(u32::MAX),
    })
}

pub(crate) fn bytes(row: &Row, column: usize) -> Result<Bytes, StoreError> {
    Ok(Bytes::copy_from_slice(get(row, column)?))
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
