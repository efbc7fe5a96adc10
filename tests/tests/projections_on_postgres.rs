//! Projections into tables of PostgreSQL: rows and checkpoint in one transaction, versions side by side.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use cqrs::{
    Aggregate, App, Apply, Event, HandlerError, ProjectRows, Projection, Recorded, Store, Tables,
    app::{AppBuilder, SubscriptionState},
    postgres::{
        Postgres, PostgresTables,
        tokio_postgres::{Client, NoTls},
    },
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct OrderPlaced {
    customer: String,
    cents: i64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(OrderPlaced))]
struct Order;

impl Apply<OrderPlaced> for Order {
    fn apply(&mut self, _: &OrderPlaced) {}
}

/// What was ordered, by order and by customer.
#[derive(Projection)]
#[projection(name = "sales", store = Postgres, events(OrderPlaced))]
struct Sales;

impl Tables for Sales {
    async fn create(tables: &mut PostgresTables) -> Result<(), HandlerError> {
        let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
        tables
            .execute_batch(&format!(
                "CREATE TABLE {customers} (name text PRIMARY KEY, cents bigint NOT NULL);
                 CREATE TABLE {orders} (
                     id text PRIMARY KEY,
                     customer text NOT NULL REFERENCES {customers} (name),
                     cents bigint NOT NULL
                 );
                 CREATE INDEX ON {orders} (customer);"
            ))
            .await?;
        Ok(())
    }
}

impl ProjectRows<OrderPlaced> for Sales {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut PostgresTables,
    ) -> Result<(), HandlerError> {
        place(event, event.cents, tables).await
    }
}

async fn place(
    event: &Recorded<OrderPlaced>,
    cents: i64,
    tables: &mut PostgresTables,
) -> Result<(), HandlerError> {
    let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
    let changed = tables
        .execute(
            &format!(
                "INSERT INTO {customers} AS c VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET cents = c.cents + excluded.cents"
            ),
            &[&event.customer, &cents],
        )
        .await?;
    assert_eq!(changed, 1);
    let id = event.stream().id();
    tables
        .execute(
            &format!("INSERT INTO {orders} VALUES ($1, $2, $3)"),
            &[&id, &event.customer, &cents],
        )
        .await?;
    Ok(())
}

/// The next version: tenths of a cent, and one more column.
#[derive(Projection)]
#[projection(name = "sales", version = 2, store = Postgres, events(OrderPlaced))]
struct FinerSales;

impl Tables for FinerSales {
    async fn create(tables: &mut PostgresTables) -> Result<(), HandlerError> {
        Sales::create(tables).await?;
        let orders = tables.name("orders")?;
        let note = format!("ALTER TABLE {orders} ADD note text NOT NULL DEFAULT ''");
        Ok(tables.execute_batch(&note).await?)
    }
}

impl ProjectRows<OrderPlaced> for FinerSales {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut PostgresTables,
    ) -> Result<(), HandlerError> {
        let (orders, customers) = (tables.name("orders")?, tables.name("customers")?);
        let cents = event.cents * 10;
        let customer = format!(
            "INSERT INTO {customers} AS c VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET cents = c.cents + excluded.cents"
        );
        tables
            .execute(&customer, &[&event.customer, &cents])
            .await?;
        let order = format!("INSERT INTO {orders} VALUES ($1, $2, $3, 'finer')");
        let id = event.stream().id();
        tables
            .execute(&order, &[&id, &event.customer, &cents])
            .await?;
        Ok(())
    }
}

/// Forgets that an error of a statement has taken its transaction back.
#[derive(Projection)]
#[projection(name = "careless", store = Postgres, events(OrderPlaced))]
struct Careless;

impl Tables for Careless {
    async fn create(_: &mut PostgresTables) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl ProjectRows<OrderPlaced> for Careless {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut PostgresTables,
    ) -> Result<(), HandlerError> {
        if event.cents < 0 {
            let _passed_over = tables.execute("SELECT 1 / 0", &[]).await.is_err();
        }
        Ok(())
    }
}

fn shop(store: impl Store) -> AppBuilder {
    App::builder(store)
        .without_auto_registration()
        .event::<OrderPlaced>()
        .aggregate::<Order>()
}

async fn order(app: &App, id: &str, cents: i64) {
    let customer = "jane".to_owned();
    let placed = [OrderPlaced { customer, cents }];
    app.record::<Order>(&id.to_owned(), placed).await.unwrap();
}

/// Waits until it has dealt with everything, and has not stopped at it.
async fn runs(app: &App) {
    app.caught_up().await.unwrap();
    let status = app.status().await.unwrap();
    assert_eq!(status[0].state, SubscriptionState::Running, "{status:?}");
}

async fn client(url: &str) -> Client {
    let (client, connection) = cqrs::postgres::tokio_postgres::connect(url, NoTls)
        .await
        .unwrap();
    drop(tokio::spawn(connection));
    client
}

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

