//! One process: an app, and those who use it.

use std::{error::Error, sync::Arc, time::Duration};

use cqrs::{App, CommandId, DispatchError, postgres::Postgres};
use tokio::task::JoinSet;

use crate::{
    LEASE,
    domain::{ACCOUNTS, Deposit, Post},
};

/// How many use the process at once.
const USERS: u64 = 16;

/// Takes deposits until it is killed. Each that was acknowledged is a line, and each letter.
pub async fn run(store: Postgres, name: &str) -> Result<(), Box<dyn Error>> {
    let post = Post(Arc::new(|position| println!("letter {position}")));
    let app = App::builder(store)
        .node_name(name)
        .lease(LEASE)
        .provide(post)
        .start()
        .await?;
    println!("ready");
    let mut users = JoinSet::new();
    for user in 0..USERS {
        users.spawn(deposit_on(app.clone(), user));
    }
    users.join_all().await;
    Ok(())
}

async fn deposit_on(app: App, user: u64) {
    for number in 0_u64.. {
        let id = CommandId::from_key(&format!("{}-{user}-{number}", std::process::id()));
        let deposit = Deposit {
            account: ((user * 31 + number * 7) % ACCOUNTS).to_string(),
            cents: 1 + (user + number) % 10,
        };
        send(&app, id, &deposit).await;
        println!("acknowledged {id}");
    }
}

/// Sends a command until it is answered: with one id, it is carried out once.
async fn send(app: &App, id: CommandId, deposit: &Deposit) {
    loop {
        match app.with_id(id).dispatch(deposit.clone()).await {
            Ok(_) | Err(DispatchError::AlreadyHandled { .. }) => return,
            Err(error) => {
                eprintln!("again, since {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
