//! No default makes an acknowledged append less durable, or lets it happen at another isolation level.

use cqrs_postgres::Postgres;

use crate::make;

#[tokio::test]
async fn what_is_off_by_default_is_on_for_an_append() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    make::fill(&store, 1).await;
    let owner = make::owner(database.url()).await;
    for (default, expected) in [
        ("off", "on"),
        ("local", "on"),
        ("remote_write", "on"),
        ("on", "on"),
        ("remote_apply", "remote_apply"),
    ] {
        // Inside the transaction, behind the function: that is what the commit goes by.
        let call = format!(
            "BEGIN; SET LOCAL synchronous_commit = {default};
             SELECT cqrs.append_v1(false, 0, 0, NULL, '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}',
                 '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}',
                 '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}')"
        );
        owner.batch_execute(&call).await.expect("called");
        let found = make::value(&owner, "SHOW synchronous_commit").await;
        owner.batch_execute("ROLLBACK").await.expect("rolled back");
        assert_eq!(found.as_deref(), Some(expected), "by default {default}");
    }
}

#[tokio::test]
async fn another_isolation_level_is_refused() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    make::fill(&store, 1).await;
    let owner = make::owner(database.url()).await;
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let begin = format!("BEGIN ISOLATION LEVEL {level}");
        owner.batch_execute(&begin).await.expect("begun");
        let refused = owner.batch_execute("SELECT cqrs.lock_log_v1()").await;
        let refused = refused.expect_err("the snapshot is older than the lock");
        assert!(
            format!("{refused:?}").contains("read committed"),
            "{refused:?}"
        );
        owner.batch_execute("ROLLBACK").await.expect("rolled back");
    }

    // A role's default is not asked.
    let name = make::value(&owner, "SELECT current_database()")
        .await
        .expect("a name");
    let sql = format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'");
    owner.batch_execute(&sql).await.expect("set");
    let store = Postgres::connect(database.url()).await.expect("a store");
    make::fill(&store, 1).await;
}
