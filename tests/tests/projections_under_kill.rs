//! Views whose connections are killed while they work.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/accounts.rs"]
mod accounts;

use std::{sync::Arc, time::Duration};

use accounts::{Load, audited};
use cqrs::{App, postgres::Postgres};
use temporary_postgres::Server;

/// Ends one backend of the program every 50 ms, `rounds` times, and answers how many there were.
const KILL: &str = "
    CREATE OR REPLACE FUNCTION kill_backends(rounds int) RETURNS int LANGUAGE plpgsql AS $$
    DECLARE
        killed int := 0;
        victim int;
    BEGIN
        FOR round IN 1..rounds LOOP
            PERFORM pg_stat_clear_snapshot();
            SELECT pid INTO victim FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND backend_type = 'client backend'
                ORDER BY random() LIMIT 1;
            IF FOUND AND pg_terminate_backend(victim) THEN
                killed := killed + 1;
            END IF;
            PERFORM pg_sleep(0.05);
        END LOOP;
        RETURN killed;
    END $$";

/// T30: a backend of two nodes is terminated every 50 ms for four seconds while deposits come in.
#[tokio::test(flavor = "multi_thread")]
async fn views_equal_the_log_although_their_backends_are_killed() {
    let server = Arc::new(Server::start().unwrap());
    let url = server.create_database();
    let database = url.rsplit('/').next().unwrap().to_owned();
    server.psql(&database, KILL);
    let node = async |name: &str| {
        let store = Postgres::connect(&url).await.unwrap();
        let app = App::builder(store).lease(Duration::from_millis(500));
        app.node_name(name).start().await.unwrap()
    };
    let (first, second) = (node("first").await, node("second").await);
    let load = Load::on(&[&first, &second], 0);
    load.goes_on(10).await;

    let psql = Arc::clone(&server);
    let killed =
        tokio::task::spawn_blocking(move || psql.psql(&database, "SELECT kill_backends(80)"));
    let killed: u32 = killed.await.unwrap().trim().parse().unwrap();
    load.goes_on(10).await;
    let acknowledged = load.ends().await;

    let store = Postgres::connect(&url).await.unwrap();
    let recorded = audited(&first, &store).await;
    println!(
        "{killed} killed, {} acknowledged, {} recorded",
        acknowledged.len(),
        recorded.len()
    );
    assert!(killed >= 40, "{killed}");
    assert_eq!(
        recorded, acknowledged,
        "each was sent until it was acknowledged"
    );
    assert_eq!(audited(&second, &store).await, acknowledged);
}
