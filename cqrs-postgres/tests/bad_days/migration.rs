//! Schemas that older and newer versions made, and programs that die while they make one.

use std::{fs, path::PathBuf};

use cqrs_core::{
    EventQuery, EventStore, Position, Range, Revision, Tag,
    store::{
        Snapshot,
        documents::{
            Checkpoint, DocumentChange, IndexRange, IndexValue, PageCommit, ParkedEvent, Selection,
            Subscription, SubscriptionKind, ViewStore,
        },
    },
};
use cqrs_postgres::{ConnectError, Postgres};
use temporary_postgres::Server;
use tokio::{
    task::{JoinSet, block_in_place, yield_now},
    time::{Duration, timeout},
};

use crate::{dump, make};

/// One dump for each released schema, never written again.
const FIXTURES: &[&str] = &["schema-001.sql"];

/// T28: each is brought up to date, is whole, and goes on.
#[tokio::test]
async fn every_released_schema_opens_and_is_whole() {
    for fixture in FIXTURES {
        let database = temporary_postgres::shared().expect("a database");
        let dump = fs::read_to_string(fixtures().join(fixture)).expect("a fixture");
        dump::restore(database.url(), &dump).await;
        // Twice: what brings a store up to date changes nothing the second time.
        for round in 0..2 {
            let store = Postgres::connect(database.url()).await.expect("a store");
            make::assert_sound(&store).await;
            check(&store, round).await;
            let next = make::append("new", [make::event("new")]);
            make::store(&store, next).await.expect("appended");
            store.close().await.expect("closed");
        }
        let client = make::client(database.url()).await;
        let open = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'cqrs'::regnamespace
                    AND has_function_privilege('public', oid, 'EXECUTE')";
        assert_eq!(make::number(&client, open).await, 0);
    }
}

