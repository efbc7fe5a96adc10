//! Nodes that are processes of their own: frozen beyond their lease, and told to end while they work.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by it")]
#![expect(
    clippy::print_stdout,
    clippy::exit,
    reason = "it is another process, too, which says what it does and ends"
)]

#[path = "support/accounts.rs"]
mod accounts;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command as Process, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::{Deposited, Load, audited, deposit_surely};
use cqrs::{
    App, EventHandler, EventStore, Handler, HandlerContext, HandlerError, Position, Recorded,
    Store, app::SubscriptionStatus, postgres::Postgres, sqlite::Sqlite,
};
use tokio::sync::{Notify, mpsc};

const LEASE: Duration = Duration::from_millis(400);
/// Deposits from here on are held in the handler until the other process says so.
const HELD: u64 = 1_000_000_000_000_000_000;
const PLACE: &str = "CQRS_TEST_PLACE";

/// Says what it has in hand, and waits over some of it.
#[derive(Handler)]
#[handler(name = "journal", events(Deposited), from = beginning)]
struct Journal {
    gate: Arc<Gate>,
}

struct Gate {
    says: bool,
    go_on: Notify,
}

impl Gate {
    fn new(says: bool) -> Arc<Self> {
        let go_on = Notify::new();
        Arc::new(Self { says, go_on })
    }
}

impl EventHandler<Deposited> for Journal {
    async fn handle(
        &self,
        event: &Recorded<Deposited>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        if self.gate.says && event.number >= HELD {
            say("in hand");
            self.gate.go_on.notified().await;
        }
        if self.gate.says {
            say(&format!("handled {}", event.position()));
        }
        Ok(())
    }
}

fn say(text: &str) {
    println!("> {text}");
}

async fn node(store: impl Store, name: &str, gate: &Arc<Gate>) -> App {
    let app = App::builder(store).node_name(name).lease(LEASE);
    let app = app.provide(Arc::clone(gate)).start();
    app.await.unwrap()
}

/// Another process that runs one of the ignored tests below.
struct Other {
    process: Child,
    orders: ChildStdin,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Other {
    fn start(test: &str, place: &str) -> Self {
        let mut process = Process::new(env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture"])
            .env(PLACE, place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::unbounded_channel();
        let said = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                // The test harness writes before the first of them.
                if let Some((_, line)) = line.split_once("> ") {
                    let _nobody_listens = sender.send(line.to_owned());
                }
            }
        });
        let orders = process.stdin.take().unwrap();
        Self {
            process,
            orders,
            lines,
        }
    }

