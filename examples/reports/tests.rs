//! The reports, on a file that is thrown away.

use cqrs::{App, sqlite::Sqlite};
use tempfile::TempDir;

use super::{
    model::Customer,
    queries::{BestCustomers, CountryRevenue, RevenueByCountry},
    trade,
};

async fn start() -> (App, Sqlite, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(directory.path().join("reports.db")).unwrap();
    let app = App::builder(sqlite.clone())
        .provide(sqlite.clone())
        .start()
        .await
        .unwrap();
    (app, sqlite, directory)
}

fn norway(orders: i64, cents: i64) -> CountryRevenue {
    CountryRevenue {
        country: "NO".into(),
        orders,
        cents,
    }
}

#[tokio::test]
async fn a_report_has_what_was_written_before_it_was_asked_for() {
    let (app, _sqlite, _directory) = start().await;
    assert_eq!(app.ask(RevenueByCountry).await.unwrap(), []);
    trade(&app).await.unwrap();

    let revenue = app.ask(RevenueByCountry).await.unwrap();
    assert_eq!(
        revenue,
        [norway(3, 82_500)],
        "what was cancelled is not in it"
    );
    let best = app.ask(BestCustomers { limit: 1 }).await.unwrap();
    assert_eq!(best, [("Cia".to_owned(), 70_000)]);

    // A second run finds everything done.
    trade(&app).await.unwrap();
    assert_eq!(app.ask(RevenueByCountry).await.unwrap(), revenue);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn who_is_erased_leaves_the_reports() {
    let (app, _sqlite, _directory) = start().await;
    trade(&app).await.unwrap();
    app.erase::<Customer>(&"c3".to_owned()).await.unwrap();

    let revenue = app.ask(RevenueByCountry).await.unwrap();
    assert_eq!(revenue, [norway(2, 12_500)]);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_report_is_the_same_when_its_tables_are_built_again() {
    let (app, sqlite, _directory) = start().await;
    trade(&app).await.unwrap();
    let before = app.ask(RevenueByCountry).await.unwrap();
    app.rebuild_projection("sales").await.unwrap();
    app.caught_up().await.unwrap();

    assert_eq!(app.ask(RevenueByCountry).await.unwrap(), before);
    let orders: i64 = sqlite
        .query(|file| file.query_row("SELECT count(*) FROM sales_orders", [], |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(orders, 3);
    app.shutdown().await.unwrap();
}
