//! A small program to test the fixture of apps with.

use std::sync::{Arc, Mutex, PoisonError};

use cqrs::{
    Aggregate, Apply, Command, CommandHandler, Context, Decide, Event, EventHandler, Handler,
    HandlerContext, HandlerError, Project, Query, QueryHandler, Recorded, View, Views,
};
use serde::{Deserialize, Serialize};

// Baskets.

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2, upcast(1 = ItemAddedV1))]
pub(crate) struct ItemAdded {
    pub(crate) sku: String,
    pub(crate) qty: u32,
}

#[derive(Deserialize)]
pub(crate) struct ItemAddedV1 {
    sku: String,
}

impl From<ItemAddedV1> for ItemAdded {
    fn from(old: ItemAddedV1) -> Self {
        let ItemAddedV1 { sku } = old;
        Self { sku, qty: 1 }
    }
}

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct CheckedOut {
    pub(crate) at: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, CheckedOut), error = BasketError)]
pub(crate) struct Basket {
    pub(crate) items: u32,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum BasketError {
    #[error("the basket is empty")]
    Empty,
}

impl Apply<ItemAdded> for Basket {
    fn apply(&mut self, event: &ItemAdded) {
        self.items += event.qty;
    }
}

impl Apply<CheckedOut> for Basket {
    fn apply(&mut self, _: &CheckedOut) {
        self.items = 0;
    }
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Basket, upsert)]
pub(crate) struct AddItem {
    #[id]
    pub(crate) basket: String,
    pub(crate) sku: String,
    pub(crate) qty: u32,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Basket, output = u32)]
pub(crate) struct CheckOut {
    #[id]
    pub(crate) basket: String,
}

impl Decide<AddItem> for Basket {
    fn decide(&self, command: &AddItem, cx: &mut Context<'_, Self>) -> Result<(), BasketError> {
        cx.emit(ItemAdded {
            sku: command.sku.clone(),
            qty: command.qty,
        });
        Ok(())
    }
}

impl Decide<CheckOut> for Basket {
    fn decide(&self, _: &CheckOut, cx: &mut Context<'_, Self>) -> Result<u32, BasketError> {
        if self.items == 0 {
            return Err(BasketError::Empty);
        }
        let since = cx.now().duration_since(std::time::UNIX_EPOCH);
        cx.emit(CheckedOut {
            at: since.unwrap_or_default().as_secs(),
        });
        Ok(self.items)
    }
}

pub(crate) fn add(sku: &str, qty: u32) -> AddItem {
    AddItem {
        basket: "b1".into(),
        sku: sku.into(),
        qty,
    }
}

pub(crate) fn added(sku: &str, qty: u32) -> ItemAdded {
    let sku = sku.into();
    ItemAdded { sku, qty }
}

pub(crate) fn check_out() -> CheckOut {
    CheckOut {
        basket: "b1".into(),
    }
}

// Invoices, which a handler of events asks for.

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct InvoiceSent {
    pub(crate) basket: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(InvoiceSent), id = u64)]
pub(crate) struct Invoice;

impl Apply<InvoiceSent> for Invoice {
    fn apply(&mut self, _: &InvoiceSent) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Invoice, create)]
pub(crate) struct SendInvoice {
    #[id]
    pub(crate) number: u64,
    pub(crate) basket: String,
}

impl Decide<SendInvoice> for Invoice {
    fn decide(
        &self,
        command: &SendInvoice,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        let basket = command.basket.clone();
        cx.emit(InvoiceSent { basket });
        Ok(())
    }
}

/// What was posted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Mutex<Vec<String>>>);

impl Outbox {
    fn post(&self, letter: &str) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push(letter.to_owned());
    }

    pub(crate) fn letters(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[derive(Handler)]
#[handler(name = "billing", events(CheckedOut))]
pub(crate) struct Billing {
    outbox: Outbox,
}

impl EventHandler<CheckedOut> for Billing {
    async fn handle(
        &self,
        event: &Recorded<CheckedOut>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let basket = event.stream().id().to_owned();
        match &*basket {
            "refused" => return Err(HandlerError::permanent("no address")),
            "unreachable" => return Err(HandlerError::transient("no line")),
            _ => {}
        }
        self.outbox.post(&basket);
        cx.dispatch(SendInvoice { number: 1, basket }).await?;
        Ok(())
    }
}

// What is known of baskets.

#[derive(View, Debug, Serialize, Deserialize)]
#[view(events(ItemAdded, CheckedOut))]
pub(crate) struct BasketView {
    pub(crate) items: u32,
}

impl Project<ItemAdded> for BasketView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<ItemAdded>) -> Option<Self> {
        let before = view.map_or(0, |view| view.items);
        Some(Self {
            items: before + event.qty,
        })
    }
}

impl Project<CheckedOut> for BasketView {
    fn project(_: Option<Self>, _: &String, _: &Recorded<CheckedOut>) -> Option<Self> {
        None
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = BasketView)]
pub(crate) struct GetBasket {
    #[id]
    pub(crate) basket: String,
}

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Baskets, output = u64)]
pub(crate) struct CountBaskets {
    pub(crate) fail: bool,
}

#[derive(Handler)]
pub(crate) struct Baskets {
    views: Views<BasketView>,
}

impl QueryHandler<CountBaskets> for Baskets {
    async fn handle(&self, query: CountBaskets, _: &HandlerContext) -> Result<u64, HandlerError> {
        if query.fail {
            return Err("it was asked to fail".into());
        }
        Ok(self.views.count().await?)
    }
}

pub(crate) fn get_basket() -> GetBasket {
    GetBasket {
        basket: "b1".into(),
    }
}

/// Needs what no test provides but one.
#[derive(Handler)]
pub(crate) struct Desk {
    rates: Rates,
}

#[derive(Clone, Debug)]
pub(crate) struct Rates(pub(crate) u32);

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Desk, output = u32)]
pub(crate) struct Quote;

impl CommandHandler<Quote> for Desk {
    async fn handle(&self, _: Quote, _: &HandlerContext) -> Result<u32, HandlerError> {
        Ok(self.rates.0)
    }
}
