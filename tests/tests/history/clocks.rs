//! Clocks that jump: what is recorded stays in order, nothing gets stuck, and no lease is held for ever or by two.

use std::{sync::Arc, time::Duration};

use cqrs::{
    App, EventQuery, Memory, Position, Range, Store,
    postgres::{Postgres, tokio_postgres},
    sqlite::Sqlite,
};
use cqrs_testing::TestClock;

use crate::accounts::{Load, audited, deposit};

const HOUR: Duration = Duration::from_secs(3_600);
const NOON: &str = "2030-01-01T12:00:00Z";

/// The clock of the program and of its store goes back an hour, and forward a day, while a view is built.
async fn what_is_recorded_stays_in_order(store: impl Store + Clone, clock: TestClock) {
    let app = App::builder(store.clone()).clock(clock.clone());
    let app = app.start().await.unwrap();
    for (number, jump) in (0..).zip([
        "2030-01-01T11:00:00Z",
        "2030-01-02T12:00:00Z",
        NOON,
        "1970-01-01T00:00:00Z",
        "2030-01-01T12:00:01Z",
    ]) {
        deposit(&app, 2 * number).await.unwrap();
        clock.set(jump);
        deposit(&app, 2 * number + 1).await.unwrap();
        app.caught_up().await.unwrap();
        for status in app.status().await.unwrap() {
            assert_eq!(status.lag_events, 0, "{status:?}");
        }
    }
    assert_eq!(audited(&app, &store).await.len(), 10);
    let all = Range::after(Position::START);
    let page = store.read(&EventQuery::all(), all).await.unwrap();
    let times: Vec<_> = page
        .events
        .iter()
        .map(|event| event.meta.recorded_at)
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_recorded_in_memory_stays_in_order() {
    let clock = TestClock::at(NOON);
    let store = Memory::new().with_clock(Arc::new(clock.clone()));
    what_is_recorded_stays_in_order(store, clock).await;
}

#[tokio::test]
async fn what_is_recorded_in_a_file_stays_in_order() {
    let clock = TestClock::at(NOON);
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::options()
        .clock(Arc::new(clock.clone()))
        .open(folder.path().join("store.db"))
        .unwrap();
    what_is_recorded_stays_in_order(store, clock).await;
}

async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

/// What the clock of the server shows is what it is held against: that it jumps is that all that was written by it moves the
/// other way. All at once, and after whoever is at it.
async fn jump(url: &str, by: &str) {
    let sql = format!(
        "LOCK TABLE cqrs.nodes, cqrs.leases, cqrs.events IN SHARE ROW EXCLUSIVE MODE;
         UPDATE cqrs.leases SET until = until - interval '{by}';
         UPDATE cqrs.nodes SET until = until - interval '{by}';
         UPDATE cqrs.events SET recorded_at = recorded_at - interval '{by}'"
    );
    run(url, &sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_whose_server_has_a_clock_that_jumps_go_on() {
    let database = temporary_postgres::shared().unwrap();
    let url = database.url();
    let mut apps = Vec::new();
    for name in ["first", "second"] {
        let store = Postgres::connect(url).await.unwrap();
        let app = App::builder(store).node_name(name).lease(HOUR / 3_600);
        apps.push(app.start().await.unwrap());
    }
    let load = Load::on(&[&apps[0], &apps[1]], 0);
    for by in ["-1 hour", "1 day", "-1 day", "1 hour"] {
        load.goes_on(20).await;
        jump(url, by).await;
    }
    load.goes_on(20).await;
    let acknowledged = load.ends().await;
    let store = Postgres::connect(url).await.unwrap();
    for app in &apps {
        assert_eq!(audited(app, &store).await, acknowledged);
    }
}

/// The clock goes back an hour when a node is dead: nobody waits for an hour.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_node_is_followed_within_its_term_although_the_clock_went_back() {
    let database = temporary_postgres::shared().unwrap();
    let url = database.url();
    let term = Duration::from_millis(500);
    let node = async |name: &str| {
        let store = Postgres::connect(url).await.unwrap();
        let app = App::builder(store).node_name(name).lease(term);
        app.start().await.unwrap()
    };
    let first = node("first").await;
    deposit(&first, 1).await.unwrap();
    first.shutdown().await.unwrap();
    // One that died with everything in hand, by a clock that has gone back since.
    let dead = "UPDATE cqrs.leases SET node = gen_random_uuid();
                UPDATE cqrs.leases SET until = clock_timestamp() + interval '1 hour';
                INSERT INTO cqrs.nodes SELECT DISTINCT node, 'dead', term, until FROM cqrs.leases";
    run(url, dead).await;

    let follows = async {
        let second = node("second").await;
        deposit(&second, 2).await.unwrap();
        let store = Postgres::connect(url).await.unwrap();
        audited(&second, &store).await
    };
    let numbers = tokio::time::timeout(Duration::from_secs(20), follows).await;
    assert_eq!(numbers.expect("it takes over").len(), 2);
}
