//! Bad days of a PostgreSQL server, seen by whole apps: no node is started again by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/accounts.rs"]
mod accounts;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::{Load, audited, deposit};
use cqrs::{
    App, DispatchError, StoreError,
    app::{StartError, SubscriptionState},
    postgres::{ConnectError, Postgres},
    store::{documents::SubscriptionKind, error::StoreErrorKind},
};
use temporary_postgres::Server;

const LEASE: Duration = Duration::from_millis(500);

async fn node(url: &str, name: &str) -> App {
    let store = Postgres::connect(url).await.unwrap();
    let app = App::builder(store).node_name(name).lease(LEASE);
    app.start().await.unwrap()
}

/// Does to a server what takes a while, beside the apps.
async fn to<T: Send + 'static>(
    server: &Arc<Server>,
    what: impl FnOnce(&Server) -> T + Send + 'static,
) -> T {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || what(&server))
        .await
        .unwrap()
}

async fn within<T>(seconds: u64, what: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(seconds);
    let done = tokio::time::timeout(limit, what).await;
    done.unwrap_or_else(|_elapsed| panic!("it takes longer than {seconds} s"))
}

/// Waits until what is asked again and again is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    within(20, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_under_load_lose_and_double_nothing() {
    let server = Arc::new(Server::start().unwrap());
    let url = server.create_database();
    let (first, second) = (node(&url, "first").await, node(&url, "second").await);
    let load = Load::on(&[&first, &second], 0);
    load.goes_on(10).await;
    to(&server, Server::restart).await;
    load.goes_on(10).await;
    to(&server, Server::kill_9).await;
    to(&server, Server::start_again).await;
    load.goes_on(10).await;
    let acknowledged = load.ends().await;

    let store = Postgres::connect(&url).await.unwrap();
    assert_eq!(audited(&first, &store).await, acknowledged);
    assert_eq!(audited(&second, &store).await, acknowledged);
}

