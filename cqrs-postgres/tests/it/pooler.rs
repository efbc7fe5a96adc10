//! Without anything in a session, as behind a pooler.

use std::time::Duration;

use cqrs_core::EventStore;
use cqrs_postgres::Postgres;

use crate::make;

#[tokio::test]
async fn the_store_works_without_sessions() {
    let database = temporary_postgres::shared().expect("a database");
    let connect = || {
        Postgres::options()
            .pooler(true)
            .poll_every(Duration::from_millis(50))
            .connect(database.url())
    };
    let (writer, reader) = (
        connect().await.expect("a store"),
        connect().await.expect("a store"),
    );
    let mut news = reader.watch();
    make::fill(&writer, 20).await;
    let erased = writer.erase(&make::stream("a1")).await;
    assert_eq!(erased.expect("erased"), 3);

    let heard = news.wait_for(|head| head.get() == 21);
    drop(
        tokio::time::timeout(Duration::from_secs(20), heard)
            .await
            .expect("in time")
            .expect("open"),
    );
    assert_eq!(make::everything(&reader).await.len(), 21);
    make::assert_sound(&reader).await;
    let owner = make::owner(database.url()).await;
    let prepared = make::value(
        &owner,
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
    )
    .await;
    assert_eq!(prepared.as_deref(), Some("0"), "nobody listens");
}
