//! What is reported about it: two tables, kept up to date from events.

use cqrs::{
    Forgotten, HandlerError, ProjectRows, Projection, Recorded, StreamId, Tables,
    sqlite::{Sqlite, SqliteTables},
};

use super::model::{CustomerRegistered, OrderCancelled, OrderPlaced};

/// Readers find the tables as `sales_customers` and `sales_orders`.
///
/// To change them, change the code and raise the version: the new tables are built beside the old ones, from the first
/// event, and take their place when they are whole.
#[derive(Projection)]
#[projection(
    name = "sales",
    store = Sqlite,
    version = 1,
    events(CustomerRegistered, OrderPlaced, OrderCancelled)
)]
pub(crate) struct Sales;

impl Tables for Sales {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        let (customers, orders) = (tables.name("customers")?, tables.name("orders")?);
        let by_customer = tables.name("orders_by_customer")?;
        tables.execute_batch(&format!(
            "CREATE TABLE {customers} (
                 id TEXT PRIMARY KEY,
                 name TEXT NOT NULL,
                 country TEXT NOT NULL
             ) STRICT;
             CREATE TABLE {orders} (
                 id TEXT PRIMARY KEY,
                 customer TEXT NOT NULL,
                 cents INTEGER NOT NULL
             ) STRICT;
             CREATE INDEX {by_customer} ON {orders} (customer);"
        ))?;
        Ok(())
    }

    /// A customer or order that is erased leaves the reports, without building everything again.
    async fn forget(
        stream: &StreamId,
        tables: &mut SqliteTables,
    ) -> Result<Forgotten, HandlerError> {
        for table in ["customers", "orders"] {
            let table = tables.name(table)?;
            tables.execute(&format!("DELETE FROM {table} WHERE id = ?1"), [stream.id()])?;
        }
        Ok(Forgotten::Removed)
    }
}

impl ProjectRows<CustomerRegistered> for Sales {
    async fn project(
        event: &Recorded<CustomerRegistered>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        let customers = tables.name("customers")?;
        tables.execute(
            &format!("INSERT INTO {customers} (id, name, country) VALUES (?1, ?2, ?3)"),
            (event.stream().id(), &event.name, &event.country),
        )?;
        Ok(())
    }
}

impl ProjectRows<OrderPlaced> for Sales {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        let orders = tables.name("orders")?;
        tables.execute(
            &format!("INSERT INTO {orders} (id, customer, cents) VALUES (?1, ?2, ?3)"),
            (event.stream().id(), &event.customer, event.cents),
        )?;
        Ok(())
    }
}

impl ProjectRows<OrderCancelled> for Sales {
    async fn project(
        event: &Recorded<OrderCancelled>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        let orders = tables.name("orders")?;
        tables.execute(
            &format!("DELETE FROM {orders} WHERE id = ?1"),
            [event.stream().id()],
        )?;
        Ok(())
    }
}
