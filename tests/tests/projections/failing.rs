//! What fails passes, or stops the projection where everybody sees it.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use cqrs::{
    App, HandlerError, ProjectRows, Projection, Recorded, Tables,
    app::SubscriptionState,
    sqlite::{Sqlite, SqliteTables, rusqlite},
    store::documents::SubscriptionKind,
};

use super::shop::{self, OrderPlaced, Sales, place, shop, value};

static ATTEMPTS: AtomicU32 = AtomicU32::new(0);

/// Does with an order what its customer's name says.
#[derive(Projection)]
#[projection(name = "moody", store = Sqlite, events(OrderPlaced))]
struct Moody;

impl Tables for Moody {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        shop::create(tables)
    }
}

impl ProjectRows<OrderPlaced> for Moody {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        shop::placed(event, tables)?;
        match &*event.customer {
            "passing" if ATTEMPTS.fetch_add(1, Ordering::Relaxed) < 4 => {
                Err(HandlerError::transient("not now"))
            }
            "never" => Err(HandlerError::permanent("never")),
            "panic" => panic!("no such customer"),
            "waiting" => {
                tokio::task::yield_now().await;
                Ok(())
            }
            "events" => {
                tables.query("SELECT count(*) FROM events", [], |_| Ok(()))?;
                Ok(())
            }
            "other" => {
                tables.execute_batch("CREATE TABLE other (n)")?;
                Ok(())
            }
            "commit" => {
                tables.execute_batch("COMMIT")?;
                Ok(())
            }
            "swallowed" => {
                let orders = tables.name("orders")?;
                let again = format!("INSERT OR ROLLBACK INTO {orders} SELECT * FROM {orders}");
                let _passed_over = tables.execute(&again, []).is_err();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

async fn start(store: &Sqlite) -> App {
    shop(store.clone())
        .projection::<Moody>()
        .start()
        .await
        .unwrap()
}

async fn reason(app: &App) -> String {
    app.caught_up().await.unwrap();
    match app.status().await.unwrap().remove(0).state {
        SubscriptionState::Stopped { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_until_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let app = start(&store).await;
    place(&app, "o1", "jane", 1).await;
    place(&app, "o2", "passing", 1).await;
    place(&app, "o3", "jane", 1).await;
    app.caught_up().await.unwrap();

    let rows: i64 = value(&store, "SELECT count(*) FROM moody_orders")
        .await
        .unwrap();
    assert_eq!(rows, 3);
    assert_eq!(ATTEMPTS.load(Ordering::Relaxed), 5);
    let spent: i64 = value(
        &store,
        "SELECT cents FROM moody_customers WHERE name = 'passing'",
    )
    .await
    .unwrap();
    assert_eq!(spent, 1, "nothing of the failed attempts is left");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_never_works_stops_it_at_that_event_and_nothing_else() {
    for (customer, expected) in [
        ("never", "never"),
        ("panic", "panicked: no such customer"),
        ("waiting", "it waits for something"),
        ("events", "reads none of the store's"),
        ("other", "writes only tables of its own"),
        ("commit", "writes only tables of its own"),
        ("swallowed", "took the transaction back"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
        let app = start(&store).await;
        place(&app, "o1", "jane", 1).await;
        // In a page of its own: of one that breaks off without saying where, nothing is kept.
        app.caught_up().await.unwrap();
        place(&app, "o2", customer, 1).await;
        place(&app, "o3", "jane", 1).await;
        let reason = reason(&app).await;
        assert!(reason.contains(expected), "{customer}: {reason}");
        if customer != "swallowed" {
            let at = "event `OrderPlaced` at position 2 (Order `o2`)";
            assert!(reason.starts_with(at), "{customer}: {reason}");
        }
        let orders: String = value(&store, "SELECT group_concat(id) FROM moody_orders")
            .await
            .unwrap();
        assert_eq!(orders, "o1", "what comes before it is good");

        // It is tried again when somebody says so, and the rest of the app goes on.
        app.resume(SubscriptionKind::Projection, "moody")
            .await
            .unwrap();
        place(&app, "o4", "jane", 1).await;
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_somebody_else_writes_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let store = Sqlite::open(&path).unwrap();
    let app = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    app.pause(SubscriptionKind::Projection, "sales")
        .await
        .unwrap();
    place(&app, "o1", "jane", 1).await;

    let shell = rusqlite::Connection::open(&path).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    // That it goes on is written down too, and waits as well.
    let resumed = tokio::spawn({
        let app = app.clone();
        async move { app.resume(SubscriptionKind::Projection, "sales").await }
    });
    let failing = async {
        loop {
            let status = app.status().await.unwrap().remove(0);
            if let SubscriptionState::Retrying { error } = status.state {
                return error;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let failing = tokio::time::timeout(Duration::from_secs(30), failing)
        .await
        .unwrap();
    assert!(failing.contains("is locked"), "{failing}");
    shell.execute_batch("ROLLBACK").unwrap();
    resumed.await.unwrap().unwrap();

    app.caught_up().await.unwrap();
    let rows: i64 = value(&store, "SELECT count(*) FROM sales_orders")
        .await
        .unwrap();
    assert_eq!(rows, 1);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn of_two_apps_on_one_file_one_projects_each_event() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let first = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    let second = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    for order in 0..300 {
        let app = if order % 2 == 0 { &first } else { &second };
        place(app, &format!("o{order}"), "jane", 1).await;
    }
    first.caught_up().await.unwrap();
    second.caught_up().await.unwrap();
    let spent: i64 = value(&store, "SELECT cents FROM sales_customers")
        .await
        .unwrap();
    assert_eq!(spent, 300);
    drop(first);
    second.shutdown().await.unwrap();
}
