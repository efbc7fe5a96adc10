//! What billing can be asked, for everybody who asks it. Nothing here says who answers.

use cqrs::{Command, Query};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Opens a bill.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(create, error = BillingError)]
pub struct OpenBill {
    /// Which one.
    #[id]
    pub bill_id: String,
    /// How much is to be paid.
    pub cents: u64,
}

/// Notes that a bill was paid.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(error = BillingError)]
pub struct SettleBill {
    /// Which one.
    #[id]
    pub bill_id: String,
    /// What the bank calls the payment.
    pub payment_id: String,
}

/// Pays a bill by a card.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(output = String, error = BillingError)]
pub struct PayBill {
    /// Which one.
    pub bill_id: String,
    /// By which card.
    pub card: String,
}

/// Looks up a bill.
#[derive(Query, Debug, Serialize, Deserialize)]
#[query(output = Option<BillStatus>)]
pub struct GetBill {
    /// Which one.
    pub bill_id: String,
}

/// What there is to know of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillStatus {
    /// How much is to be paid.
    pub cents: u64,
    /// What the bank calls the payment, when it was paid.
    pub payment_id: Option<String>,
}

/// Why billing rejects a command.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum BillingError {
    /// It was paid before.
    #[error("the bill is paid already")]
    AlreadyPaid,
    /// The bank refuses.
    #[error("the card `{0}` is refused")]
    CardRefused(String),
    /// Something that is not the asker's business.
    #[error("billing is out of order: {0}")]
    OutOfOrder(String),
}
