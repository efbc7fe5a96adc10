//! What happens: customers register, orders are placed and cancelled.

use std::convert::Infallible;

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event};
use serde::{Deserialize, Serialize};

#[derive(Command, Deserialize)]
#[command(aggregate = Customer, create)]
pub(crate) struct RegisterCustomer {
    #[id]
    pub(crate) customer: String,
    pub(crate) name: String,
    pub(crate) country: String,
}

#[derive(Command, Deserialize)]
#[command(aggregate = Order, create)]
pub(crate) struct PlaceOrder {
    #[id]
    pub(crate) order: String,
    pub(crate) customer: String,
    pub(crate) cents: i64,
}

#[derive(Command, Deserialize)]
#[command(aggregate = Order)]
pub(crate) struct CancelOrder {
    #[id]
    pub(crate) order: String,
}

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct CustomerRegistered {
    pub(crate) name: String,
    pub(crate) country: String,
}

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct OrderPlaced {
    pub(crate) customer: String,
    pub(crate) cents: i64,
}

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct OrderCancelled {}

#[derive(Aggregate, Default)]
#[aggregate(events(CustomerRegistered))]
pub(crate) struct Customer;

impl Decide<RegisterCustomer> for Customer {
    fn decide(
        &self,
        command: &RegisterCustomer,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Infallible> {
        cx.emit(CustomerRegistered {
            name: command.name.clone(),
            country: command.country.clone(),
        });
        Ok(())
    }
}

impl Apply<CustomerRegistered> for Customer {
    fn apply(&mut self, _: &CustomerRegistered) {}
}

#[derive(Aggregate, Default)]
#[aggregate(events(OrderPlaced, OrderCancelled))]
pub(crate) struct Order {
    cancelled: bool,
}

impl Decide<PlaceOrder> for Order {
    fn decide(&self, command: &PlaceOrder, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(OrderPlaced {
            customer: command.customer.clone(),
            cents: command.cents,
        });
        Ok(())
    }
}

impl Decide<CancelOrder> for Order {
    fn decide(&self, _: &CancelOrder, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        if !self.cancelled {
            cx.emit(OrderCancelled {});
        }
        Ok(())
    }
}

impl Apply<OrderPlaced> for Order {
    fn apply(&mut self, _: &OrderPlaced) {}
}

impl Apply<OrderCancelled> for Order {
    fn apply(&mut self, _: &OrderCancelled) {
        self.cancelled = true;
    }
}
