//! An aggregate to test the fixtures with.

use cqrs_core::{Aggregate, Context, Decide, Event, Tags};
use serde::{Deserialize, Serialize};

use super::by_hand::{command, event, events_of};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) sku: String,
    pub(crate) qty: u32,
}

pub(crate) fn line(sku: &str, qty: u32) -> Line {
    Line {
        sku: sku.to_owned(),
        qty,
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OrderPlaced {
    pub(crate) customer: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct StockReserved {
    pub(crate) lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct InvoiceRequested {
    pub(crate) cents: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OrderFlagged {
    pub(crate) reason: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OrderCancelled {
    pub(crate) at: u64,
}

impl Event for OrderPlaced {
    const NAME: &'static str = "OrderPlaced";
    const VERSION: u32 = 2;
    const FORMERLY: &'static [&'static str] = &["Placed"];

    fn tags(&self, tags: &mut Tags) {
        tags.add("customer", &self.customer);
    }

    fn decode(version: u32, payload: &[u8]) -> Result<Self, cqrs_core::DecodeReason> {
        #[derive(Deserialize)]
        struct V1 {
            buyer: String,
        }
        match version {
            1 => {
                let V1 { buyer } = serde_json::from_slice(payload)?;
                Ok(Self { customer: buyer })
            }
            2 => Ok(serde_json::from_slice(payload)?),
            _ => Err(cqrs_core::DecodeReason::Version { known: 2 }),
        }
    }
}
event!(StockReserved);
event!(InvoiceRequested);
event!(OrderFlagged);
event!(OrderCancelled);

#[derive(Debug, Default)]
pub(crate) struct Order {
    pub(crate) customer: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) flagged: bool,
}

events_of!(Order, OrderEvent: OrderPlaced, StockReserved, InvoiceRequested, OrderFlagged, OrderCancelled);

#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("an order has at least one line")]
    NoLines,
    #[error("the order is flagged: {reason}")]
    Flagged { reason: String },
}

impl Aggregate for Order {
    const NAME: &'static str = "Order";
    type Id = String;
    type Event = OrderEvent;
    type Error = OrderError;

    fn apply(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::OrderPlaced(event) => self.customer.clone_from(&event.customer),
            OrderEvent::StockReserved(event) => self.lines.clone_from(&event.lines),
            OrderEvent::OrderFlagged(_) => self.flagged = true,
            OrderEvent::InvoiceRequested(_) | OrderEvent::OrderCancelled(_) => {}
        }
    }
}

pub(crate) struct PlaceOrder {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) lines: Vec<Line>,
}

pub(crate) struct FlagOrder {
    pub(crate) id: String,
    pub(crate) reason: String,
}

pub(crate) struct CancelOrder {
    pub(crate) id: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) order: String,
    pub(crate) cents: u64,
}

command!(PlaceOrder, Order, Create, Receipt);
command!(FlagOrder, Order, Update, ());
command!(CancelOrder, Order, Upsert, ());

impl Decide<PlaceOrder> for Order {
    fn decide(
        &self,
        command: &PlaceOrder,
        cx: &mut Context<'_, Self>,
    ) -> Result<Receipt, OrderError> {
        if command.lines.is_empty() {
            return Err(OrderError::NoLines);
        }
        let pieces: u32 = command.lines.iter().map(|line| line.qty).sum();
        let cents = u64::from(pieces) * 100;
        cx.emit(OrderPlaced {
            customer: command.customer.clone(),
        });
        cx.emit(StockReserved {
            lines: command.lines.clone(),
        });
        if pieces > 100 {
            let reason = "large".to_owned();
            cx.emit(OrderFlagged { reason });
        } else {
            cx.emit(InvoiceRequested { cents });
        }
        Ok(Receipt {
            order: cx.id().clone(),
            cents,
        })
    }
}

impl Decide<FlagOrder> for Order {
    fn decide(&self, command: &FlagOrder, cx: &mut Context<'_, Self>) -> Result<(), OrderError> {
        let reason = command.reason.clone();
        if self.flagged {
            return Err(OrderError::Flagged { reason });
        }
        cx.emit(OrderFlagged { reason });
        Ok(())
    }
}

impl Decide<CancelOrder> for Order {
    fn decide(&self, _: &CancelOrder, cx: &mut Context<'_, Self>) -> Result<(), OrderError> {
        let at = cx.now().duration_since(std::time::UNIX_EPOCH);
        let at = at.unwrap_or_default().as_secs();
        if cx.metadata().actor_name() == Some("clerk") {
            cx.emit(OrderCancelled { at });
        }
        Ok(())
    }
}

pub(crate) fn place(lines: Vec<Line>) -> PlaceOrder {
    PlaceOrder {
        id: "17".into(),
        customer: "jane".into(),
        lines,
    }
}

pub(crate) fn flag(reason: &str) -> FlagOrder {
    FlagOrder {
        id: "17".into(),
        reason: reason.into(),
    }
}

pub(crate) fn placed() -> OrderPlaced {
    OrderPlaced {
        customer: "jane".into(),
    }
}
