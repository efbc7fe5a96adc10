//! What is measured, between whom, and what is to be reached.

use cqrs_bench_harness::{Database, Dispatch, Rule, Workload};
use serde::{Deserialize, Serialize};

use super::compile::Compile;

/// One table and one plot.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) contestants: Vec<&'static str>,
    pub(crate) cases: Vec<Case>,
    pub(crate) targets: Vec<Target>,
    /// How long a run takes, where it cannot be as long as usual.
    pub(crate) seconds: Option<f64>,
}

/// One thing that all contestants do.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) label: String,
    pub(crate) work: Work,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Work {
    /// A program of the contestant.
    Run(Workload),
    /// The compiler.
    Compile(Compile),
}

/// What the framework is to reach in a case, in comparison with another contestant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) case: String,
    pub(crate) against: String,
    pub(crate) reach: Reach,
}

/// How the first number of a case is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reach {
    /// At least so many times the other's.
    Least(f64),
    /// At most so many times the other's.
    Most(f64),
    /// At most so much more than the other's.
    MostMore(f64),
}

impl Experiment {
    /// What is left of it when every filter must be part of the names of experiment, case and contestant.
    pub(crate) fn narrowed(mut self, filters: &[String]) -> Option<Self> {
        for filter in filters {
            if self.name.contains(&**filter) {
                continue;
            }
            if self.contestants.iter().any(|name| name == filter) {
                self.contestants.retain(|name| name == filter);
                continue;
            }
            self.cases.retain(|case| case.label.contains(&**filter));
        }
        (!self.cases.is_empty()).then_some(self)
    }

    /// Each contestant in each case.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &Case)> {
        let cases = self.cases.iter();
        cases.flat_map(|case| self.contestants.iter().map(move |name| (*name, case)))
    }

    fn new(name: &'static str, title: &'static str, contestants: &[&'static str]) -> Self {
        Self {
            name,
            title,
            contestants: contestants.to_vec(),
            cases: Vec::new(),
            targets: Vec::new(),
            seconds: None,
        }
    }

    fn run(mut self, label: impl Into<String>, workload: Workload) -> Self {
        self.cases.push(Case {
            label: label.into(),
            work: Work::Run(workload),
        });
        self
    }

    fn compile(mut self, label: impl Into<String>, compile: Compile) -> Self {
        self.cases.push(Case {
            label: label.into(),
            work: Work::Compile(compile),
        });
        self
    }

    fn target(mut self, case: &str, against: &str, reach: Reach) -> Self {
        self.targets.push(Target {
            case: case.to_owned(),
            against: against.to_owned(),
            reach,
        });
        self
    }
}

/// All of them; on little data when it has to be quick.
pub(crate) fn experiments(quick: bool) -> Vec<Experiment> {
    let scale = if quick { 50 } else { 1 };
    vec![
        dispatch(),
        ids(),
        commands_in_memory(),
        commands_on_sqlite(),
        commands_on_postgres(),
        load(Database::Sqlite),
        load(Database::Postgres),
        catch_up(Database::Sqlite, scale),
        catch_up(Database::Postgres, scale),
        lag(),
        size(Database::Sqlite, scale),
        size(Database::Postgres, scale),
        footprint(scale),
        build(),
    ]
}

fn dispatch() -> Experiment {
    let case = |case, messages| Workload::Dispatch { case, messages };
    let title = "getting a message to a handler that does nothing";
    Experiment::new("dispatch", title, &["cqrs", "bare", "go-bus", "node-bus"])
        .run("bus", case(Dispatch::Bus, 10))
        .run("app", case(Dispatch::App, 10))
        .run("app, 10,000 messages", case(Dispatch::App, 10_000))
        .run("app, 1 middleware", case(Dispatch::Middleware1, 10))
        .run("app, 3 middlewares", case(Dispatch::Middleware3, 10))
        .run("by name", case(Dispatch::ByName, 10))
        .run("by name, 10,000 messages", case(Dispatch::ByName, 10_000))
        .target("bus", "bare", Reach::MostMore(5.0))
        .target("app", "bare", Reach::MostMore(15.0))
        .target("by name", "bare", Reach::Most(1.3))
}

