//! Programs that come one after another on one store: restarts, and new versions of views and states.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{path::Path, time::Duration};

use cqrs::{
    Aggregate, App, AskError, Event, EventStore, Memory, ReadViewError, Revision, Store, StreamId,
    app::AppBuilder,
    postgres::Postgres,
    sqlite::Sqlite,
    store::{
        Snapshot,
        documents::{SubscriptionKind, ViewStore},
    },
};
use cqrs_testing::FaultyStore;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Deposited {
    cents: u64,
}

/// The program as it was first.
mod first {
    use std::convert::Infallible;

    use cqrs::{Aggregate, Apply, Command, Context, Decide, Project, Query, Recorded, View};
    use serde::{Deserialize, Serialize};

    use super::Deposited;

    #[derive(Aggregate, Default, Serialize, Deserialize)]
    #[aggregate(events(Deposited), snapshot(version = 1, every = 3))]
    pub(super) struct Account {
        pub(super) cents: u64,
    }

    impl Apply<Deposited> for Account {
        fn apply(&mut self, event: &Deposited) {
            self.cents += event.cents;
        }
    }

    /// Answers the balance.
    #[derive(Command)]
    #[command(aggregate = Account, upsert, output = u64, local)]
    pub(super) struct Look {
        #[id]
        pub(super) account: String,
    }

    impl Decide<Look> for Account {
        fn decide(&self, _: &Look, _: &mut Context<'_, Self>) -> Result<u64, Infallible> {
            Ok(self.cents)
        }
    }

    #[derive(View, Serialize, Deserialize)]
    #[view(events(Deposited), name = "balances")]
    pub(super) struct Balance {
        pub(super) cents: u64,
    }

    impl Project<Deposited> for Balance {
        fn project(view: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
            let cents = view.map_or(0, |view| view.cents) + event.cents;
            Some(Self { cents })
        }
    }

    #[derive(Query)]
    #[query(view = Balance, local)]
    pub(super) struct GetBalance {
        #[id]
        pub(super) account: String,
    }
}

/// The program of today: state and document have other shapes, under the same names.
mod second {
    use std::convert::Infallible;

    use cqrs::{Aggregate, Apply, Command, Context, Decide, Project, Query, Recorded, View};
    use serde::{Deserialize, Serialize};

    use super::Deposited;

    #[derive(Aggregate, Default, Serialize, Deserialize)]
    #[aggregate(events(Deposited), snapshot(version = 2, every = 3))]
    pub(super) struct Account {
        deposits: Vec<u64>,
    }

    impl Apply<Deposited> for Account {
        fn apply(&mut self, event: &Deposited) {
            self.deposits.push(event.cents);
        }
    }

    #[derive(Command)]
    #[command(aggregate = Account, upsert, output = Vec<u64>, local)]
    pub(super) struct Look {
        #[id]
        pub(super) account: String,
    }

    impl Decide<Look> for Account {
        fn decide(&self, _: &Look, _: &mut Context<'_, Self>) -> Result<Vec<u64>, Infallible> {
            Ok(self.deposits.clone())
        }
    }

    #[derive(View, Serialize, Deserialize)]
    #[view(events(Deposited), name = "balances", version = 2)]
    pub(super) struct Balance {
        pub(super) deposits: Vec<u64>,
    }

    impl Project<Deposited> for Balance {
        fn project(view: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
            let mut deposits = view.map_or_else(Vec::new, |view| view.deposits);
            deposits.push(event.cents);
            Some(Self { deposits })
        }
    }

    #[derive(Query)]
    #[query(view = Balance, local)]
    pub(super) struct GetBalance {
        #[id]
        pub(super) account: String,
    }
}

fn first_program(store: impl Store) -> AppBuilder {
    App::builder(store)
        .without_auto_registration()
        .event::<Deposited>()
        .aggregate::<first::Account>()
        .command::<first::Look>()
        .view::<first::Balance>()
        .query::<first::GetBalance>()
}

fn second_program(store: impl Store) -> AppBuilder {
    App::builder(store)
        .without_auto_registration()
        .event::<Deposited>()
        .aggregate::<second::Account>()
        .command::<second::Look>()
        .view::<second::Balance>()
        .query::<second::GetBalance>()
}

/// A program without views, which only writes.
async fn writer(store: impl Store) -> App {
    App::builder(store)
        .without_auto_registration()
        .event::<Deposited>()
        .aggregate::<first::Account>()
        .start()
        .await
        .unwrap()
}

fn account() -> String {
    "a".into()
}

async fn deposit<A: Aggregate<Id = String>>(app: &App, cents: impl IntoIterator<Item = u64>)
where
    Deposited: cqrs::EventOf<A>,
{
    let deposits: Vec<_> = cents.into_iter().map(|cents| Deposited { cents }).collect();
    app.record::<A>(&account(), deposits).await.unwrap();
}

