//! [`Postgres`] as a store of leases: rows with an epoch, by the server's clock.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    NodeId, OrderId, StoreError,
    store::leases::{Beat, Holder, Lease, LeaseOrder, LeaseStore, Pulse},
};
use tokio_postgres::{Row, types::Type};
use uuid::Uuid;

use crate::{
    Postgres,
    reader::documents::{bytes, subscription},
    row::get,
};

#[async_trait]
impl LeaseStore for Postgres {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        let (node, term) = (beat.node.get(), beat.term.as_secs_f64());
        let name = beat.name.replace('\0', "\u{fffd}");
        let subscriptions = &beat.subscriptions;
        let kinds: Vec<_> = subscriptions
            .iter()
            .map(|(what, _)| what.kind.as_str())
            .collect();
        let names: Vec<_> = subscriptions
            .iter()
            .map(|(what, _)| what.name.as_str())
            .collect();
        let versions: Vec<_> = subscriptions
            .iter()
            .map(|(what, _)| i64::from(what.version))
            .collect();
        let reports: Vec<&[u8]> = subscriptions.iter().map(|(_, report)| &**report).collect();
        let params = [
            (&node as _, Type::UUID),
            (&name as _, Type::TEXT),
            (&term as _, Type::FLOAT8),
            (&kinds as _, Type::TEXT_ARRAY),
            (&names as _, Type::TEXT_ARRAY),
            (&versions as _, Type::INT8_ARRAY),
            (&reports as _, Type::BYTEA_ARRAY),
        ];
        // Done twice it is the same as once.
        let rows = self.ask(&self.inner.shared.sql.beat, &params).await?;
        let mut pulse = Pulse::default();
        for row in &rows {
            if let Some(nodes) = get::<Option<i64>>(row, 0)? {
                pulse.nodes = u32::try_from(nodes).unwrap_or(u32::MAX);
            } else if let Some(id) = get::<Option<Uuid>>(row, 9)? {
                pulse.orders.push(LeaseOrder {
                    id: OrderId::new(id),
                    subscription: subscription(row, 1)?,
                    what: bytes(row, 10)?,
                });
            } else {
                pulse.leases.push(lease(row)?);
            }
        }
        Ok(pulse)
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        let node = node.get();
        let sql = &self.inner.shared.sql.leave;
        self.ask(sql, &[(&node, Type::UUID)]).await.map(drop)
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let rows = self.ask(&self.inner.shared.sql.leases, &[]).await?;
        let mut leases = rows.iter().map(lease).collect::<Result<Vec<_>, _>>()?;
        leases.sort_unstable_by(|left, right| left.subscription.cmp(&right.subscription));
        Ok(leases)
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        let (id, what): (_, &[u8]) = (order.id.get(), &order.what);
        let (kind, name) = (
            order.subscription.kind.as_str(),
            order.subscription.name.as_str(),
        );
        let version = i64::from(order.subscription.version);
        let params = [
            (&id as _, Type::UUID),
            (&kind as _, Type::TEXT),
            (&name as _, Type::TEXT),
            (&version as _, Type::INT8),
            (&what as _, Type::BYTEA),
        ];
        let sql = &self.inner.shared.sql.send_order;
        self.ask(sql, &params).await.map(drop)
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        let (id, answer): (_, &[u8]) = (id.get(), &answer);
        let params = [(&id as _, Type::UUID), (&answer as _, Type::BYTEA)];
        let sql = &self.inner.shared.sql.answer_order;
        self.ask(sql, &params).await.map(drop)
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        let id = id.get();
        let sql = &self.inner.shared.sql.order_answer;
        let rows = self.ask(sql, &[(&id, Type::UUID)]).await?;
        match rows.first() {
            Some(row) => Ok(get::<Option<&[u8]>>(row, 0)?.map(Bytes::copy_from_slice)),
            None => Ok(None),
        }
    }
}

fn lease(row: &Row) -> Result<Lease, StoreError> {
    let holder: Option<Uuid> = get(row, 5)?;
    let name: Option<String> = get(row, 6)?;
    let unannounced: f64 = get(row, 8)?;
    Ok(Lease {
        subscription: subscription(row, 1)?,
        epoch: crate::numbers::from_sql(get(row, 4)?),
        holder: holder.map(|node| Holder {
            node: NodeId::new(node),
            name: name.unwrap_or_default(),
        }),
        report: bytes(row, 7)?,
        unannounced: Duration::try_from_secs_f64(unannounced.max(0.0)).unwrap_or_default(),
    })
}