/// What [`write_the_newest_fixture`] wrote.
async fn check(store: &Postgres, round: u64) {
    let events = make::everything(store).await;
    assert_eq!(events.len() as u64, 5 + round);
    assert_eq!(events[0].payload, r#""first""#);
    assert_eq!(events[0].meta.metadata.actor_name(), Some("jane"));
    assert!(events[2].meta.erased_at.is_some());
    assert_eq!(events[3].meta.name, "$erased");

    let page = store
        .read_stream(&make::stream("a"), Revision::NONE, 10)
        .await
        .expect("a page");
    assert_eq!(page.revision, Revision::new(3));
    let tag = Tag::new("account", "shared").expect("a tag");
    let query = EventQuery::all().names(["Opened"]).tag(tag);
    let page = store
        .read(&query, Range::after(Position::START).limit(2))
        .await;
    assert_eq!(page.expect("a page").events, events[0..2]);

    let checkpoint = store.checkpoint(&view()).await.expect("read");
    assert_eq!(checkpoint, Some(commit().checkpoint));
    let parked = store.parked(&view(), None).await.expect("read");
    assert_eq!(parked, commit().park);
    let by_owner = Selection {
        by: Some(IndexRange {
            index: "owner".into(),
            from: Some("jane".into()),
            to: Some("jane".into()),
        }),
        ..Selection::default()
    };
    let documents = store.list(&view(), &by_owner).await;
    assert_eq!(documents.expect("a list").found[0].content, "document");
    let snapshot = store.snapshot(&make::stream("a"), 1).await.expect("read");
    assert_eq!(snapshot.expect("a snapshot").state, "state");
}

/// Makes the fixture of the newest schema, unless it is there.
#[tokio::test]
#[ignore = "run by hand when a schema is released"]
async fn write_the_newest_fixture() {
    let path = fixtures().join(FIXTURES[FIXTURES.len() - 1]);
    assert!(!path.exists(), "released fixtures are never written again");
    let (store, database) = make::fresh().await;
    for (stream, payload) in [("a", "first"), ("a", "second"), ("b", "forgotten")] {
        let append = make::append(stream, [make::event(payload)]);
        make::store(&store, append).await.expect("appended");
    }
    store.erase(&make::stream("b")).await.expect("erased");
    let append = make::append("a", [make::event("third")]);
    make::store(&store, append).await.expect("appended");
    let snapshot = Snapshot {
        version: 1,
        revision: Revision::new(3),
        state: "state".into(),
    };
    store
        .save_snapshot(&make::stream("a"), snapshot)
        .await
        .expect("saved");
    store.commit(commit()).await.expect("committed");
    fs::create_dir_all(fixtures()).expect("a directory");
    fs::write(path, dump::dump(database.url())).expect("written");
}

/// T28: a program that dies while it makes the tables, its connection, or the whole server: nothing is left half done, and
/// the next one makes them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_dies_while_making_the_tables_leaves_nothing_half_done() {
    let server = Server::start().expect("a server");
    let deaths = [Death::Server, Death::Connection, Death::Program];
    for (nth, death) in (1..=19).step_by(2).zip(deaths.into_iter().cycle()) {
        let url = server.create_database();
        let admin = make::client(&url).await;
        make::run(&admin, &stop_at(nth)).await;
        make::run(&admin, "SELECT pg_advisory_lock(42)").await;
        let migrating = tokio::spawn({
            let url = url.clone();
            async move { Postgres::migrate(url).await }
        });
        until_it_waits(&admin).await;
        match death {
            Death::Server => block_in_place(|| {
                server.kill_9();
                server.start_again();
            }),
            Death::Program => migrating.abort(),
            Death::Connection => {
                make::run(
                    &admin,
                    "SELECT pg_terminate_backend(pid) FROM pg_locks
                     WHERE locktype = 'advisory' AND objid = 42 AND NOT granted",
                )
                .await;
            }
        }
        drop(admin);
        let admin = make::client(&url).await;
        if death != Death::Program {
            migrating
                .await
                .expect("no panic")
                .expect_err("its connection broke");
            let half = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cqrs%'";
            assert_eq!(make::number(&admin, half).await, 0, "{nth} {death:?}");
        }
        make::run(&admin, "DROP EVENT TRIGGER stop").await;
        let store = Postgres::connect(&url).await.expect("a store");
        make::fill(&store, 20).await;
        make::assert_sound(&store).await;
        assert_eq!(
            make::number(&admin, "SELECT count(*) FROM cqrs.meta").await,
            1
        );
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    Server,
    Program,
    Connection,
}

/// Makes the `nth` command that changes the schema wait for lock 42.
fn stop_at(nth: usize) -> String {
    format!(
        "CREATE SEQUENCE public.step;
         CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('public.step') = {nth} THEN PERFORM pg_advisory_xact_lock(42); END IF;
         END $$;
         CREATE EVENT TRIGGER stop ON ddl_command_start
         WHEN TAG IN ('CREATE SCHEMA', 'CREATE TABLE', 'CREATE FUNCTION', 'CREATE INDEX', 'CREATE VIEW')
         EXECUTE FUNCTION public.stop()"
    )
}

/// What limits single calls does not limit bringing a store up to date, nor waiting for whoever is at it.
#[tokio::test]
async fn a_migration_takes_as_long_as_it_takes() {
    let database = temporary_postgres::shared().expect("a database");
    let admin = make::client(database.url()).await;
    make::run(&admin, &stop_at(5)).await;
    make::run(&admin, "SELECT pg_advisory_lock(42)").await;
    let limit = Duration::from_millis(200);
    let options = Postgres::options()
        .statement_timeout(limit)
        .lock_timeout(limit)
        .connect_timeout(limit);
    let migrating = tokio::spawn({
        let url = database.url().to_owned();
        async move { options.migrate_now(url).await }
    });
    let long = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND wait_event_type = 'Lock' AND now() - query_start > interval '600 ms'";
    let waits = timeout(Duration::from_secs(10), async {
        while make::number(&admin, long).await == 0 {
            yield_now().await;
        }
    });
    waits.await.expect("it is still at it");
    make::run(&admin, "SELECT pg_advisory_unlock(42)").await;
    migrating.await.expect("no panic").expect("it is done");
    make::run(&admin, "DROP EVENT TRIGGER stop").await;
    let store = Postgres::connect(database.url()).await.expect("a store");
    make::assert_sound(&store).await;
}

async fn until_it_waits(admin: &tokio_postgres::Client) {
    let waiting =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted";
    let waits = async {
        while make::number(admin, waiting).await == 0 {
            yield_now().await;
        }
    };
    let waits = timeout(Duration::from_secs(10), waits).await;
    waits.expect("the command is reached");
}

/// Programs that start at once on an empty database make its tables once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_start_at_once_make_one_store() {
    let database = temporary_postgres::shared().expect("a database");
    let starts = (0..8).map(|_| {
        let url = database.url().to_owned();
        async move { Postgres::connect(url).await.expect("a store").identity() }
    });
    let identities = starts.collect::<JoinSet<_>>().join_all().await;
    assert!(identities.iter().all(|identity| *identity == identities[0]));
}