async fn first_balance(app: &App) -> u64 {
    let account = account();
    let balance = app.ask(first::GetBalance { account }).await.unwrap();
    balance.unwrap().cents
}

async fn second_balance(app: &App) -> Vec<u64> {
    let account = account();
    let balance = app.ask(second::GetBalance { account }).await.unwrap();
    balance.unwrap().deposits
}

fn open(file: &Path) -> Sqlite {
    Sqlite::open(file).unwrap()
}

#[tokio::test]
async fn a_view_catches_up_with_what_was_written_while_it_was_away() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let mut sum = 0;
    for round in 0..3 {
        let app = first_program(open(&file)).start().await.unwrap();
        deposit::<first::Account>(&app, [1, 2]).await;
        sum += 3;
        assert_eq!(first_balance(&app).await, sum, "round {round}");
        app.shutdown().await.unwrap();

        let app = writer(open(&file)).await;
        deposit::<first::Account>(&app, 0..200).await;
        sum += 199 * 100;
        app.shutdown().await.unwrap();

        let app = first_program(open(&file)).start().await.unwrap();
        app.caught_up().await.unwrap();
        assert_eq!(first_balance(&app).await, sum, "round {round}");
        app.shutdown().await.unwrap();
    }
}

async fn two_versions_live_side_by_side(store: impl Store + Clone) {
    let app = first_program(store.clone()).start().await.unwrap();
    deposit::<first::Account>(&app, [1, 2]).await;
    assert_eq!(first_balance(&app).await, 3);
    drop(app);

    // `start` waits until the new version is there.
    let new = second_program(store.clone()).start().await.unwrap();
    assert_eq!(second_balance(&new).await, [1, 2]);
    deposit::<second::Account>(&new, [3]).await;
    assert_eq!(second_balance(&new).await, [1, 2, 3]);

    // The old program is still served, beside the new one or after a step back.
    let old = first_program(store.clone()).start().await.unwrap();
    old.caught_up().await.unwrap();
    assert_eq!(first_balance(&old).await, 6);
    let unused = new.unused_subscriptions().await.unwrap();
    let unused: Vec<_> = unused.iter().map(ToString::to_string).collect();
    assert_eq!(unused, ["view `balances`"]);
    drop(old);

    let in_use = new.forget_view_version("balances", 2).await;
    assert!(in_use.is_err(), "it is in use");
    new.forget_view_version("balances", 1).await.unwrap();
    assert!(new.unused_subscriptions().await.unwrap().is_empty());
    assert_eq!(second_balance(&new).await, [1, 2, 3]);
    new.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_new_version_of_a_view_is_built_beside_the_old_one() {
    two_versions_live_side_by_side(Memory::new()).await;
}

#[tokio::test]
async fn a_new_version_of_a_view_is_built_beside_the_old_one_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    two_versions_live_side_by_side(open(&folder.path().join("store.db"))).await;
}

#[tokio::test]
async fn a_new_version_of_a_view_is_built_beside_the_old_one_on_postgres() {
    let database = temporary_postgres::shared().unwrap();
    two_versions_live_side_by_side(Postgres::connect(database.url()).await.unwrap()).await;
}

