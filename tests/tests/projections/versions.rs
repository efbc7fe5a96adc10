//! A new version is built beside the old one, and takes its place at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cqrs::{
    HandlerError, ProjectRows, Projection, Recorded, Tables,
    app::ControlError,
    sqlite::{Sqlite, SqliteTables},
    store::documents::SubscriptionKind,
};

use super::shop::{self, OrderPlaced, Sales, place, shop, value};

/// The same tables, with amounts in tenths of a cent, and one more table.
#[derive(Projection)]
#[projection(name = "sales", version = 2, store = Sqlite, events(OrderPlaced))]
struct FinerSales;

impl Tables for FinerSales {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        shop::create(tables)?;
        let notes = tables.name("notes")?;
        tables.execute_batch(&format!("CREATE TABLE {notes} (note TEXT)"))?;
        Ok(())
    }
}

impl ProjectRows<OrderPlaced> for FinerSales {
    async fn project(
        event: &Recorded<OrderPlaced>,
        tables: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        // Slow enough for a reader to look on.
        std::thread::sleep(Duration::from_micros(300));
        shop::placed(event, tables)?;
        let orders = tables.name("orders")?;
        tables.execute(
            &format!("UPDATE {orders} SET cents = cents * 10 WHERE id = ?1"),
            [event.stream().id()],
        )?;
        Ok(())
    }
}

const ORDERS: i64 = 800;

async fn first(store: &Sqlite) {
    let app = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    for order in 0..ORDERS {
        place(&app, &format!("o{order}"), "jane", 1).await;
    }
    app.caught_up().await.unwrap();
    // Not shut down, as the store stays open.
    drop(app);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reader_sees_half_of_a_version() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    first(&store).await;

    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (store, done) = (store.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let sum = value(&store, "SELECT sum(cents) FROM sales_orders").await;
                let sum: i64 = sum.unwrap();
                if seen.last() != Some(&sum) {
                    seen.push(sum);
                }
            }
            seen
        })
    };
    let app = shop(store.clone())
        .projection::<FinerSales>()
        .serve_while_rebuilding()
        .start()
        .await
        .unwrap();
    let early = app.forget_projection_version("sales", 1).await;
    assert!(
        matches!(early, Err(ControlError::InUse { version: 1, .. })),
        "{early:?}"
    );
    app.caught_up().await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    done.store(true, Ordering::Relaxed);
    assert_eq!(reader.await.unwrap(), [ORDERS, ORDERS * 10]);

    let notes: i64 = value(&store, "SELECT count(*) FROM sales_notes")
        .await
        .unwrap();
    assert_eq!(notes, 0, "the new table is there");
    let old: i64 = value(&store, "SELECT sum(cents) FROM sales_v1_orders")
        .await
        .unwrap();
    assert_eq!(old, ORDERS, "the old ones stay under their own names");

    let unused = app.unused_subscriptions().await.unwrap();
    assert_eq!(unused.len(), 1);
    assert_eq!(unused[0].kind, SubscriptionKind::Projection);
    let own = app.forget_projection_version("sales", 2).await;
    assert!(matches!(own, Err(ControlError::InUse { version: 2, .. })));
    app.forget_projection_version("sales", 1).await.unwrap();
    assert!(
        value::<i64>(&store, "SELECT count(*) FROM sales_v1_orders")
            .await
            .is_err()
    );
    assert!(app.unused_subscriptions().await.unwrap().is_empty());
    let sum: i64 = value(&store, "SELECT sum(cents) FROM sales_orders")
        .await
        .unwrap();
    assert_eq!(sum, ORDERS * 10);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_old_version_takes_its_place_again_when_the_new_one_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    first(&store).await;
    let app = shop(store.clone())
        .projection::<FinerSales>()
        .start()
        .await
        .unwrap();
    place(&app, "later", "jane", 1).await;
    app.caught_up().await.unwrap();
    drop(app);

    let app = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    app.caught_up().await.unwrap();
    let sum: i64 = value(&store, "SELECT sum(cents) FROM sales_orders")
        .await
        .unwrap();
    assert_eq!(sum, (ORDERS + 1) * 10, "readers do not step back unasked");
    app.forget_projection_version("sales", 2).await.unwrap();
    let sum: i64 = value(&store, "SELECT sum(cents) FROM sales_orders")
        .await
        .unwrap();
    assert_eq!(sum, ORDERS + 1, "it has caught up before it is seen");
    app.shutdown().await.unwrap();
}
