//! Each workload once, on little data: that they work, not how fast.

#![cfg(unix)]

use cqrs_bench_harness::{Database, Dispatch, Measured, Request, Rule, Unit, Workload};
use cqrs_benches::{bare, ours};

/// What there is to do on a database.
fn workloads(database: Database) -> Vec<Workload> {
    let commands = |rule, views, events| Workload::Commands {
        database,
        tasks: 4,
        streams: 3,
        events,
        rule,
        views,
    };
    let load = |snapshot| Workload::Load {
        database,
        events: 150,
        snapshot,
    };
    let catch_up = |documents, views| Workload::CatchUp {
        database,
        events: 1_100,
        documents,
        views,
    };
    vec![
        commands(Rule::Stream, 0, 0),
        commands(Rule::Stream, 1, 10),
        commands(Rule::Tag, 0, 0),
        load(false),
        load(true),
        catch_up(100, 1),
        catch_up(1_100, 1),
        catch_up(100, 10),
        Workload::Table {
            database,
            events: 1_100,
            rows: 100,
        },
        Workload::Fill {
            database,
            events: 1_100,
            streams: 100,
        },
        Workload::Lag { database, tasks: 2 },
        Workload::Size {
            database,
            events: 400,
        },
        Workload::Footprint {
            database,
            events: 500,
            instances: 2,
        },
    ]
}

fn dispatches() -> Vec<Workload> {
    use Dispatch::{App, Bus, ByName, Middleware1, Middleware3};

    let case = |case| Workload::Dispatch {
        case,
        messages: 100,
    };
    let mut all: Vec<_> = [Bus, App, Middleware1, Middleware3, ByName]
        .map(case)
        .into();
    all.push(Workload::Ids);
    all
}

fn check(what: &str, request: &Request, outcome: Measured) {
    let measures = match outcome {
        Ok(measures) => measures,
        // Where there is nothing to compare with, it says so.
        Err(why) if what == "bare" && why.to_string().contains("nothing to compare") => return,
        Err(why) => panic!("{what}: {:?}: {why}", request.workload),
    };
    assert!(!measures.is_empty(), "{what}: {:?}", request.workload);
    for measure in measures {
        // What is held in memory may come out as less than nothing when it is hardly anything.
        let sound =
            measure.value.is_finite() && (measure.value > 0.0 || measure.unit == Unit::Bytes);
        assert!(sound, "{what}: {:?}: {measure:?}", request.workload);
    }
}

async fn run_all(workloads: Vec<Workload>) {
    for workload in workloads {
        let database = match workload.database() {
            Some(Database::Postgres) => Some(temporary_postgres::shared().expect("a server")),
            _ => None,
        };
        let directory = tempfile::tempdir().expect("a folder");
        let request = Request {
            workload,
            seconds: 0.05,
            directory: directory.path().to_owned(),
            postgres: database.as_ref().map(|database| database.url().to_owned()),
        };
        check("cqrs", &request, ours::run(&request).await);
        // In a folder of its own, as each contestant has.
        let directory = tempfile::tempdir().expect("a folder");
        let request = Request {
            directory: directory.path().to_owned(),
            ..request
        };
        check("bare", &request, bare::run(&request).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dispatching_is_measured() {
    run_all(dispatches()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_measured_on_sqlite() {
    run_all(workloads(Database::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_measured_on_postgres() {
    run_all(workloads(Database::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_measured_in_memory() {
    let mut all = workloads(Database::Memory);
    all.retain(|workload| matches!(workload, Workload::Commands { .. }));
    run_all(all).await;
}
