//! Accounts that take deposits, two views of them, and a side effect.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use cqrs::{
    Aggregate, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext,
    HandlerError, Keys, Position, Project, Query, QueryHandler, Recorded, View, Views,
};
use serde::{Deserialize, Serialize};

/// How many accounts there are.
pub const ACCOUNTS: u64 = 100;

#[derive(Command, Clone, Serialize, Deserialize)]
#[command(aggregate = Account, upsert)]
pub struct Deposit {
    #[id]
    pub account: String,
    pub cents: u64,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Deposited {
    pub cents: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Deposited))]
pub struct Account;

impl Decide<Deposit> for Account {
    fn decide(&self, command: &Deposit, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Deposited {
            cents: command.cents,
        });
        Ok(())
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, _: &Deposited) {}
}

/// What an account holds. One that misses an event, or sees one twice, has another sum.
#[derive(View, Serialize, Deserialize)]
#[view(events(Deposited), name = "balances")]
pub struct Balance {
    pub deposits: u64,
    pub cents: u64,
}

impl Project<Deposited> for Balance {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
        let (deposits, cents) = view.map_or((0, 0), |view| (view.deposits, view.cents));
        Some(Self {
            deposits: deposits + 1,
            cents: cents + event.cents,
        })
    }
}

/// The same by size of the deposit, over all accounts.
#[derive(View, Serialize, Deserialize)]
#[view(events(Deposited), key = u64, name = "sizes")]
pub struct Size {
    pub deposits: u64,
}

impl Project<Deposited> for Size {
    fn keys(event: &Recorded<Deposited>) -> Keys<u64> {
        Keys::one(event.cents)
    }

    fn project(view: Option<Self>, _: &u64, _: &Recorded<Deposited>) -> Option<Self> {
        let deposits = view.map_or(0, |view| view.deposits) + 1;
        Some(Self { deposits })
    }
}

/// Writes a letter for each deposit: at least once.
#[derive(Handler)]
#[handler(name = "letters", events(Deposited), from = beginning)]
pub struct Letters {
    post: Post,
}

/// What is done with a letter, known by its event's position. When it returns, the letter is written.
#[derive(Clone)]
pub struct Post(pub Arc<dyn Fn(Position) + Send + Sync>);

impl EventHandler<Deposited> for Letters {
    async fn handle(
        &self,
        event: &Recorded<Deposited>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        (self.post.0)(event.position());
        Ok(())
    }
}

/// What all views have counted.
#[derive(Query)]
#[query(handler = Books, output = Counted, local)]
pub struct Count;

#[derive(Default)]
pub struct Counted {
    /// Deposits and cents of each account.
    pub balances: BTreeMap<String, (u64, u64)>,
    /// All deposits, counted by their sizes.
    pub by_size: u64,
}

#[derive(Handler)]
pub struct Books {
    balances: Views<Balance>,
    sizes: Views<Size>,
}

impl QueryHandler<Count> for Books {
    async fn handle(&self, _: Count, _: &HandlerContext) -> Result<Counted, HandlerError> {
        let mut counted = Counted::default();
        for account in 0..ACCOUNTS {
            let account = account.to_string();
            if let Some(balance) = self.balances.get(&account).await? {
                let sum = (balance.deposits, balance.cents);
                counted.balances.insert(account, sum);
            }
        }
        let sizes = self.sizes.list().take(1_000).await?;
        counted.by_size = sizes.iter().map(|size| size.deposits).sum();
        Ok(counted)
    }
}