/// Frozen for three times the lease: nobody can take over meanwhile, and everybody goes on afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_frozen_for_longer_than_the_lease_goes_on() {
    let server = Arc::new(Server::start().unwrap());
    let url = server.create_database();
    let (first, second) = (node(&url, "first").await, node(&url, "second").await);
    let load = Load::on(&[&first, &second], 0);
    load.goes_on(10).await;
    for _ in 0..2 {
        to(&server, Server::pause).await;
        tokio::time::sleep(3 * LEASE).await;
        to(&server, Server::resume).await;
        load.goes_on(10).await;
    }
    let acknowledged = load.ends().await;

    let store = Postgres::connect(&url).await.unwrap();
    assert_eq!(audited(&first, &store).await, acknowledged);
    assert_eq!(audited(&second, &store).await, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_at_the_start_is_told_in_time() {
    let server = Arc::new(Server::start().unwrap());
    let url = server.create_database();
    let options = || {
        let options = Postgres::options().connect_timeout(Duration::from_secs(1));
        options.patience(Duration::from_secs(1))
    };
    let store = options().connect(&url).await.unwrap();
    to(&server, Server::stop_fast).await;

    let away = within(5, options().connect(&url)).await.unwrap_err();
    assert!(matches!(away, ConnectError::Unreachable { .. }), "{away:?}");
    let text = away.to_string();
    assert!(text.contains(&server.port().to_string()), "{text}");

    // It went away between the two.
    let unstarted = within(20, App::builder(store).start()).await.unwrap_err();
    let StartError::Store(error) = &unstarted else {
        panic!("{unstarted:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{unstarted:?}");
    to(&server, Server::start_again).await;

    to(&server, Server::pause).await;
    let silent = within(5, options().connect(&url)).await.unwrap_err();
    assert!(
        matches!(silent, ConnectError::Unreachable { .. }),
        "{silent:?}"
    );
    to(&server, Server::resume).await;
    let app = node(&url, "late").await;
    deposit(&app, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_while_the_server_restarts_are_carried_out_or_refused() {
    let server = Arc::new(Server::start().unwrap());
    let url = server.create_database();
    let (first, second) = (node(&url, "first").await, node(&url, "second").await);
    let load = Load::on(&[&first], 0);
    load.goes_on(10).await;
    let state_is = async |app: &App, is_it: fn(&SubscriptionState) -> bool| {
        let Ok(all) = app.status().await else {
            return false;
        };
        all.iter()
            .any(|status| status.name == "digits" && is_it(&status.state))
    };
    let paused = |state: &SubscriptionState| *state == SubscriptionState::Paused;
    let runs = |state: &SubscriptionState| *state == SubscriptionState::Running;

    let restart = tokio::spawn({
        let server = Arc::clone(&server);
        async move { to(&server, Server::restart).await }
    });
    // From the node that does not run it, as often as it takes.
    let view = SubscriptionKind::View;
    let mut refused = 0;
    within(20, async {
        while let Err(error) = second.pause(view, "digits").await {
            refused += 1;
            println!("refused: {error}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    restart.await.unwrap();
    println!("refused {refused} times");
    for app in [&first, &second] {
        until(async || state_is(app, paused).await).await;
    }
    load.goes_on(10).await;
    within(10, second.resume(view, "digits")).await.unwrap();
    for app in [&first, &second] {
        until(async || state_is(app, runs).await).await;
    }
    let acknowledged = load.ends().await;
    let store = Postgres::connect(&url).await.unwrap();
    assert_eq!(audited(&second, &store).await, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_changed_ends_all_that_relied_on_it() {
    let database = temporary_postgres::shared().unwrap();
    let app = node(database.url(), "before").await;
    for number in 0..10 {
        deposit(&app, number).await.unwrap();
    }
    app.caught_up().await.unwrap();
    let marked = Postgres::options().mark_restored(database.url());
    marked.await.unwrap();

    let changed = |error: &StoreError| error.kind() == StoreErrorKind::HistoryChanged;
    for number in 10..20 {
        let refused = deposit(&app, number).await.unwrap_err();
        assert!(
            matches!(&refused, DispatchError::Store(error) if changed(error)),
            "{refused:?}"
        );
        assert!(!refused.is_transient());
    }
    until(async || match app.status().await {
        // Where everything stands cannot be told any more, either.
        Err(_) => false,
        Ok(all) => all.iter().all(|status| {
            matches!(&status.state, SubscriptionState::Stopped { reason } if reason.contains("start the program again"))
        }),
    })
    .await;

    // The next program goes on with what there is.
    let app = node(database.url(), "after").await;
    deposit(&app, 10).await.unwrap();
    let store = Postgres::connect(database.url()).await.unwrap();
    assert_eq!(audited(&app, &store).await.len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_answered_in_a_bounded_time_while_the_server_is_away() {
    let server = Arc::new(Server::start().unwrap());
    let url = server.create_database();
    let store = Postgres::options().patience(Duration::from_secs(1));
    let store = store.connect(&url).await.unwrap();
    let app = App::builder(store).lease(LEASE).start().await.unwrap();
    deposit(&app, 1).await.unwrap();
    to(&server, Server::kill_9).await;

    let asked = Instant::now();
    let refused = within(10, deposit(&app, 2)).await.unwrap_err();
    println!("{:?}: {refused}", asked.elapsed());
    let unavailable = matches!(
        &refused,
        DispatchError::Store(error) | DispatchError::Unknown { source: error, .. }
            if error.kind() == StoreErrorKind::Unavailable
    );
    assert!(unavailable && refused.is_transient(), "{refused:?}");
    to(&server, Server::start_again).await;
    accounts::deposit_surely(&app, 2).await;
    let store = Postgres::connect(&url).await.unwrap();
    assert_eq!(audited(&app, &store).await, [1, 2].into());
}