const BOTH: &str = "SELECT (sum(o.cents) + max(c.cents))::bigint FROM sales.orders o
                    JOIN sales.customers c ON c.name = o.customer";

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_the_sum_of_the_events_although_connections_are_killed() {
    let database = temporary_postgres::shared().unwrap();
    let reader = client(database.url()).await;
    let store = Postgres::connect(database.url()).await.unwrap();
    let app = shop(store).projection::<Sales>().start().await.unwrap();

    for number in 0..60 {
        order(&app, &format!("o{number}"), 1).await;
        if number % 6 == 0 {
            reader
                .query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE pid <> pg_backend_pid() AND datname = current_database()",
                    &[],
                )
                .await
                .unwrap();
        }
    }
    runs(&app).await;
    assert_eq!(
        number(&reader, "SELECT count(*) FROM sales.orders").await,
        60
    );
    assert_eq!(number(&reader, BOTH).await, 120);
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE state = 'idle in transaction' AND datname = current_database()";
    assert_eq!(number(&reader, open).await, 0);
    app.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_takes_the_place_of_the_old_one_at_once() {
    let database = temporary_postgres::shared().unwrap();
    let reader = client(database.url()).await;
    let store = Postgres::connect(database.url()).await.unwrap();
    let old = shop(store.clone()).projection::<Sales>();
    let old = old.start().await.unwrap();
    for number in 0..200 {
        order(&old, &format!("o{number}"), 1).await;
    }
    runs(&old).await;
    reader
        .batch_execute("CREATE VIEW big AS SELECT * FROM sales.customers WHERE cents > 10")
        .await
        .unwrap();

    // Both programs run, as in an upgrade.
    let other = Postgres::connect(database.url()).await.unwrap();
    let new = shop(other)
        .projection::<FinerSales>()
        .serve_while_rebuilding();
    let new = new.start().await.unwrap();
    let mut seen = Vec::new();
    // It takes both names in the order other than that in which they are changed, and hardly ever lets go of them.
    let swapped = async {
        while seen.last() != Some(&4_000) {
            let sum = number(&reader, BOTH).await;
            if seen.last() != Some(&sum) {
                seen.push(sum);
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), swapped).await;
    in_time.expect("readers do not keep a version from its place");
    assert_eq!(seen, [400, 4_000], "no reader sees half of it");
    let finer = "SELECT count(*) FROM sales.orders WHERE note = 'finer'";
    assert_eq!(number(&reader, finer).await, 200);
    let kept = "SELECT sum(cents)::bigint FROM sales_v1.orders";
    assert_eq!(number(&reader, kept).await, 200, "the old tables stay");
    assert_eq!(number(&reader, "SELECT cents FROM big").await, 2_000);

    old.shutdown().await.unwrap();
    new.forget_projection_version("sales", 1).await.unwrap();
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'sales_v1'";
    assert_eq!(number(&reader, left).await, 0);
    assert_eq!(number(&reader, BOTH).await, 4_000);
    new.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_back_disturbs_no_reader_and_keeps_what_was_made_of_the_names() {
    let database = temporary_postgres::shared().unwrap();
    let reader = client(database.url()).await;
    let store = Postgres::connect(database.url()).await.unwrap();
    let old = shop(store).projection::<Sales>();
    let old = old.start().await.unwrap();
    for number in 0..200 {
        order(&old, &format!("o{number}"), 1).await;
    }
    runs(&old).await;
    let other = Postgres::connect(database.url()).await.unwrap();
    let new = shop(other).projection::<FinerSales>();
    let new = new.start().await.unwrap();
    reader
        .batch_execute("CREATE VIEW big AS SELECT * FROM sales.customers WHERE cents > 10")
        .await
        .unwrap();
    assert_eq!(number(&reader, "SELECT cents FROM big").await, 2_000);

    new.shutdown().await.unwrap();
    let mut forgetting = std::pin::pin!(old.forget_projection_version("sales", 2));
    loop {
        tokio::select! {
            biased;
            forgotten = &mut forgetting => break forgotten.unwrap(),
            sum = number(&reader, BOTH) => assert!([400, 4_000].contains(&sum), "{sum}"),
        }
    }

    assert_eq!(number(&reader, BOTH).await, 400);
    assert_eq!(number(&reader, "SELECT cents FROM big").await, 200);
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'sales_v2'";
    assert_eq!(number(&reader, left).await, 0);
    old.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_is_passed_over_commits_nothing() {
    let database = temporary_postgres::shared().unwrap();
    let store = Postgres::connect(database.url()).await.unwrap();
    let app = shop(store).projection::<Careless>().start().await.unwrap();
    order(&app, "good", 1).await;
    app.caught_up().await.unwrap();
    order(&app, "bad", -1).await;
    app.caught_up().await.unwrap();

    let status = app.status().await.unwrap();
    assert_eq!(status[0].position.get(), 1);
    let SubscriptionState::Stopped { reason } = &status[0].state else {
        panic!("it goes on: {status:?}")
    };
    assert!(reason.contains("division by zero"), "{reason}");
    tokio::time::timeout(Duration::from_secs(10), app.shutdown())
        .await
        .unwrap()
        .unwrap();
}
