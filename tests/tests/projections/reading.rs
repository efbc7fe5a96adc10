//! What a projection makes is read by plain SQL, and by queries that see what was written before.

use cqrs::{
    Handler, HandlerContext, HandlerError, Query, QueryHandler, app::SubscriptionState,
    sqlite::Sqlite, store::documents::SubscriptionKind,
};

use super::shop::{Sales, cancel, place, shop, value};

/// What a customer has spent.
#[derive(Query)]
#[query(handler = Reports, output = Option<i64>, local)]
struct Spent(String);

#[derive(Handler)]
#[handler(reads(Sales))]
struct Reports {
    sqlite: Sqlite,
}

impl QueryHandler<Spent> for Reports {
    async fn handle(&self, query: Spent, _: &HandlerContext) -> Result<Option<i64>, HandlerError> {
        let sql = "SELECT max(cents) FROM sales_customers WHERE name = ?1";
        let spent = self
            .sqlite
            .query(move |file| file.query_row(sql, [query.0], |row| row.get(0)));
        Ok(spent.await?)
    }
}

#[tokio::test]
async fn a_query_sees_in_the_tables_what_was_written_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let app = shop(store.clone())
        .projection::<Sales>()
        .query::<Spent>()
        .handler::<Reports>()
        .provide(store.clone())
        .start()
        .await
        .unwrap();

    for order in 0..50 {
        place(&app, &format!("o{order}"), "jane", 3).await;
        let spent = app.ask(Spent("jane".into())).await.unwrap();
        assert_eq!(spent, Some(3 * (order + 1)));
    }
    cancel(&app, "o7").await;
    assert_eq!(app.ask(Spent("jane".into())).await.unwrap(), Some(147));

    let joined: i64 = value(
        &store,
        "SELECT sum(orders.cents) FROM sales_orders AS orders
         JOIN sales_customers AS customers ON customers.name = orders.customer",
    )
    .await
    .unwrap();
    assert_eq!(joined, 147);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn it_goes_on_where_it_was_and_is_seen_paused_and_resumed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    for start in 1..=3 {
        let store = Sqlite::open(&path).unwrap();
        let app = shop(store.clone())
            .projection::<Sales>()
            .start()
            .await
            .unwrap();
        place(&app, &format!("o{start}"), "jane", 1).await;
        app.caught_up().await.unwrap();
        let count: i64 = value(&store, "SELECT count(*) FROM sales_orders")
            .await
            .unwrap();
        assert_eq!(count, start);

        app.pause(SubscriptionKind::Projection, "sales")
            .await
            .unwrap();
        let status = app.status().await.unwrap().remove(0);
        assert_eq!(status.kind, SubscriptionKind::Projection);
        assert_eq!((&*status.name, status.version), ("sales", 1));
        assert_eq!(status.state, SubscriptionState::Paused);
        app.resume(SubscriptionKind::Projection, "sales")
            .await
            .unwrap();
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn rows_are_the_same_when_they_are_built_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).unwrap();
    let app = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    for order in 0..700 {
        let (id, customer) = (format!("o{order}"), format!("c{}", order % 7));
        place(&app, &id, &customer, order).await;
        if order % 3 == 0 {
            cancel(&app, &id).await;
        }
    }
    let rows = "SELECT group_concat(id || customer || cents) FROM (SELECT * FROM sales_orders ORDER BY id)";
    let spent =
        "SELECT group_concat(name || cents) FROM (SELECT * FROM sales_customers ORDER BY name)";
    app.caught_up().await.unwrap();
    let before: (String, String) = (
        value(&store, rows).await.unwrap(),
        value(&store, spent).await.unwrap(),
    );

    app.rebuild_projection("sales").await.unwrap();
    app.caught_up().await.unwrap();
    let after: (String, String) = (
        value(&store, rows).await.unwrap(),
        value(&store, spent).await.unwrap(),
    );
    assert_eq!(before, after);
    app.shutdown().await.unwrap();
}