fn ids() -> Experiment {
    Experiment::new("ids", "what ids cost", &["cqrs"]).run("ids", Workload::Ids)
}

/// A workload of commands without views, on aggregates that are not there before.
const fn commands(database: Database, tasks: usize, streams: usize) -> Workload {
    Workload::Commands {
        database,
        tasks,
        streams,
        events: 0,
        rule: Rule::Stream,
        views: 0,
    }
}

fn commands_in_memory() -> Experiment {
    let of = |events, streams, tasks| Workload::Commands {
        database: Database::Memory,
        tasks,
        streams,
        events,
        rule: Rule::Stream,
        views: 0,
    };
    let title = "commands on aggregates in memory, each with so many events before";
    let mut experiment = Experiment::new(
        "commands-memory",
        title,
        &["cqrs", "bare", "cqrs-es", "eventcore"],
    );
    // As many aggregates as fit into the cache, and so short that they hardly grow meanwhile.
    experiment.seconds = Some(0.2);
    for (events, streams) in [(1, 9_000), (100, 1_000), (1_000, 100)] {
        let label = format!("{events} events");
        experiment = experiment
            .run(&*label, of(events, streams, 1))
            .target(&label, "cqrs-es", Reach::Least(10.0))
            .target(&label, "eventcore", Reach::Least(10.0));
    }
    experiment
        .run("64 tasks, 1000 streams", of(0, 1_000, 64))
        .run("64 tasks, 1 stream", of(0, 1, 64))
}

fn commands_on_sqlite() -> Experiment {
    let contestants = ["cqrs", "bare", "cqrs-es", "eventcore", "evento"];
    let title = "commands on SQLite, synchronous = FULL";
    with_commands(
        Experiment::new("commands-sqlite", title, &contestants),
        Database::Sqlite,
    )
    .target("64 tasks, 1000 streams", "bare", Reach::Least(0.6))
}

fn commands_on_postgres() -> Experiment {
    let contestants = [
        "cqrs",
        "bare",
        "bare-insert",
        "bare-pipeline",
        "cqrs-es",
        "disintegrate",
        "esrs",
        "eventcore",
        "evento",
    ];
    let title = "commands on PostgreSQL, fsync and synchronous_commit on";
    let at = "64 tasks, 1000 streams";
    let mut experiment = Experiment::new("commands-postgres", title, &contestants);
    experiment = with_commands(experiment, Database::Postgres)
        .target(at, "bare", Reach::Least(0.7))
        .target("64 tasks, 1000 streams, tag", "bare", Reach::Least(0.4))
        .target(
            "1 tasks, 1000 streams",
            "bare-insert",
            Reach::Least(1.0 / 1.5),
        );
    for peer in ["cqrs-es", "disintegrate", "esrs", "eventcore", "evento"] {
        experiment = experiment.target(at, peer, Reach::Least(5.0));
    }
    experiment
}

fn with_commands(mut experiment: Experiment, database: Database) -> Experiment {
    for streams in [1_000, 1] {
        for tasks in [1, 16, 64, 256] {
            let label = format!("{tasks} tasks, {streams} {}", plural("stream", streams));
            experiment = experiment.run(label, commands(database, tasks, streams));
        }
    }
    for tasks in [1, 16, 64, 256] {
        let tagged = Workload::Commands {
            database,
            tasks,
            streams: 1_000,
            events: 0,
            rule: Rule::Tag,
            views: 0,
        };
        let viewed = Workload::Commands {
            database,
            tasks,
            streams: 1_000,
            events: 0,
            rule: Rule::Stream,
            views: 1,
        };
        experiment = experiment
            .run(format!("{tasks} tasks, 1000 streams, tag"), tagged)
            .run(format!("{tasks} tasks, 1000 streams, view"), viewed);
    }
    experiment
}