    fn signal(&self, name: &str) {
        let process = self.process.id().to_string();
        let kill = Process::new("kill").args([name, &process]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits until it says so, and answers what it said before.
    async fn says(&mut self, what: &str) -> Vec<String> {
        let mut before = Vec::new();
        let waiting = async {
            while let Some(line) = self.lines.recv().await {
                if line == what {
                    return true;
                }
                before.push(line);
            }
            false
        };
        let said = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        assert!(
            matches!(said, Ok(true)),
            "it does not say {what}: {before:?}"
        );
        before
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

async fn until(app: &App, is_so: impl Fn(&SubscriptionStatus) -> bool) {
    let waiting = async {
        while !app.status().await.unwrap().iter().all(&is_so) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "{:?}", app.status().await);
}

/// Looks at all checkpoints all the time, and fails when one goes back.
async fn checkpoints_never_go_back(store: impl Store) {
    let mut last = BTreeMap::<String, Position>::new();
    loop {
        for (subscription, checkpoint) in store.subscriptions().await.unwrap() {
            let name = subscription.to_string();
            let before = last.insert(name.clone(), checkpoint.position);
            let before = before.unwrap_or(Position::START);
            assert!(checkpoint.position >= before, "{name} went back");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Run by the next test in a process of its own: follows the log, and says when it has lost that to another node.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is what the other process does"]
async fn be_a_zombie() {
    let store = Postgres::connect(env::var(PLACE).unwrap()).await.unwrap();
    let gate = Gate::new(true);
    let app = node(store, "zombie", &gate).await;
    let opener = Arc::clone(&gate);
    std::thread::spawn(move || {
        for _line in std::io::stdin().lines().map_while(Result::ok) {
            opener.go_on.notify_one();
        }
        std::process::exit(0);
    });
    loop {
        until(&app, |status| status.elsewhere.is_none()).await;
        say("runs");
        while !app
            .status()
            .await
            .unwrap()
            .iter()
            .all(|status| status.elsewhere.is_some())
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        say("lost");
        while !app
            .status()
            .await
            .unwrap()
            .iter()
            .all(|status| status.elsewhere.is_none())
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// T31: a process is stopped beyond its lease, with an event in hand and pages under way, and continued, four times.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_wakes_up_late_commits_nothing() {
    let database = temporary_postgres::shared().unwrap();
    let store = Postgres::connect(database.url()).await.unwrap();
    let watching = tokio::spawn(checkpoints_never_go_back(store.clone()));
    let mut zombie = Other::start("be_a_zombie", database.url());
    let mut acknowledged = BTreeSet::new();
    for round in 0..4 {
        zombie.says("runs").await;
        let own = Postgres::connect(database.url()).await.unwrap();
        let app = node(own, "steady", &Gate::new(false)).await;
        let load = Load::on(&[&app], round * 10_000_000);
        load.goes_on(20).await;
        until(&app, |status| status.elsewhere.is_some()).await;

        deposit_surely(&app, HELD + round).await;
        acknowledged.insert(HELD + round);
        zombie.says("in hand").await;
        zombie.signal("-STOP");
        until(&app, |status| status.elsewhere.is_none()).await;
        let head = store.head().await.unwrap();
        load.goes_on(20).await;
        until(&app, |status| status.position >= head).await;

        // The event that it has in hand is behind what is committed: it would go back.
        zombie.orders.write_all(b"go on\n").unwrap();
        zombie.signal("-CONT");
        zombie.says("lost").await;
        acknowledged.extend(load.ends().await);
        assert_eq!(audited(&app, &store).await, acknowledged, "round {round}");
        assert!(!watching.is_finished(), "round {round}");
        app.shutdown().await.unwrap();
    }
    assert!(!watching.is_finished());
    watching.abort();
}

/// Run by the next tests in a process of its own: takes deposits until it is told to end.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is what the other process does"]
async fn work_until_told_to_end() {
    let place = env::var(PLACE).unwrap();
    let gate = Gate::new(true);
    let app = if place.starts_with("postgres") {
        node(Postgres::connect(place).await.unwrap(), "one", &gate).await
    } else {
        node(Sqlite::open(place).unwrap(), "one", &gate).await
    };
    let first = 1_000 * u64::from(std::process::id());
    let mut told =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    for user in 0..16 {
        let app = app.clone();
        tokio::spawn(async move {
            for number in (0..).map(|number| first + user + number * 1_000_000_000) {
                match accounts::deposit(&app, number).await {
                    Ok(()) => say(&format!("acknowledged {number}")),
                    Err(error) => return say(&format!("refused {error}")),
                }
            }
        });
    }
    told.recv().await;
    app.shutdown().await.unwrap();
    say("ended");
}

/// What a process said that was told to end.
async fn ended(place: &str) -> Vec<String> {
    let mut other = Other::start("work_until_told_to_end", place);
    let mut said = Vec::new();
    while said.len() < 100 {
        said.push(other.lines.recv().await.expect("it works"));
    }
    other.signal("-TERM");
    let asked = Instant::now();
    said.extend(other.says("ended").await);
    let status = other.process.wait().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert!(status.success(), "{status}");
    while let Some(line) = other.lines.recv().await {
        said.push(line);
    }
    said
}

fn numbers<'a>(said: &'a [String], what: &'a str) -> impl Iterator<Item = u64> + 'a {
    let numbers = said.iter().filter_map(move |line| line.strip_prefix(what));
    numbers.map(|number| number.parse().unwrap())
}

async fn nothing_acknowledged_is_missing(store: impl Store + Clone, said: &[Vec<String>]) {
    // Before any other program has moved them.
    let handled = said.iter().flat_map(|said| numbers(said, "handled ")).max();
    for (subscription, checkpoint) in store.subscriptions().await.unwrap() {
        if subscription.name.as_str() == "journal" {
            let position = checkpoint.position.get();
            assert!(Some(position) >= handled, "{position} of {handled:?}");
        }
    }
    for line in said.iter().flatten() {
        let refused = line.strip_prefix("refused ");
        assert!(
            refused.is_none_or(|why| why.contains("shutting down")),
            "{line}"
        );
    }
    let app = node(store.clone(), "auditor", &Gate::new(false)).await;
    let recorded = audited(&app, &store).await;
    let acknowledged = said.iter().flat_map(|said| numbers(said, "acknowledged "));
    let missing: Vec<_> = acknowledged
        .filter(|number| !recorded.contains(number))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // An event is handled again only where a checkpoint was not committed.
    let mut positions = BTreeSet::new();
    for position in said.iter().flat_map(|said| numbers(said, "handled ")) {
        assert!(positions.insert(position), "{position} is handled twice");
    }
}

/// T42: a process that is told to end under load.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_told_to_end_keeps_what_it_acknowledged_on_postgres() {
    let database = temporary_postgres::shared().unwrap();
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(ended(database.url()).await);
    }
    let store = Postgres::connect(database.url()).await.unwrap();
    nothing_acknowledged_is_missing(store, &said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_told_to_end_keeps_what_it_acknowledged_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(ended(file.to_str().unwrap()).await);
    }
    nothing_acknowledged_is_missing(Sqlite::open(&file).unwrap(), &said).await;
}
