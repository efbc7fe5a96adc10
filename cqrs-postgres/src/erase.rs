//! Forgetting what the events of a stream say, and keeping snapshots.

use cqrs_core::{
    AppendError, StoreError, StreamId,
    store::{ERASED, Snapshot, error::StoreErrorKind},
};
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::{
    Postgres,
    error::DbError,
    numbers::{position, to_sql},
    row::{Sealed, get},
};

/// How often the events are looked up again when others came meanwhile.
const ATTEMPTS: usize = 20;

impl Postgres {
    /// Erases a stream, and answers how many events were erased now.
    ///
    /// The checksums of what stays are made here, so the function is told what to erase, and does so only when that is
    /// all that there is under the lock.
    pub(crate) async fn erase_stream(&self, stream: &StreamId) -> Result<u64, DbError> {
        for _ in 0..ATTEMPTS {
            let (positions, checksums) = self.left_to_erase(stream).await?;
            if positions.is_empty() {
                return Ok(0);
            }
            if let Some(head) = self.erase_these(stream, &positions, &checksums).await? {
                self.inner.shared.wrote(position(head));
                return Ok(positions.len() as u64);
            }
        }
        Err(StoreError::new(
            StoreErrorKind::Unavailable,
            format!("{stream} is written faster than it can be erased: stop its writers"),
        )
        .into())
    }

    async fn left_to_erase(&self, stream: &StreamId) -> Result<(Vec<i64>, Vec<i32>), DbError> {
        let params = [
            (&stream.aggregate() as _, Type::TEXT),
            (&stream.id() as _, Type::TEXT),
            (&ERASED as _, Type::TEXT),
        ];
        let sql = &self.inner.shared.sql.left_to_erase;
        let rows = self.ask(sql, &params).await?;
        let (mut positions, mut checksums) = (Vec::new(), Vec::new());
        for row in &rows {
            let version = u32::try_from(get::<i64>(row, 3)?).unwrap_or(u32::MAX);
            let remains = Sealed::remains(get(row, 1)?, stream, get(row, 2)?, version, true);
            positions.push(get(row, 0)?);
            checksums.push(remains.checksum());
        }
        Ok((positions, checksums))
    }

    async fn erase_these(
        &self,
        stream: &StreamId,
        positions: &[i64],
        checksums: &[i32],
    ) -> Result<Option<i64>, DbError> {
        let marker: Uuid = self.inner.shared.options.ids.next();
        let checksum = Sealed::remains(marker, stream, ERASED, 1, false).checksum();
        let params = [
            (&stream.aggregate() as _, Type::TEXT),
            (&stream.id() as _, Type::TEXT),
            (&positions as _, Type::INT8_ARRAY),
            (&checksums as _, Type::INT4_ARRAY),
            (&marker as _, Type::UUID),
            (&ERASED as _, Type::TEXT),
            (&checksum as _, Type::INT4),
        ];
        let sql = &self.inner.shared.sql.erase;
        let rows = self.inner.pool.once(sql, &params).await?;
        match rows.first() {
            Some(row) => Ok(get(row, 0)?),
            None => Ok(None),
        }
    }

    pub(crate) async fn keep_snapshot(
        &self,
        stream: &StreamId,
        snapshot: &Snapshot,
    ) -> Result<(), DbError> {
        let (version, revision) = (i64::from(snapshot.version), to_sql(snapshot.revision.get()));
        let state: &[u8] = &snapshot.state;
        let checksum = crc32fast::hash(state).cast_signed();
        let params = [
            (&stream.aggregate() as _, Type::TEXT),
            (&stream.id() as _, Type::TEXT),
            (&version as _, Type::INT8),
            (&revision as _, Type::INT8),
            (&checksum as _, Type::INT4),
            (&state as _, Type::BYTEA),
            (&ERASED as _, Type::TEXT),
        ];
        // Done twice it is the same as once.
        self.ask(&self.inner.shared.sql.save_snapshot, &params)
            .await?;
        Ok(())
    }
}

/// What a caller is told who wanted a stream to be erased.
pub(crate) fn answer(erased: Result<u64, DbError>) -> Result<u64, AppendError> {
    erased.map_err(|error| {
        let unknown = error.is_broken();
        let error = StoreError::from(error);
        if unknown {
            AppendError::Unknown(error)
        } else {
            AppendError::Store(error)
        }
    })
}
