//! The program `users` on PostgreSQL when `DATABASE_URL` is set, on a file when it is not: one line decides.
//!
//! ```sh
//! DATABASE_URL=postgres://localhost/postgres cargo run --example users_anywhere
//! ```

use std::{env, error::Error};

use cqrs::{App, postgres::Postgres, sqlite::Sqlite};

use self::users::{CreateUser, GetUser, GetUsers, UpdateUser};
// Its tests name these as if they were in the root.
#[cfg(test)]
use self::users::{User, UserCreated, UserError, UserUpdated, UserView};

#[path = "users/users.rs"]
#[expect(dead_code, reason = "it has a `main` of its own")]
mod users;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = match env::var("DATABASE_URL") {
        Ok(url) => App::builder(Postgres::connect(&url).await?).start().await?,
        Err(_) => App::builder(Sqlite::open("users.db")?).start().await?,
    };

    let create = CreateUser {
        user_id: "user1".into(),
        username: "john_doe".into(),
        email: "john@example.com".into(),
    };
    if let Err(error) = app.dispatch(create).await {
        println!("Error creating user: {error}");
    }
    let update = UpdateUser {
        user_id: "user1".into(),
        username: "john_doe_updated".into(),
        email: "john.updated@example.com".into(),
    };
    if let Err(error) = app.dispatch(update).await {
        println!("Error updating user: {error}");
    }
    let user_id = "user1".into();
    let user = app.ask(GetUser { user_id }).await?;
    println!("User: {user:#?}");
    let (limit, offset) = (10, 0);
    let users = app.ask(GetUsers { limit, offset }).await?;
    println!("Users: {users:#?}");

    app.shutdown().await?;
    Ok(())
}