fn plural(word: &str, count: usize) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

fn load(database: Database) -> Experiment {
    let case = |snapshot| Workload::Load {
        database,
        events: 1_000,
        snapshot,
    };
    let (name, title, contestants): (_, _, &[_]) = match database {
        Database::Postgres => (
            "load-postgres",
            "loading an aggregate of 1,000 events from PostgreSQL",
            &[
                "cqrs",
                "bare",
                "cqrs-es",
                "disintegrate",
                "esrs",
                "eventcore",
                "evento",
            ],
        ),
        _ => (
            "load-sqlite",
            "loading an aggregate of 1,000 events from SQLite",
            &["cqrs", "bare", "cqrs-es", "eventcore", "evento"],
        ),
    };
    Experiment::new(name, title, contestants)
        .run("from its events", case(false))
        .run("from a snapshot and 50 events", case(true))
        .target("from its events", "bare", Reach::Most(1.3))
}

fn catch_up(database: Database, scale: usize) -> Experiment {
    let events = 1_000_000 / scale;
    let case = |documents, views| Workload::CatchUp {
        database,
        events,
        documents,
        views,
    };
    let (name, title, contestants): (_, _, &[_]) = match database {
        Database::Postgres => (
            "catch-up-postgres",
            "catching up on a log on PostgreSQL",
            &[
                "cqrs",
                "bare",
                "disintegrate",
                "esrs",
                "eventcore",
                "evento",
            ],
        ),
        _ => (
            "catch-up-sqlite",
            "catching up on a log on SQLite",
            &["cqrs", "bare"],
        ),
    };
    Experiment::new(name, title, contestants)
        .run("1 view, few documents", case(1_000.min(events), 1))
        .run("1 view, a document an event", case(events, 1))
        .run("10 views, few documents", case(1_000.min(events), 10))
        .target("1 view, few documents", "bare", Reach::Least(0.6))
        .target("1 view, a document an event", "bare", Reach::Least(0.6))
}

fn lag() -> Experiment {
    let case = |database, tasks| Workload::Lag { database, tasks };
    let title = "from the answer to a command until its effect is read";
    Experiment::new("lag", title, &["cqrs"])
        .run("SQLite, 1 other writes", case(Database::Sqlite, 1))
        .run("SQLite, 64 others write", case(Database::Sqlite, 64))
        .run("PostgreSQL, 64 others write", case(Database::Postgres, 64))
}

fn size(database: Database, scale: usize) -> Experiment {
    let (name, title) = match database {
        Database::Postgres => (
            "size-postgres",
            "64 tasks on PostgreSQL that holds much already",
        ),
        _ => ("size-sqlite", "64 tasks on SQLite that holds much already"),
    };
    [10_000, 1_000_000, 5_000_000].into_iter().fold(
        Experiment::new(name, title, &["cqrs", "bare"]),
        |experiment, events| {
            let events = events / scale;
            experiment.run(
                format!("{events} events"),
                Workload::Size { database, events },
            )
        },
    )
}

fn footprint(scale: usize) -> Experiment {
    let workload = Workload::Footprint {
        database: Database::Sqlite,
        events: 1_000_000 / scale,
        instances: 100,
    };
    Experiment::new("memory", "what is held in memory", &["cqrs"]).run("SQLite", workload)
}

fn build() -> Experiment {
    Experiment::new("build", "compiling", &["cqrs", "serde-only", "cqrs-es"])
        .compile("clean build with SQLite", Compile::Clean)
        .compile(
            "check of 100 commands, 100 events, 20 aggregates",
            Compile::Check,
        )
        .target("clean build with SQLite", "cqrs-es", Reach::Most(1.0))
        .target(
            "check of 100 commands, 100 events, 20 aggregates",
            "serde-only",
            Reach::Most(1.5),
        )
}
