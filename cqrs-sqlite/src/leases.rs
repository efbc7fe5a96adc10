//! [`Sqlite`] as a store of leases: those of the apps of this process, which alone has the file.

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    NodeId, OrderId, StoreError,
    store::leases::{Beat, Lease, LeaseOrder, LeaseStore, Pulse},
};

use crate::Sqlite;

#[async_trait]
impl LeaseStore for Sqlite {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        Ok(self.inner.leases.beat(beat))
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.inner.leases.leave(node);
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        Ok(self.inner.leases.leases())
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.inner.leases.send_order(order.clone());
        Ok(())
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        self.inner.leases.answer_order(id, answer);
        Ok(())
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        Ok(self.inner.leases.order_answer(id))
    }
}
