//! Backups, restored into another database, and histories that lost their end.

use cqrs_core::{
    AppendError, EventQuery, EventStore, Range, ReadError, StoredEvent, Tag,
    store::error::StoreErrorKind,
};
use cqrs_postgres::Postgres;
use temporary_postgres::Server;
use tokio::task::block_in_place;

use crate::{dump, load::Load, make};

/// T27: three backups while writers are at work: each is sound and a beginning of the log, and what comes from later is an
/// error.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_under_load_is_a_beginning_of_the_log() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    let store = Postgres::connect(&url).await.expect("a store");
    let load = Load::start(&store, &store, 8);
    let mut backups = Vec::new();
    for _ in 0..3 {
        load.more(50).await;
        backups.push(block_in_place(|| dump::dump(&url)));
    }
    load.more(50).await;
    load.finish().await.check(&store).await;
    let log = make::everything(&store).await;
    for backup in backups {
        let url = server.create_database();
        dump::restore(&url, &backup).await;
        check_restored(&url, &store, &log).await;
    }
}

async fn check_restored(url: &str, original: &Postgres, log: &[StoredEvent]) {
    let restored = Postgres::connect(url).await.expect("a store");
    make::assert_sound(&restored).await;
    let events = make::everything(&restored).await;
    assert!(
        events.len() >= 50 && log.starts_with(&events),
        "{}",
        events.len()
    );

    // Who has read more than is there is told.
    let later = log[log.len() - 1].meta.position;
    let error = restored.read(&EventQuery::all(), Range::after(later)).await;
    assert!(
        matches!(error, Err(ReadError::BeyondHead { .. })),
        "{error:?}"
    );
    let tag = Tag::new("account", "shared").expect("a tag");
    let append =
        make::append("b", [make::event("b")]).only_if_none(EventQuery::all().tag(tag), later);
    let error = make::store(&restored, append).await;
    assert!(
        matches!(error, Err(AppendError::BeyondHead { .. })),
        "{error:?}"
    );

    // The same history, until somebody says that it was restored.
    assert_eq!(restored.identity(), original.identity());
    Postgres::options()
        .mark_restored(url)
        .await
        .expect("marked");
    let fresh = Postgres::connect(url).await.expect("a store");
    assert_eq!(fresh.identity().store, original.identity().store);
    assert_eq!(fresh.identity().epoch, original.identity().epoch + 1);
    make::store(&fresh, make::append("b", [make::event("b")]))
        .await
        .expect("it goes on");
    make::assert_sound(&fresh).await;
}

/// A database that lost its last events under a running program, as after a fail-over: every call says so, and the
/// program writes nothing on top. A new program goes on from what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_history_that_lost_its_end_is_noticed_by_who_has_seen_it() {
    let server = Server::start().expect("a server");
    for how in ["append", "wake"] {
        let url = server.create_database();
        let store = Postgres::connect(&url).await.expect("a store");
        make::fill(&store, 20).await;
        let backup = block_in_place(|| dump::dump(&url));
        make::fill(&store, 5).await;
        // The old one in the place of the new one, while the server is restarted.
        block_in_place(|| server.restart());
        let client = make::client(&url).await;
        make::run(&client, "DROP SCHEMA cqrs, cqrs_views CASCADE").await;
        make::run(&client, &backup).await;

        if how == "append" {
            let answer = make::store(&store, make::append("a", [make::event("next")])).await;
            let error = make::failure(answer);
            assert_eq!(error.kind(), StoreErrorKind::HistoryChanged, "{error:?}");
        } else {
            // Polling finds it out without anybody asking.
            until_it_says_so(&store).await;
        }
        let error = store
            .head()
            .await
            .expect_err("nothing is believed any more");
        let ReadError::Store(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.kind(), StoreErrorKind::HistoryChanged, "{error:?}");
        let again = Postgres::connect(&url).await.expect("a store");
        assert_eq!(make::everything(&again).await.len(), 20);
        make::store(&again, make::append("a", [make::event("next")]))
            .await
            .expect("it goes on");
        make::assert_sound(&again).await;
    }
}

async fn until_it_says_so(store: &Postgres) {
    let asking = async {
        while !matches!(
            store.head().await,
            Err(ReadError::Store(error)) if error.kind() == StoreErrorKind::HistoryChanged
        ) {
            tokio::task::yield_now().await;
        }
    };
    let said = tokio::time::timeout(std::time::Duration::from_secs(10), asking).await;
    said.expect("it is noticed");
}
