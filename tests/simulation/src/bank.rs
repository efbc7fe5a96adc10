//! The program that is simulated: accounts, two views of them, a reward for each large deposit, and a letter.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use cqrs::{
    Aggregate, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext,
    HandlerError, Keys, Project, Query, Recorded, View,
};
use serde::{Deserialize, Serialize};

/// From this amount on there is a reward.
pub(crate) const LARGE: u32 = 50;

#[derive(Command, Clone, Debug, Serialize, Deserialize)]
#[command(aggregate = Account, upsert)]
pub(crate) struct Deposit {
    #[id]
    pub(crate) account: u8,
    pub(crate) amount: u32,
}

#[derive(Command, Clone, Debug, Serialize, Deserialize)]
#[command(aggregate = Account, error = TooLittle)]
pub(crate) struct Withdraw {
    #[id]
    pub(crate) account: u8,
    pub(crate) amount: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TooLittle;

impl fmt::Display for TooLittle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is not as much")
    }
}

#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deposited {
    pub(crate) amount: u32,
}

#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Withdrawn {
    pub(crate) amount: u32,
}

/// Its state depends on the order of its events, too.
#[derive(Aggregate, View, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[aggregate(events(Deposited, Withdrawn), id = u8, snapshot(version = 1, every = 5))]
pub(crate) struct Account {
    pub(crate) balance: u32,
    pub(crate) hash: u64,
}

impl Account {
    const fn mix(&mut self, amount: u32) {
        self.hash = self.hash.wrapping_mul(31).wrapping_add(amount as u64);
    }
}

impl Decide<Deposit> for Account {
    fn decide(
        &self,
        command: &Deposit,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        let amount = command.amount;
        cx.emit(Deposited { amount });
        Ok(())
    }
}

impl Decide<Withdraw> for Account {
    fn decide(&self, command: &Withdraw, cx: &mut Context<'_, Self>) -> Result<(), TooLittle> {
        let amount = command.amount;
        if amount > self.balance {
            return Err(TooLittle);
        }
        cx.emit(Withdrawn { amount });
        Ok(())
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.balance += event.amount;
        self.mix(event.amount);
    }
}

impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: &Withdrawn) {
        // What a store that forgets makes of it is for the checks to find.
        self.balance = self.balance.saturating_sub(event.amount);
        self.mix(event.amount + 1_000);
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Account)]
pub(crate) struct GetAccount {
    #[id]
    pub(crate) account: u8,
}

/// How often each amount was deposited, over all accounts.
#[derive(View, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[view(events(Deposited), key = u32)]
pub(crate) struct Amount {
    pub(crate) count: u64,
}

impl Project<Deposited> for Amount {
    fn keys(event: &Recorded<Deposited>) -> Keys<u32> {
        Keys::one(event.amount)
    }

    fn project(view: Option<Self>, _: &u32, _: &Recorded<Deposited>) -> Option<Self> {
        let count = view.map_or(0, |view| view.count) + 1;
        Some(Self { count })
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Amount)]
pub(crate) struct GetAmount {
    #[id]
    pub(crate) amount: u32,
}

#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = Rewards, upsert)]
pub(crate) struct Reward {
    #[id]
    account: u8,
    deposit: u64,
}

/// A reward, for the deposit at this position.
#[derive(Event, Debug, Serialize, Deserialize)]
pub(crate) struct Rewarded {
    pub(crate) deposit: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Rewarded), id = u8)]
pub(crate) struct Rewards;

impl Decide<Reward> for Rewards {
    fn decide(
        &self,
        command: &Reward,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        let deposit = command.deposit;
        cx.emit(Rewarded { deposit });
        Ok(())
    }
}

impl Apply<Rewarded> for Rewards {
    fn apply(&mut self, _: &Rewarded) {}
}

/// Rewards by a command, which the log shows to have happened once.
#[derive(Handler)]
#[handler(name = "rewards", events(Deposited), from = beginning)]
struct Rewarding;

impl EventHandler<Deposited> for Rewarding {
    async fn handle(
        &self,
        event: &Recorded<Deposited>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        if event.amount >= LARGE {
            let account = event.stream().id().parse()?;
            let deposit = event.position().get();
            cx.dispatch(Reward { account, deposit }).await?;
        }
        Ok(())
    }
}

/// The world outside: what it was told cannot be taken back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letters(Arc<Mutex<Vec<(String, u64)>>>);

impl Letters {
    pub(crate) fn sent(&self) -> Vec<(String, u64)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[derive(Handler)]
#[handler(name = "letters", events(Deposited, Withdrawn), from = beginning)]
struct Writing {
    letters: Letters,
}

impl Writing {
    fn write(&self, stream: &str, revision: u64) {
        let mut letters = self
            .letters
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        letters.push((stream.to_owned(), revision));
    }
}

impl EventHandler<Deposited> for Writing {
    async fn handle(
        &self,
        event: &Recorded<Deposited>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        self.write(event.stream().id(), event.revision().get());
        Ok(())
    }
}

impl EventHandler<Withdrawn> for Writing {
    async fn handle(
        &self,
        event: &Recorded<Withdrawn>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        self.write(event.stream().id(), event.revision().get());
        Ok(())
    }
}
