//! A shop whose orders are kept in tables.

use cqrs::{
    Aggregate, App, Apply, Event, HandlerError, ProjectRows, Projection, Recorded, Tables,
    app::AppBuilder,
    sqlite::{
        Sqlite, SqliteTables,
        rusqlite::{self, types::FromSql},
    },
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct OrderPlaced {
    pub(crate) customer: String,
    pub(crate) cents: i64,
}

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct OrderCancelled;

#[derive(Aggregate, Debug, Default)]
#[aggregate(events(OrderPlaced, OrderCancelled))]
pub(crate) struct Order;

impl Apply<OrderPlaced> for Order {
    fn apply(&mut self, _: &OrderPlaced) {}
}

impl Apply<OrderCancelled> for Order {
    fn apply(&mut self, _: &OrderCancelled) {}
}

/// The orders, and what each customer has spent.
#[derive(Projection)]
#[projection(name = "sales", store = Sqlite, events(OrderPlaced, OrderCancelled))]
pub(crate) struct Sales;

impl Tables for Sales {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        create(tables)
    }
}

pub(crate) fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
    let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
    tables.execute_batch(&format!(
        "CREATE TABLE {customers} (name TEXT PRIMARY KEY, cents INTEGER NOT NULL);
         CREATE TABLE {orders} (
             id TEXT PRIMARY KEY,
             customer TEXT NOT NULL REFERENCES {customers} (name),
             cents INTEGER NOT NULL
         );"
    ))?;
    Ok(())
}

impl ProjectRows<OrderPlaced> for Sales {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        placed(event, tables)
    }
}

pub(crate) fn placed(
    event: &Recorded<OrderPlaced>,
    tables: &mut SqliteTables,
) -> Result<(), HandlerError> {
    let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
    tables.execute(
        &format!(
            "INSERT INTO {customers} VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET cents = cents + ?2"
        ),
        (&event.customer, event.cents),
    )?;
    tables.execute(
        &format!("INSERT INTO {orders} VALUES (?1, ?2, ?3)"),
        (event.stream().id(), &event.customer, event.cents),
    )?;
    Ok(())
}

impl ProjectRows<OrderCancelled> for Sales {
    async fn project(
        event: &Recorded<OrderCancelled>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
        let id = event.stream().id();
        tables.execute(
            &format!(
                "UPDATE {customers} SET cents = cents - (SELECT cents FROM {orders} WHERE id = ?1)
                 WHERE name = (SELECT customer FROM {orders} WHERE id = ?1)"
            ),
            [id],
        )?;
        tables.execute(&format!("DELETE FROM {orders} WHERE id = ?1"), [id])?;
        Ok(())
    }
}

/// An app of the shop's messages, to which a test adds its projections.
pub(crate) fn shop(store: impl cqrs::Store) -> AppBuilder {
    App::builder(store)
        .without_auto_registration()
        .event::<OrderPlaced>()
        .event::<OrderCancelled>()
        .aggregate::<Order>()
}

pub(crate) async fn place(app: &App, id: &str, customer: &str, cents: i64) {
    let event = OrderPlaced {
        customer: customer.to_owned(),
        cents,
    };
    app.record::<Order>(&id.to_owned(), [event]).await.unwrap();
}

pub(crate) async fn cancel(app: &App, id: &str) {
    app.record::<Order>(&id.to_owned(), [OrderCancelled])
        .await
        .unwrap();
}

/// The one value that a statement answers.
pub(crate) async fn value<T: FromSql + Send + 'static>(
    store: &Sqlite,
    sql: &'static str,
) -> rusqlite::Result<T> {
    let found = store
        .query(move |file| Ok(file.query_row(sql, [], |row| row.get(0))))
        .await;
    found.unwrap()
}
