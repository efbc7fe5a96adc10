//! A role that may only read, and call what writes.

use bytes::Bytes;
use cqrs_core::{
    EventStore, Position, Revision,
    store::{
        Snapshot,
        documents::{Checkpoint, PageCommit, Subscription, SubscriptionKind, ViewStore},
    },
};
use cqrs_postgres::{ConnectError, Postgres};

use crate::make;

/// A role without any rights, and its address.
async fn role(url: &str, name: &str) -> String {
    let name = format!("{name}_{}", std::process::id());
    let sql = format!("DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN");
    make::owner(url)
        .await
        .batch_execute(&sql)
        .await
        .expect("a role");
    name
}

async fn forget(url: &str, role: &str) {
    let sql = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    make::owner(url)
        .await
        .batch_execute(&sql)
        .await
        .expect("dropped");
}

#[tokio::test]
async fn the_rights_that_are_granted_are_enough() {
    let database = temporary_postgres::shared().expect("a database");
    let url = database.url();
    Postgres::migrate(url).await.expect("migrated");
    let role = role(url, "app").await;
    let owner = make::owner(url).await;
    owner
        .batch_execute(&Postgres::grants_sql(&role))
        .await
        .expect("granted");

    let store = Postgres::connect(make::as_user(url, &role))
        .await
        .expect("a store");
    make::fill(&store, 5).await;
    let a = make::stream("a0");
    let snapshot = Snapshot {
        version: 1,
        revision: Revision::new(1),
        state: Bytes::from_static(b"{}"),
    };
    store.save_snapshot(&a, snapshot).await.expect("kept");
    assert_eq!(store.erase(&a).await.expect("erased"), 1);
    let subscription = Subscription {
        kind: SubscriptionKind::View,
        name: "users".into(),
        version: 1,
    };
    let page = PageCommit {
        subscription: subscription.clone(),
        expected: None,
        checkpoint: Checkpoint {
            position: Position::new(1),
            ..Checkpoint::default()
        },
        reset: false,
        documents: Vec::new(),
        park: Vec::new(),
        unpark: Vec::new(),
    };
    store.commit(page).await.expect("committed");
    store.forget(&subscription).await.expect("forgotten");
    make::assert_sound(&store).await;

    // And nothing else.
    let direct = make::owner(&make::as_user(url, &role)).await;
    for sql in [
        "INSERT INTO cqrs.tags (tag, position, name) VALUES ('a:b', 1, 'x')",
        "UPDATE cqrs.events SET payload = ''",
        "DELETE FROM cqrs.events",
        "TRUNCATE cqrs_views.documents",
        "UPDATE cqrs.meta SET restore_epoch = 7",
        "SELECT cqrs.lock_log_v1()",
        "CREATE TABLE cqrs.own (id integer)",
    ] {
        let refused = direct.batch_execute(sql).await.expect_err(sql);
        assert_eq!(
            refused.code().map(tokio_postgres::error::SqlState::code),
            Some("42501"),
            "{sql}"
        );
    }
    drop((store, direct));
    forget(url, &role).await;
}

#[tokio::test]
async fn a_missing_right_is_named_with_what_to_do() {
    let database = temporary_postgres::shared().expect("a database");
    let url = database.url();
    let role = role(url, "stranger").await;
    let connect = async || Postgres::connect(make::as_user(url, &role)).await;

    let error = connect().await.expect_err("it may make no tables");
    assert!(matches!(error, ConnectError::Denied(_)), "{error:?}");
    assert!(error.to_string().contains("migration_sql"), "{error}");

    Postgres::migrate(url).await.expect("migrated");
    let error = connect().await.expect_err("it may not even look");
    assert!(matches!(error, ConnectError::Denied(_)), "{error:?}");

    let owner = make::owner(url).await;
    let half = format!(
        "GRANT USAGE ON SCHEMA cqrs, cqrs_views TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA cqrs, cqrs_views TO {role}"
    );
    owner.batch_execute(&half).await.expect("granted");
    let store = connect().await.expect("it may look");
    let error = make::store(&store, make::append("a", [make::event("x")])).await;
    let error = format!("{:?}", error.expect_err("it may not write"));
    assert!(error.contains("grants_sql(role)"), "{error}");
    drop(store);
    forget(url, &role).await;
}

#[tokio::test]
async fn what_a_role_puts_into_its_path_is_not_called() {
    let database = temporary_postgres::shared().expect("a database");
    let url = database.url();
    let store = Postgres::connect(url).await.expect("a store");
    let owner = make::owner(url).await;
    owner
        .batch_execute(
            "CREATE FUNCTION public.cardinality(integer[]) RETURNS integer LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'called'; END $$;
             CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'called'; END $$;",
        )
        .await
        .expect("made");

    let separator = if url.contains('?') { '&' } else { '?' };
    let trap = format!("{url}{separator}options=-c%20search_path%3Dpublic%2Cpg_catalog");
    let trapped = Postgres::connect(&trap).await.expect("a store");

    make::fill(&trapped, 2).await;
    assert_eq!(make::everything(&store).await.len(), 2);
}
