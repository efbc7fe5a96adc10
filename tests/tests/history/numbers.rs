//! Numbers beyond what the numbers of JavaScript hold: a token is a text, and what comes after it is found.

use cqrs::{
    App, Store, Token,
    postgres::{Postgres, tokio_postgres},
    sqlite::{Sqlite, rusqlite},
};

use crate::accounts::{Deposit, GetBalance, deposit};

/// The first integer that a JavaScript number cannot hold.
const ODD: u64 = (1 << 53) + 1;

async fn begun(store: impl Store) {
    let app = App::builder(store).start().await.unwrap();
    deposit(&app, 1).await.unwrap();
    app.shutdown().await.unwrap();
}

/// Another process reads with a token that went through JSON as a client that only knows doubles sees it.
async fn goes_on(store: impl Store) {
    let app = App::builder(store).start().await.unwrap();
    let account = "2".to_owned();
    let written = app.dispatch(Deposit { account, number: 2 }).await.unwrap();
    assert_eq!(written.position.position().get(), ODD + 1);

    let json = serde_json::to_string(&serde_json::json!({ "token": written.position })).unwrap();
    let seen: serde_json::Value = serde_json::from_str(&json).unwrap();
    let token = seen["token"]
        .as_str()
        .expect("a text, which no client rounds");
    let token: Token = token.parse().unwrap();
    assert_eq!(token, written.position);
    assert_eq!(
        serde_json::from_value::<Token>(seen["token"].clone()).unwrap(),
        token
    );

    let account = "2".to_owned();
    let balance = app.after(token).ask(GetBalance { account }).await;
    assert!(balance.unwrap().is_some());
    app.shutdown().await.unwrap();
}

/// T15
#[tokio::test]
async fn a_token_from_a_file_survives_json_at_every_size() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    begun(Sqlite::open(&file).unwrap()).await;
    let connection = rusqlite::Connection::open(&file).unwrap();
    let move_on =
        format!("UPDATE events SET position = {ODD}; UPDATE subscriptions SET position = {ODD}");
    connection.execute_batch(&move_on).unwrap();
    drop(connection);
    goes_on(Sqlite::open(&file).unwrap()).await;
}

/// T15
#[tokio::test]
async fn a_token_from_a_database_survives_json_at_every_size() {
    let database = temporary_postgres::shared().unwrap();
    let url = database.url();
    begun(Postgres::connect(url).await.unwrap()).await;
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    drop(tokio::spawn(connection));
    let move_on = format!(
        "UPDATE cqrs.events SET position = {ODD}; UPDATE cqrs.subscriptions SET position = {ODD}"
    );
    client.batch_execute(&move_on).await.unwrap();
    goes_on(Postgres::connect(url).await.unwrap()).await;
}
