//! What can be wrong when a store is connected to, and what is then said.

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use cqrs_postgres::{ConnectError, Postgres};

use crate::make;

async fn refused(url: &str) -> ConnectError {
    Postgres::connect(url)
        .await
        .expect_err("it cannot be connected to")
}

#[tokio::test]
async fn what_is_no_address_is_said_so() {
    for bad in ["users.db", "mysql://host/shop", "postgres://host:port/shop"] {
        let error = refused(bad).await;
        assert!(matches!(error, ConnectError::Url(_)), "{bad}: {error:?}");
        assert!(error.to_string().contains("postgres://user"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let error = refused("postgres://jane:secret@127.0.0.1:1/shop").await;

    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    let text = format!("{error:?}");
    assert!(text.contains("127.0.0.1, port 1"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(StoreError::from(error).kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let database = temporary_postgres::shared().expect("a database");
    let (server, _) = database.url().rsplit_once('/').expect("an address");
    let query = database
        .url()
        .split_once('?')
        .map_or("", |(_, query)| query);

    let error = refused(&format!("{server}/nowhere?{query}")).await;

    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("nowhere"), "{error:?}");
}

#[tokio::test]
async fn a_name_that_no_schema_can_have_is_refused() {
    let error = Postgres::options()
        .schema("my-shop")
        .connect("postgres://localhost/shop")
        .await
        .expect_err("it is no name");

    assert!(matches!(error, ConnectError::SchemaName(_)), "{error:?}");
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let database = temporary_postgres::shared().expect("a database");
    let owner = make::owner(database.url()).await;
    let name = format!("latin_{}", std::process::id());
    owner
        .batch_execute(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
        ))
        .await
        .expect("made");
    let own = make::value(&owner, "SELECT current_database()")
        .await
        .expect("a name");

    let error = refused(&database.url().replace(&own, &name)).await;

    let dropped = owner.batch_execute(&format!("DROP DATABASE {name}")).await;
    dropped.expect("dropped");
    assert!(
        matches!(&error, ConnectError::Encoding { found } if found == "LATIN1"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_is_compatible() {
    let database = temporary_postgres::shared().expect("a database");
    drop(Postgres::connect(database.url()).await.expect("a store"));
    let owner = make::owner(database.url()).await;
    let update = "UPDATE cqrs.meta SET schema_version = 99, min_compatible = 1";
    owner.batch_execute(update).await.expect("made newer");
    let store = Postgres::connect(database.url())
        .await
        .expect("it is compatible");
    make::fill(&store, 1).await;

    let update = "UPDATE cqrs.meta SET min_compatible = 99";
    owner
        .batch_execute(update)
        .await
        .expect("made incompatible");
    let error = refused(database.url()).await;

    assert!(
        matches!(error, ConnectError::TooNew { found: 99, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("update `cqrs-postgres`"),
        "{error}"
    );
    assert_eq!(StoreError::from(error).kind(), StoreErrorKind::TooNew);
}