/// As in a rolling update: each node serves what its program understands, while both write.
#[tokio::test(flavor = "multi_thread")]
async fn two_versions_of_the_program_run_at_once_on_postgres() {
    let database = temporary_postgres::shared().unwrap();
    let open = async || Postgres::connect(database.url()).await.unwrap();
    let old = first_program(open().await).node_name("old").start();
    let old = old.await.unwrap();
    deposit::<first::Account>(&old, [1]).await;
    let new = second_program(open().await).node_name("new").start();
    let new = new.await.unwrap();
    let mut all = vec![1];
    for cents in (2..30).step_by(2) {
        deposit::<first::Account>(&old, [cents]).await;
        deposit::<second::Account>(&new, [cents + 1]).await;
        all.extend([cents, cents + 1]);
        old.caught_up().await.unwrap();
        new.caught_up().await.unwrap();
        assert_eq!(first_balance(&old).await, all.iter().sum::<u64>());
        assert_eq!(second_balance(&new).await, all);
        let looked = old.dispatch(first::Look { account: account() });
        assert_eq!(looked.await.unwrap().output, all.iter().sum::<u64>());
        let looked = new.dispatch(second::Look { account: account() });
        assert_eq!(looked.await.unwrap().output, all);
    }
    old.shutdown().await.unwrap();
    assert_eq!(second_balance(&new).await, all);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_not_there_yet_says_how_far_it_is() {
    let store = Memory::new();
    deposit::<first::Account>(&writer(store.clone()).await, 0..10).await;
    let store = FaultyStore::new(store);
    let faults = store.faults();
    faults.fail_commits(usize::MAX);

    let app = second_program(store)
        .serve_while_rebuilding()
        .start()
        .await
        .unwrap();
    let account = account();
    let asked = app.ask(second::GetBalance { account }).await;
    let building = asked.map(drop).unwrap_err();
    assert!(
        matches!(
            building,
            AskError::View(ReadViewError::Rebuilding { head, .. }) if head.get() == 10
        ),
        "{building}"
    );
    assert_eq!(
        building.to_string(),
        "view `balances` is being built: 0 of 10 events"
    );
    // Also who does not wait is not shown a part of it for the whole.
    let account = "a".into();
    let eventual = app.eventual().ask(second::GetBalance { account });
    let eventual = eventual.await.map(drop).unwrap_err();
    assert_eq!(eventual.to_string(), building.to_string());

    faults.heal();
    app.caught_up().await.unwrap();
    assert_eq!(second_balance(&app).await, (0..10).collect::<Vec<_>>());
    let [status] = &*app.status().await.unwrap() else {
        panic!("there is one view");
    };
    assert_eq!((status.kind, status.version), (SubscriptionKind::View, 2));
}

/// A state that its own version of the program would be fooled by.
async fn plant(store: &dyn EventStore, version: u32) {
    let stream = StreamId::new("Account", account()).unwrap();
    let events = store.read_stream(&stream, Revision::NONE, 2).await.unwrap();
    let last = events.events[1].meta.id;
    let snapshot = Snapshot {
        version,
        revision: Revision::new(2),
        state: format!("{last}\n{{\"cents\":1000}}").into(),
    };
    store.save_snapshot(&stream, snapshot).await.unwrap();
}

async fn a_snapshot_is_of_its_version(store: impl Store + Clone) {
    deposit::<first::Account>(&writer(store.clone()).await, [1, 2, 4]).await;
    plant(&store, 1).await;

    let app = first_program(store.clone()).start().await.unwrap();
    let account = account();
    let looked = app.dispatch(first::Look { account }).await.unwrap();
    assert_eq!(looked.output, 1004, "it was used, with what came after it");

    let app = second_program(store).start().await.unwrap();
    let account = self::account();
    let looked = app.dispatch(second::Look { account }).await.unwrap();
    assert_eq!(looked.output, [1, 2, 4]);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_of_another_version_is_not_used() {
    a_snapshot_is_of_its_version(Memory::new()).await;
}

#[tokio::test]
async fn a_snapshot_of_another_version_is_not_used_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_snapshot_is_of_its_version(open(&folder.path().join("store.db"))).await;
}

#[tokio::test]
async fn a_snapshot_of_another_version_is_not_used_on_postgres() {
    let database = temporary_postgres::shared().unwrap();
    a_snapshot_is_of_its_version(Postgres::connect(database.url()).await.unwrap()).await;
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_its_type_costs_a_load_and_no_more() {
    let store = Memory::new();
    deposit::<first::Account>(&writer(store.clone()).await, [1, 2, 4]).await;
    plant(&store, 2).await;

    let app = second_program(store).start().await.unwrap();
    let account = account();
    let looked = app.dispatch(second::Look { account }).await.unwrap();
    assert_eq!(looked.output, [1, 2, 4]);
}

#[tokio::test]
async fn an_old_version_goes_when_no_node_has_announced_it_for_a_set_time() {
    const LEASE: Duration = Duration::from_millis(50);
    const AFTER: Duration = Duration::from_millis(400);
    let store = Memory::new();
    let old = first_program(store.clone()).lease(LEASE).start();
    let old = old.await.unwrap();
    let new = second_program(store.clone())
        .lease(LEASE)
        .forget_old_views_after(AFTER);
    let new = new.start().await.unwrap();
    let versions = async || -> Vec<_> {
        let stored = store.subscriptions().await.unwrap();
        let stored = stored.into_iter();
        stored
            .map(|(subscription, _)| subscription.version)
            .collect()
    };
    deposit::<second::Account>(&new, [5]).await;
    old.caught_up().await.unwrap();
    new.caught_up().await.unwrap();
    tokio::time::sleep(AFTER * 2).await;
    assert_eq!(versions().await, [1, 2], "the old program still runs");

    old.shutdown().await.unwrap();
    let is_gone = async {
        while versions().await != [2] {
            tokio::time::sleep(LEASE).await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(20), is_gone).await;
    assert!(gone.is_ok(), "{:?}", versions().await);
}

#[tokio::test]
async fn a_version_that_another_node_keeps_stays_however_short_the_set_time_is() {
    let store = Memory::new();
    let old = first_program(store.clone()).start().await.unwrap();
    deposit::<first::Account>(&old, [5]).await;
    old.caught_up().await.unwrap();
    let new = second_program(store.clone()).forget_old_views_after(Duration::ZERO);
    let new = new.start().await.unwrap();
    new.caught_up().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(store.subscriptions().await.unwrap().len(), 2);
    assert_eq!(first_balance(&old).await, 5);
}
