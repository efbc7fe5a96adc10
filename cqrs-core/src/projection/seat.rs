//! The place of a view or handler on this node, whoever runs it.

use std::sync::{Mutex, OnceLock};

use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};

use super::{
    Subscriber,
    lease::Tenure,
    order::{Answer, Order, Refusal, What},
};

/// One that follows, and the way to reach it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) subscriber: Box<dyn Subscriber>,
    orders: mpsc::Sender<Order>,
    /// The other end, until it runs.
    pub(super) inbox: Mutex<Option<mpsc::Receiver<Order>>>,
    /// What runs it, once it does.
    pub(super) task: OnceLock<AbortHandle>,
    pub(super) tenure: watch::Sender<Tenure>,
}

impl Seat {
    /// Orders that may wait for one that follows.
    const ORDERS: usize = 16;

    pub(super) fn new(subscriber: Box<dyn Subscriber>) -> Self {
        let (orders, inbox) = mpsc::channel(Self::ORDERS);
        Self {
            subscriber,
            orders,
            inbox: Mutex::new(Some(inbox)),
            task: OnceLock::new(),
            tenure: watch::Sender::new(Tenure::Unknown),
        }
    }

    /// Whether it is for this node to run.
    pub(super) fn is_here(&self) -> bool {
        self.tenure.borrow().epoch().is_some()
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        matches!(*self.tenure.borrow(), Tenure::Elsewhere { .. })
    }

    /// Ends it where it waits, as if the process had been killed there. `false` when it has ended.
    ///
    /// What blocks its thread hears nothing of it, and nobody waits for that.
    pub(super) fn give_up(&self) -> bool {
        let runs = self.task.get().filter(|task| !task.is_finished());
        if let Some(task) = runs {
            task.abort();
            self.subscriber.progress().ended();
        }
        runs.is_some()
    }

    /// Tells it what to do, and waits for what comes of it.
    pub(super) async fn order(&self, what: What) -> Answer {
        let (order, answer) = Order::new(what);
        if self.orders.send(order).await.is_err() {
            return Err(Refusal::Ending);
        }
        answer.await.unwrap_or(Err(Refusal::Ending))
    }
}