/// T28: a newer schema that says that older programs work with it does not disturb them, neither those that run nor those
/// that start; one that does not say so refuses them.
#[tokio::test]
async fn an_older_program_works_with_a_newer_schema_that_allows_it() {
    let (running, database) = make::fresh().await;
    let client = make::client(database.url()).await;
    make::fill(&running, 10).await;
    make::run(
        &client,
        "UPDATE cqrs.meta SET schema_version = 2, min_compatible = 1",
    )
    .await;
    make::fill(&running, 10).await;
    let started = Postgres::connect(database.url()).await.expect("a store");
    make::fill(&started, 10).await;
    make::assert_sound(&started).await;
    Postgres::migrate(database.url())
        .await
        .expect("nothing to do");
    make::run(&client, &Postgres::migration_sql()).await;
    let version = "SELECT schema_version::bigint FROM cqrs.meta";
    assert_eq!(
        make::number(&client, version).await,
        2,
        "it is not put back"
    );

    make::run(&client, "UPDATE cqrs.meta SET min_compatible = 2").await;
    for migrate in [true, false] {
        let options = Postgres::options().migrate(migrate);
        let error = options
            .connect(database.url())
            .await
            .expect_err("it is too new");
        assert!(
            matches!(
                error,
                ConnectError::TooNew {
                    found: 2,
                    known: 1,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    Postgres::migrate(database.url())
        .await
        .expect_err("it is too new");
}

/// A program that may not make tables says what to run, and works when somebody has run it, once or twice.
#[tokio::test]
async fn tables_made_by_hand_are_those_that_a_program_makes() {
    let database = temporary_postgres::shared().expect("a database");
    let options = Postgres::options().migrate(false);
    let error = options
        .clone()
        .connect(database.url())
        .await
        .expect_err("no tables");
    assert!(
        matches!(
            error,
            ConnectError::NotMigrated {
                found: 0,
                needed: 1,
                ..
            }
        ),
        "{error:?}"
    );
    let client = make::client(database.url()).await;
    for _ in 0..2 {
        make::run(&client, &Postgres::migration_sql()).await;
        let store = options
            .clone()
            .connect(database.url())
            .await
            .expect("a store");
        make::fill(&store, 10).await;
        make::assert_sound(&store).await;
    }
    let (_other, made) = make::fresh().await;
    assert!(
        dump::schema(database.url()) == dump::schema(made.url()),
        "they differ"
    );
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn view() -> Subscription {
    Subscription {
        kind: SubscriptionKind::View,
        name: "Account".into(),
        version: 2,
    }
}

fn commit() -> PageCommit {
    let value = IndexValue {
        index: "owner".into(),
        value: "jane".into(),
    };
    PageCommit {
        subscription: view(),
        expected: None,
        checkpoint: Checkpoint {
            position: Position::new(5),
            epoch: 1,
            mixed: true,
            built: true,
            paused: false,
        },
        reset: false,
        documents: vec![DocumentChange {
            key: "a".into(),
            content: Some(("document".into(), vec![value])),
        }],
        park: vec![ParkedEvent {
            key: "b".into(),
            key_text: "b".to_owned(),
            position: Position::new(3),
            attempts: 2,
            error: "it was forgotten".to_owned(),
            parked_at: std::time::SystemTime::UNIX_EPOCH,
        }],
        unpark: Vec::new(),
    }
}
