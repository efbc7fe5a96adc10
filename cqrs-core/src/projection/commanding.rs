//! Orders, wherever the one that follows runs.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{
    Projections, Seat,
    lease::Lease,
    onlooker,
    order::{Answer, Refusal, What},
};
use crate::{
    OrderId, StoreError,
    store::{documents::SubscriptionKind, leases::LeaseOrder},
};

impl Projections {
    /// How soon it is looked whether another node has carried an order out.
    const ANSWER_POLL: Duration = Duration::from_millis(50);

    /// How long another node has to carry an order out.
    const ANSWER_LIMIT: Duration = Duration::from_secs(60);

    /// How long it may take after that until this node knows how things are there.
    const HEARD_LIMIT: Duration = Duration::from_secs(1);

    /// Tells one that follows what to do, wherever it runs, and waits for what comes of it. `None` when there is none of
    /// this name.
    pub(crate) async fn order(
        &self,
        kind: SubscriptionKind,
        name: &str,
        what: What,
    ) -> Result<Option<Answer>, StoreError> {
        let seat = self.seats.iter().find(|seat| {
            let subscription = seat.subscriber.progress().subscription();
            subscription.kind == kind && subscription.name == name
        });
        let Some(seat) = seat else { return Ok(None) };
        if seat.is_here() {
            let answer = seat.order(what.clone()).await;
            if answer != Err(Refusal::Elsewhere) {
                return Ok(Some(answer));
            }
        }
        self.order_elsewhere(seat, what).await.map(Some)
    }

    async fn order_elsewhere(&self, seat: &Seat, what: What) -> Result<Answer, StoreError> {
        let store = &self.log.store;
        let order = LeaseOrder {
            id: OrderId::new(self.log.ids.next()),
            subscription: seat.subscriber.progress().subscription().clone(),
            // It is made of texts and bytes.
            what: serde_json::to_vec(&what).unwrap_or_default().into(),
        };
        store.send_order(&order).await?;
        let until = Instant::now() + Self::ANSWER_LIMIT;
        while Instant::now() < until {
            if let Some(answer) = store.order_answer(order.id).await? {
                let answer = serde_json::from_slice(&answer);
                self.hear(seat).await;
                return Ok(answer.unwrap_or_else(|error| Err(Refusal::Failed(error.to_string()))));
            }
            sleep(Self::ANSWER_POLL).await;
        }
        Ok(Err(Refusal::Unanswered))
    }

    /// Finds out now how one is that runs elsewhere: who asks from now on is told what has come of an order.
    async fn hear(&self, seat: &Seat) {
        let mut lease = Lease::new(seat.tenure.subscribe());
        let heard = lease.heard();
        self.company.doubt();
        let in_time = timeout(Self::HEARD_LIMIT, heard).await;
        let looked = onlooker::look_at(&*self.log.store, seat.subscriber.progress()).await;
        if in_time.is_err() || looked.is_err() {
            tracing::debug!("what has come of an order shows later");
        }
    }
}
