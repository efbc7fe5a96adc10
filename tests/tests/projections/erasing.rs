//! What was made of an erased stream goes.

use cqrs::{
    Forgotten, HandlerError, ProjectRows, Projection, Recorded, StreamId, Tables,
    sqlite::{Sqlite, SqliteTables},
};

use super::shop::{self, Order, OrderPlaced, Sales, place, shop, value};

/// Only the orders, and a row that shows whether they were made anew.
#[derive(Projection)]
#[projection(name = "orders", store = Sqlite, events(OrderPlaced))]
struct Orders;

impl Tables for Orders {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        shop::create(tables)
    }

    async fn forget(
        stream: &StreamId,
        tables: &mut SqliteTables,
    ) -> Result<Forgotten, HandlerError> {
        let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
        tables.execute(
            &format!("DELETE FROM {orders} WHERE id = ?1"),
            [stream.id()],
        )?;
        tables.execute(&format!("INSERT INTO {customers} VALUES ('forgot', 1)"), [])?;
        Ok(Forgotten::Removed)
    }
}

impl ProjectRows<OrderPlaced> for Orders {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        shop::placed(event, tables)
    }
}

#[tokio::test]
async fn rows_of_an_erased_stream_are_forgotten_or_everything_is_built_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let app = shop(store.clone())
        .projection::<Sales>()
        .projection::<Orders>()
        .start()
        .await
        .unwrap();
    place(&app, "o1", "jane", 5).await;
    place(&app, "o2", "joe", 7).await;
    app.caught_up().await.unwrap();
    app.erase::<Order>(&"o1".to_owned()).await.unwrap();
    app.caught_up().await.unwrap();
    place(&app, "o3", "joe", 1).await;
    app.caught_up().await.unwrap();

    let customers: String = value(
        &store,
        "SELECT group_concat(name || cents) FROM sales_customers",
    )
    .await
    .unwrap();
    assert_eq!(customers, "joe8", "built again without what was erased");
    let orders: i64 = value(&store, "SELECT count(*) FROM orders_orders")
        .await
        .unwrap();
    assert_eq!(orders, 2);
    let forgot: i64 = value(
        &store,
        "SELECT cents FROM orders_customers WHERE name = 'forgot'",
    )
    .await
    .unwrap();
    assert_eq!(forgot, 1, "removed, and not built again");
    app.shutdown().await.unwrap();
}
