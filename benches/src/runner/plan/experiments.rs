//! The experiments.

use cqrs_bench_harness::{Database, Dispatch, Rule, Workload};

use super::{Experiment, Reach, Scale};
use crate::runner::compile::Compile;

/// All of them.
pub(crate) fn experiments(scale: Scale) -> Vec<Experiment> {
    vec![
        dispatch(scale),
        ids(scale),
        commands_in_memory(scale),
        commands_on_sqlite(scale),
        commands_on_postgres(scale),
        load(Database::Sqlite, scale),
        load(Database::Postgres, scale),
        fill(scale),
        catch_up(Database::Sqlite, scale),
        catch_up(Database::Postgres, scale),
        table(scale),
        lag(scale),
        size(Database::Sqlite, scale),
        size(Database::Postgres, scale),
        footprint(scale),
        build(scale),
    ]
}

fn dispatch(scale: Scale) -> Experiment {
    let case = |case, messages| Workload::Dispatch { case, messages };
    let title = "getting a message to a handler that does nothing";
    let limits = &["cqrs", "bare"];
    Experiment::new("dispatch", title, limits, scale)
        .run("bus", case(Dispatch::Bus, 10))
        .only(&["cqrs", "bare", "go-bus", "node-bus"])
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

fn ids(scale: Scale) -> Experiment {
    Experiment::new("ids", "what ids cost", &["cqrs"], scale).run("ids", Workload::Ids)
}

fn commands_in_memory(scale: Scale) -> Experiment {
    let of = |events, streams, tasks| Workload::Commands {
        database: Database::Memory,
        tasks,
        streams,
        events,
        rule: Rule::Stream,
        views: 0,
    };
    let title = "commands on aggregates in memory, each with so many events before";
    let all = &["cqrs", "bare", "cqrs-es", "eventcore"];
    // As many aggregates as fit into the cache, and so short that they hardly grow meanwhile.
    let mut experiment = Experiment::new("commands-memory", title, all, scale).within(0.2);
    for (events, streams) in [(1, 9_000), (100, 1_000), (1_000, 100)] {
        let label = format!("{events} {}", plural("event", events));
        experiment = experiment
            .run(&*label, of(events, streams, 1))
            .target(&label, "cqrs-es", Reach::Least(10.0))
            .target(&label, "eventcore", Reach::Least(10.0));
    }
    experiment
        .run("64 tasks, 1000 streams", of(0, 1_000, 64))
        .run("64 tasks, 1 stream", of(0, 1, 64))
}

fn commands_on_sqlite(scale: Scale) -> Experiment {
    let all = ["cqrs", "bare", "cqrs-es", "eventcore", "evento"];
    let title = "commands on SQLite, synchronous = FULL";
    let experiment = Experiment::new("commands-sqlite", title, &all, scale);
    with_commands(experiment, Database::Sqlite, &["cqrs", "bare"]).target(
        "64 tasks, 1000 streams",
        "bare",
        Reach::Least(0.6),
    )
}

fn commands_on_postgres(scale: Scale) -> Experiment {
    let all = [
        "cqrs",
        "bare",
        "bare-insert",
        "bare-pipeline",
        "cqrs-es",
        "esrs",
        "eventcore",
        "evento",
        "disintegrate",
    ];
    let title = "commands on PostgreSQL, fsync and synchronous_commit on";
    let at = "64 tasks, 1000 streams";
    let experiment = Experiment::new("commands-postgres", title, &all, scale);
    let limits = &["cqrs", "bare", "bare-insert"];
    let mut experiment = with_commands(experiment, Database::Postgres, limits)
        .target(at, "bare", Reach::Least(0.7))
        .target("64 tasks, 1000 streams, tag", "bare", Reach::Least(0.4))
        .target(
            "1 task, 1000 streams",
            "bare-insert",
            Reach::Least(1.0 / 1.5),
        );
    for peer in ["cqrs-es", "esrs", "eventcore", "evento", "disintegrate"] {
        experiment = experiment.target(at, peer, Reach::Least(5.0));
    }
    experiment
}

/// All contestants on many streams; where something is added to that, all at one number of tasks, and at the others only
/// `limits`.
fn with_commands(
    mut experiment: Experiment,
    database: Database,
    limits: &[&'static str],
) -> Experiment {
    let variants = [
        ("", 1_000, Rule::Stream, 0),
        ("", 1, Rule::Stream, 0),
        (", tag", 1_000, Rule::Tag, 0),
        (", view", 1_000, Rule::Stream, 1),
    ];
    for (suffix, streams, rule, views) in variants {
        for tasks in [1, 16, 64, 256] {
            let (task, stream) = (plural("task", tasks), plural("stream", streams));
            let workload = Workload::Commands {
                database,
                tasks,
                streams,
                events: 0,
                rule,
                views,
            };
            experiment = experiment.run(
                format!("{tasks} {task}, {streams} {stream}{suffix}"),
                workload,
            );
            let is_plain = streams > 1 && suffix.is_empty();
            if !is_plain && tasks != 64 {
                experiment = experiment.only(limits);
            }
        }
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

fn load(database: Database, scale: Scale) -> Experiment {
    let case = |snapshot| Workload::Load {
        database,
        events: 1_000,
        snapshot,
    };
    let (name, title, all): (_, _, &[_]) = match database {
        Database::Postgres => (
            "load-postgres",
            "loading an aggregate of 1,000 events from PostgreSQL",
            &[
                "cqrs",
                "bare",
                "cqrs-es",
                "esrs",
                "eventcore",
                "evento",
                "disintegrate",
            ],
        ),
        _ => (
            "load-sqlite",
            "loading an aggregate of 1,000 events from SQLite",
            &["cqrs", "bare", "cqrs-es", "eventcore", "evento"],
        ),
    };
    Experiment::new(name, title, all, scale)
        .run("from its events", case(false))
        .run("from a snapshot and 50 events", case(true))
        .target("from its events", "bare", Reach::Most(1.3))
}

fn fill(scale: Scale) -> Experiment {
    let of = |database| Workload::Fill {
        database,
        events: match scale {
            Scale::Quick => 4_000,
            Scale::Usual | Scale::Large => 100_000,
        },
        streams: 100,
    };
    let title = "filling a log, 1,000 events an append";
    Experiment::new("fill", title, &["cqrs", "bare"], scale)
        .run("SQLite", of(Database::Sqlite))
        .run("PostgreSQL", of(Database::Postgres))
        .only(&["cqrs", "bare", "bare-copy"])
}

fn catch_up(database: Database, scale: Scale) -> Experiment {
    let events = match scale {
        Scale::Quick => 4_000,
        Scale::Usual => 200_000,
        Scale::Large => 1_000_000,
    };
    let case = |documents, views| Workload::CatchUp {
        database,
        events,
        documents,
        views,
    };
    let (name, kept) = match database {
        Database::Postgres => ("catch-up-postgres", "PostgreSQL"),
        _ => ("catch-up-sqlite", "SQLite"),
    };
    let title = format!("catching up on {events} events on {kept}");
    let experiment = Experiment::new(name, title, &["cqrs", "bare"], scale);
    let experiment = match (database, scale) {
        (Database::Postgres, Scale::Large) => experiment.once(),
        _ => experiment,
    };
    experiment
        .run("1 view, few documents", case(1_000, 1))
        .run("1 view, a document an event", case(events, 1))
        .run("10 views, few documents", case(1_000, 10))
        .target("1 view, few documents", "bare", Reach::Least(0.6))
        .target("1 view, a document an event", "bare", Reach::Least(0.6))
}

fn table(scale: Scale) -> Experiment {
    let events = match scale {
        Scale::Quick => 2_000,
        Scale::Usual => 50_000,
        Scale::Large => 1_000_000,
    };
    let of = |database| Workload::Table {
        database,
        events,
        rows: 1_000,
    };
    let title =
        format!("catching up on {events} events with a table of one's own, a statement an event");
    let experiment = Experiment::new("table", title, &["cqrs", "bare"], scale);
    let experiment = match scale {
        Scale::Large => experiment.once(),
        Scale::Quick | Scale::Usual => experiment,
    };
    experiment
        .run("SQLite", of(Database::Sqlite))
        .run("PostgreSQL", of(Database::Postgres))
}

fn lag(scale: Scale) -> Experiment {
    let case = |database, tasks| Workload::Lag { database, tasks };
    let title = "from the answer to a command until its effect is read";
    Experiment::new("lag", title, &["cqrs"], scale)
        .run("SQLite, 1 other writes", case(Database::Sqlite, 1))
        .run("SQLite, 64 others write", case(Database::Sqlite, 64))
        .run("PostgreSQL, 1 other writes", case(Database::Postgres, 1))
        .run("PostgreSQL, 64 others write", case(Database::Postgres, 64))
}

fn size(database: Database, scale: Scale) -> Experiment {
    let (name, title) = match database {
        Database::Postgres => (
            "size-postgres",
            "64 tasks on PostgreSQL that holds much already",
        ),
        _ => ("size-sqlite", "64 tasks on SQLite that holds much already"),
    };
    let sizes: &[usize] = match scale {
        Scale::Quick => &[1_000, 5_000],
        Scale::Usual => &[10_000, 1_000_000],
        Scale::Large => &[10_000, 1_000_000, 5_000_000],
    };
    let experiment = Experiment::new(name, title, &["cqrs", "bare"], scale).once();
    sizes.iter().fold(experiment, |experiment, &events| {
        let workload = Workload::Size { database, events };
        experiment.run(format!("{events} events"), workload)
    })
}

fn footprint(scale: Scale) -> Experiment {
    let workload = Workload::Footprint {
        database: Database::Sqlite,
        events: match scale {
            Scale::Quick => 20_000,
            Scale::Usual | Scale::Large => 1_000_000,
        },
        instances: 100,
    };
    Experiment::new("memory", "what is held in memory", &["cqrs"], scale)
        .once()
        .run("SQLite", workload)
}

fn build(scale: Scale) -> Experiment {
    let clean = "clean build with SQLite";
    let check = "check of 100 commands, 100 events, 20 aggregates";
    Experiment::new("build", "compiling", &["cqrs"], scale)
        .once()
        .compile(clean, Compile::Clean)
        .only(&["cqrs", "cqrs-es"])
        .compile(check, Compile::Check)
        .only(&["cqrs", "serde-only"])
        .compile("what the derives write", Compile::Expansions)
        .target(clean, "cqrs-es", Reach::Most(1.0))
        .target(check, "serde-only", Reach::Most(1.5))
}
