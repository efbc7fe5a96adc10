//! [`Memory`] as a store of leases.

use async_trait::async_trait;
use bytes::Bytes;

use super::Memory;
use crate::{
    NodeId, OrderId, StoreError,
    store::leases::{Beat, Lease, LeaseOrder, LeaseStore, Pulse},
};

#[async_trait]
impl LeaseStore for Memory {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        self.check_open()?;
        Ok(self.shared.leases.beat(beat))
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.shared.leases.leave(node);
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.check_open()?;
        Ok(self.shared.leases.leases())
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.check_open()?;
        self.shared.leases.send_order(order.clone());
        Ok(())
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        self.check_open()?;
        self.shared.leases.answer_order(id, answer);
        Ok(())
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        self.check_open()?;
        Ok(self.shared.leases.order_answer(id))
    }
}
