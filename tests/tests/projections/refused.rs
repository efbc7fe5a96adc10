//! What does not fit is said when the app starts.

use cqrs::{
    HandlerError, Memory, Projection, Tables,
    app::{StartError, SubscriptionState},
    sqlite::{Sqlite, SqliteTables},
};
use cqrs_testing::FaultyStore;

use super::shop::{OrderPlaced, Sales, place, shop};

#[tokio::test]
async fn a_store_without_tables_is_refused() {
    let started = shop(Memory::new()).projection::<Sales>().start().await;
    let Err(StartError::Wiring(error)) = started else {
        panic!("it has started");
    };
    let text = error.to_string();
    let expected = "1 wiring fault
  projection `sales` keeps its tables in `Sqlite`, and this app runs on another store
    tests/tests/projections/shop.rs:";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.ends_with("rows and events are committed together: give `App::builder` a `Sqlite`, or name the store that the app runs on in `#[projection(store = ..)]`; the store in memory has no tables"),
        "{text}"
    );
}

#[tokio::test]
async fn the_wiring_is_checked_without_the_store() {
    let checked = shop(Memory::new()).projection::<Sales>().check();
    assert!(checked.is_ok());
}

/// As fixtures run it.
#[tokio::test]
async fn where_nothing_is_checked_it_is_left_out() {
    let app = shop(Memory::new()).projection::<Sales>().unchecked(false);
    let app = app.start().await.unwrap();
    place(&app, "o1", "jane", 1).await;
    app.caught_up().await.unwrap();
    assert_eq!(app.status().await.unwrap(), []);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_wrapped_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let app = shop(FaultyStore::new(store)).projection::<Sales>();
    app.start().await.unwrap().shutdown().await.unwrap();
}

/// Tables that SQLite does not make.
#[derive(Projection)]
#[projection(name = "broken", store = Sqlite, events(OrderPlaced))]
struct Broken;

impl Tables for Broken {
    async fn create(tables: &mut SqliteTables) -> Result<(), HandlerError> {
        let wrong = tables.name("v2_orders").unwrap_err();
        assert!(wrong.to_string().contains("not with a version"), "{wrong}");
        tables.execute_batch("CREATE TABLE")?;
        Ok(())
    }
}

impl cqrs::ProjectRows<OrderPlaced> for Broken {
    async fn project(
        _: &cqrs::Recorded<OrderPlaced>,
        _: &mut SqliteTables,
    ) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[tokio::test]
async fn tables_that_cannot_be_made_stop_the_projection_where_it_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let app = shop(store).projection::<Broken>().start().await.unwrap();
    let state = app.status().await.unwrap().remove(0).state;
    let SubscriptionState::Stopped { reason } = state else {
        panic!("{state:?}");
    };
    assert!(
        reason.starts_with("its tables cannot be made: incomplete input"),
        "{reason}"
    );
    app.shutdown().await.unwrap();
}
