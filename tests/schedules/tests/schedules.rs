//! T45: random orders of each scenario, and as many that turn at few points, which find other mistakes.
//!
//! A failure prints the order; `CQRS_SCHEDULE="<it>" cargo test -p cqrs-schedules NAME` runs that one again.
//! `CQRS_SOAK=1` runs a hundred times as many.

use std::{env, panic};

use cqrs_schedules::{
    committer,
    wake::{self, Forgets},
    writer,
};
use shuttle::{
    Config, MaxSteps, Runner,
    scheduler::{PctScheduler, RandomScheduler, Scheduler},
};

const SEED: u64 = 2026;
const ORDERS: usize = 1_000;
/// At how many points the second kind turns from one thread to another.
const TURNS: usize = 3;
/// More than any scenario takes: whoever takes more tries for ever.
const STEPS: usize = 20_000;

fn orders() -> usize {
    if env::var_os("CQRS_SOAK").is_some() {
        100 * ORDERS
    } else {
        ORDERS
    }
}

fn run(scenario: fn(), scheduler: impl Scheduler + 'static) {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS);
    Runner::new(scheduler, config).run(scenario);
}

fn run_random(scenario: fn()) {
    run(scenario, RandomScheduler::new_from_seed(SEED, orders()));
}

fn run_turning(scenario: fn()) {
    run(scenario, PctScheduler::new_from_seed(SEED, TURNS, orders()));
}

fn holds(scenario: fn()) {
    if let Ok(schedule) = env::var("CQRS_SCHEDULE") {
        return shuttle::replay(scenario, &schedule);
    }
    run_random(scenario);
    run_turning(scenario);
}

#[test]
fn a_writer_s_queue_loses_and_doubles_nothing() {
    holds(writer::all_is_taken_once::<writer::Real>);
}

#[test]
fn a_writer_s_queue_that_is_closed_loses_nothing() {
    holds(writer::closing_loses_nothing::<writer::Real>);
}

#[test]
fn a_committer_s_queue_answers_everybody_once() {
    holds(committer::everybody_is_answered_once::<committer::Real>);
}

#[test]
fn a_committer_s_queue_that_is_closed_answers_everybody() {
    holds(committer::closing_answers_everybody::<committer::Real>);
}

#[test]
fn no_wake_up_is_lost() {
    holds(|| wake::followers_see_everything(Forgets::BeforeReading));
}

/// One kind of orders or the other finds it.
fn is_found(scenario: fn()) {
    let found = [run_random, run_turning].map(|run| panic::catch_unwind(|| run(scenario)).is_err());
    assert!(found.contains(&true), "the race is not found");
}

#[test]
fn a_writer_that_looks_before_it_waits_is_found() {
    is_found(writer::all_is_taken_once::<writer::broken::LooksBeforeItWaits>);
}

#[test]
fn a_writer_s_queue_that_closes_beside_its_lock_is_found() {
    is_found(writer::closing_loses_nothing::<writer::broken::ClosesBesideItsLock>);
}

#[test]
fn a_committer_that_is_woken_only_while_it_waits_is_found() {
    is_found(committer::everybody_is_answered_once::<committer::broken::WakesOnlyWhoWaits>);
}

#[test]
fn a_committer_s_queue_that_closes_beside_its_lock_is_found() {
    is_found(committer::closing_answers_everybody::<committer::broken::ClosesBesideItsLock>);
}

#[test]
fn a_follower_that_forgets_after_reading_is_found() {
    is_found(|| wake::followers_see_everything(Forgets::AfterReading));
}
