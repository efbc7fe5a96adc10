//! A bank: accounts, transfers between two of them, and what can be looked up of both.
//!
//! - `account.rs`: an aggregate with its commands, events and rules
//! - `transfer.rs`: a rule over two aggregates and a third, by one append to all of them
//! - `alias.rs`: a rule over the whole bank, by a tag and a condition
//! - `views.rs`: documents by account, by line of a statement and by day, some found by index
//! - `large_deposits.rs`: a side effect
//! - `tests.rs`: how all of this is tested

mod account;
mod alias;
mod day;
mod large_deposits;
mod transfer;
mod views;

#[cfg(test)]
mod tests;

use std::{error::Error, time::SystemTime};

use cqrs::{App, Memory};
use tokio::sync::mpsc;

use crate::{
    account::{Deposit, OpenAccount, Withdraw},
    alias::TakeAlias,
    day::Day,
    large_deposits::Desk,
    transfer::Transfer,
    views::{GetAccountsOf, GetDay, GetStatement},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In memory, so that the story is the same each time; `Sqlite::open("bank.db")?` would keep it.
    let (desk, mut notes) = mpsc::unbounded_channel();
    let app = App::builder(Memory::new())
        .provide(Desk(desk))
        .start()
        .await?;
    let (jane, joe) = (|| String::from("jane-1"), || String::from("joe-1"));

    for (account_id, owner) in [(jane(), "Jane"), (joe(), "Joe")] {
        let owner = owner.into();
        app.dispatch(OpenAccount { account_id, owner }).await?;
    }
    app.dispatch(Deposit {
        account_id: jane(),
        cents: 1_500_000,
    })
    .await?;

    // A typed rejection.
    let too_much = Withdraw {
        account_id: joe(),
        cents: 1,
    };
    if let Err(error) = app.dispatch(too_much).await {
        println!("Joe gets nothing: {error}");
    }

    // Twice the same transfer: the money moves once.
    let rent = Transfer {
        transfer_id: "rent-2026-03".into(),
        from: jane(),
        to: joe(),
        cents: 80_000,
    };
    app.dispatch(rent.clone()).await?;
    app.dispatch(rent).await?;
    let withdraw = Withdraw {
        account_id: joe(),
        cents: 5_000,
    };
    let left = app.dispatch(withdraw).await?.into_output();
    println!("Joe has {left} cents left");

    // A name is taken once in the whole bank.
    for account_id in [jane(), joe()] {
        let alias = "@home".into();
        if let Err(error) = app.dispatch(TakeAlias { account_id, alias }).await {
            println!("Joe is not @home: {error}");
        }
    }

    // A query sees what this program has done before it asks.
    for account_id in [jane(), joe()] {
        println!("Statement of {account_id}:");
        let query = GetStatement {
            account_id,
            limit: 10,
        };
        for line in app.ask(query).await? {
            println!("  {:>10}  {}", line.cents, line.text);
        }
    }
    let owner = "Jane".into();
    println!("Jane: {:?}", app.ask(GetAccountsOf { owner }).await?);
    let day = Day::of(SystemTime::now());
    println!("{day}: {:?}", app.ask(GetDay { day }).await?);

    // Side effects come a moment later, and at least once.
    if let Some(note) = notes.recv().await {
        println!(
            "A large deposit: {} cents into {}",
            note.cents, note.account_id
        );
    }
    app.shutdown().await?;
    Ok(())
}
