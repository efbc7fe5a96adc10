//! Accounts: what can be asked of one, what happens to it, and the rules.

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event};
use serde::{Deserialize, Serialize};
use thiserror::Error;

// Commands.

/// Opens an account; its id is chosen by who asks, and free.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = Account, create)]
pub struct OpenAccount {
    #[id]
    pub account_id: String,
    pub owner: String,
}

/// Pays in.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = Account)]
pub struct Deposit {
    #[id]
    pub account_id: String,
    pub cents: u64,
}

/// Takes out, and answers what is left.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = Account, output = u64)]
pub struct Withdraw {
    #[id]
    pub account_id: String,
    pub cents: u64,
}

// Events.

#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub struct AccountOpened {
    pub owner: String,
}

#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub struct Deposited {
    pub cents: u64,
}

#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub struct Withdrawn {
    pub cents: u64,
}

/// One side of a transfer: the money that left this account.
#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub struct TransferSent {
    pub transfer_id: String,
    pub cents: u64,
}

/// The other side: the money that came in.
#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub struct TransferReceived {
    pub transfer_id: String,
    pub cents: u64,
}

/// The account can be paid to by this name. The tag is what it is found by: see `alias.rs`.
#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub struct AliasTaken {
    #[tag]
    pub alias: String,
}

// The aggregate.

#[derive(Aggregate, Debug, Default, Serialize, Deserialize)]
#[aggregate(
    events(AccountOpened, Deposited, Withdrawn, TransferSent, TransferReceived, AliasTaken),
    error = AccountError,
    snapshot(version = 1, every = 100)
)]
pub struct Account {
    balance: u64,
}

#[derive(Debug, PartialEq, Error)]
pub enum AccountError {
    #[error("an amount is more than nothing, and at most {MOST} cents: this is {0}")]
    InvalidAmount(u64),
    #[error("{wanted} cents are more than the {balance} in the account")]
    InsufficientFunds { wanted: u64, balance: u64 },
}

/// The most that is moved at once. So small that a balance cannot overflow within a lifetime.
const MOST: u64 = 100_000_000;

impl Account {
    /// What is left when this much is taken out.
    pub fn less(&self, cents: u64) -> Result<u64, AccountError> {
        let funds = self.balance.checked_sub(valid(cents)?);
        funds.ok_or(AccountError::InsufficientFunds {
            wanted: cents,
            balance: self.balance,
        })
    }
}

fn valid(cents: u64) -> Result<u64, AccountError> {
    if (1..=MOST).contains(&cents) {
        Ok(cents)
    } else {
        Err(AccountError::InvalidAmount(cents))
    }
}

impl Decide<OpenAccount> for Account {
    fn decide(&self, open: &OpenAccount, cx: &mut Context<'_, Self>) -> Result<(), AccountError> {
        let owner = open.owner.clone();
        cx.emit(AccountOpened { owner });
        Ok(())
    }
}

impl Decide<Deposit> for Account {
    fn decide(&self, deposit: &Deposit, cx: &mut Context<'_, Self>) -> Result<(), AccountError> {
        let cents = valid(deposit.cents)?;
        cx.emit(Deposited { cents });
        Ok(())
    }
}

impl Decide<Withdraw> for Account {
    fn decide(&self, withdraw: &Withdraw, cx: &mut Context<'_, Self>) -> Result<u64, AccountError> {
        let cents = withdraw.cents;
        let left = self.less(cents)?;
        cx.emit(Withdrawn { cents });
        Ok(left)
    }
}

impl Apply<AccountOpened> for Account {
    fn apply(&mut self, _: &AccountOpened) {}
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.balance += event.cents;
    }
}

impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: &Withdrawn) {
        self.balance -= event.cents;
    }
}

impl Apply<TransferSent> for Account {
    fn apply(&mut self, event: &TransferSent) {
        self.balance -= event.cents;
    }
}

impl Apply<TransferReceived> for Account {
    fn apply(&mut self, event: &TransferReceived) {
        self.balance += event.cents;
    }
}

impl Apply<AliasTaken> for Account {
    fn apply(&mut self, _: &AliasTaken) {}
}
