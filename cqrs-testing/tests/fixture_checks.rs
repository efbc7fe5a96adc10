//! What `Fixture` looks at although no test asks for it: each kind of broken aggregate is caught.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "written by `UPDATE_EXPECT=1`"
)]

#[path = "support/failure.rs"]
mod failure;

use std::sync::atomic::{AtomicU64, Ordering};

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event};
use cqrs_testing::{Check, Fixture};
use expect_test::expect;
use serde::{Deserialize, Serialize};

use self::failure::message;

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Counter, upsert)]
struct Count {
    #[id]
    id: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Counted {
    by: u64,
    /// Written under one name and read under another.
    #[serde(rename(serialize = "colour", deserialize = "color"), default)]
    color: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Measured {
    /// Written as `null` when it is no number, which nobody can read.
    metres: f64,
}

#[derive(Event, Debug, Serialize, Deserialize)]
struct Drawn {
    number: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Counted, Measured, Drawn))]
struct Counter;

impl Apply<Counted> for Counter {
    fn apply(&mut self, _: &Counted) {}
}

impl Apply<Measured> for Counter {
    fn apply(&mut self, _: &Measured) {}
}

impl Apply<Drawn> for Counter {
    fn apply(&mut self, _: &Drawn) {}
}

impl Decide<Count> for Counter {
    fn decide(
        &self,
        _: &Count,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        cx.emit(Counted {
            by: 1,
            color: "red".into(),
        });
        Ok(())
    }
}

/// It decides by what it has done before, outside of its state.
#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Counter, upsert)]
struct Draw {
    #[id]
    id: String,
}

static DRAWN: AtomicU64 = AtomicU64::new(0);

impl Decide<Draw> for Counter {
    fn decide(&self, _: &Draw, cx: &mut Context<'_, Self>) -> Result<(), std::convert::Infallible> {
        // Odd for the first decision and even for the second, whatever other tests do at the same time.
        let number = DRAWN.fetch_add(1, Ordering::SeqCst) % 2;
        cx.emit(Drawn { number });
        Ok(())
    }
}

fn count() -> Count {
    Count { id: "c".into() }
}

fn new() -> Fixture<Counter> {
    Fixture::new()
}

#[test]
fn an_event_that_reads_back_as_another_is_caught_when_recorded() {
    let said = message(|| {
        new().when(count()).then_ok();
    });
    expect![[r#"
        Counted: the event does not survive being stored                      cqrs-testing/tests/fixture_checks.rs:LINE (when)
             written | read back
          ~  Counted | Counted     .colour   written "red", read back ""
        cause   what is read back is not what was written: look at its serde attributes and impls
        check   `.without_check(Check::SerdeRoundTrip)` leaves this check out"#]].assert_eq(&said);

    new()
        .without_check(Check::SerdeRoundTrip)
        .when(count())
        .then_ok();
}

#[test]
fn an_event_that_cannot_be_read_back_is_caught_when_given() {
    let given = |fixture: Fixture<Counter>| {
        drop(fixture.given([Measured { metres: f64::NAN }]));
    };

    let said = message(|| given(new()));
    expect![[r#"
        Measured: the event does not survive being stored                     cqrs-testing/tests/fixture_checks.rs:LINE (given)
             written    {"metres":null}
             read back  nothing
        cause   its payload does not fit the type: invalid type: null, expected f64 at line 1 column 14
        check   `.without_check(Check::SerdeRoundTrip)` leaves this check out"#]].assert_eq(&said);

    given(new().without_check(Check::SerdeRoundTrip));
}

#[test]
fn a_decision_that_is_not_repeatable_is_caught() {
    let draw = || Draw { id: "c".into() };

    let said = message(|| {
        new().when(draw()).then_ok();
    });
    expect![[r#"
        Draw: deciding it twice on the same state does not give the same      cqrs-testing/tests/fixture_checks.rs:LINE (when)
             first | again
          ~  Drawn | Drawn   .number   first 0, again 1
        cause   a decision depends on nothing but state and command, since it is made again after a conflict: the time is `cx.now()`, new ids come with the command
        check   `.without_check(Check::DecidesAlike)` leaves this check out"#]].assert_eq(&said);

    new()
        .without_check(Check::DecidesAlike)
        .when(draw())
        .then_ok();
}

#[derive(Event, Serialize, Deserialize)]
struct Added {
    by: u64,
}

/// Its snapshot forgets a field that `apply` looks at.
#[derive(Aggregate, Default, Serialize, Deserialize)]
#[aggregate(events(Added), snapshot(version = 1, every = 2))]
struct Forgetful {
    total: u64,
    #[serde(skip)]
    factor: u64,
}

impl Apply<Added> for Forgetful {
    fn apply(&mut self, event: &Added) {
        self.factor += 1;
        self.total += event.by * self.factor;
    }
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Forgetful, upsert)]
struct Add {
    #[id]
    id: String,
}

impl Decide<Add> for Forgetful {
    fn decide(&self, _: &Add, cx: &mut Context<'_, Self>) -> Result<(), std::convert::Infallible> {
        cx.emit(Added { by: 1 });
        Ok(())
    }
}

#[test]
fn a_snapshot_that_forgets_what_apply_needs_is_caught() {
    let add = || Add { id: "a".into() };
    let given = || Fixture::<Forgetful>::new().given([Added { by: 1 }, Added { by: 1 }]);

    let said = message(|| {
        given().when(add()).then_ok();
    });
    expect![[r#"
        Forgetful: a snapshot at revision 1 and the events after it do not make the same state  cqrs-testing/tests/fixture_checks.rs:LINE (when)
             all events | snapshot
          ~  (state)    | (state)    .total   all events 6, snapshot 4
        cause   a field that `apply` looks at is not stored in the snapshot, or not as it was
        check   `.without_check(Check::Snapshots)` leaves this check out"#]].assert_eq(&said);

    given()
        .without_check(Check::Snapshots)
        .when(add())
        .then_ok();
}

/// Its snapshot forgets a field that decisions look at.
#[derive(Aggregate, Default, Serialize, Deserialize)]
#[aggregate(events(Shut), snapshot(version = 1, every = 2))]
struct Door {
    #[serde(skip)]
    shut: bool,
}

#[derive(Event, Serialize, Deserialize)]
struct Shut;

impl Apply<Shut> for Door {
    fn apply(&mut self, _: &Shut) {
        self.shut = true;
    }
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Door, upsert)]
struct Shove {
    #[id]
    id: String,
}

impl Decide<Shove> for Door {
    fn decide(
        &self,
        _: &Shove,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        if !self.shut {
            cx.emit(Shut);
        }
        Ok(())
    }
}

#[test]
fn a_snapshot_that_forgets_what_decisions_need_is_caught() {
    let said = message(|| {
        Fixture::<Door>::new()
            .given([Shut])
            .when(Shove { id: "d".into() })
            .then_no_events();
    });

    expect![[r#"
        Shove: it is decided otherwise on a state out of a snapshot           cqrs-testing/tests/fixture_checks.rs:LINE (when)
             all events | snapshot
          +             | Shut       only in snapshot   null
        cause   a field that decisions look at is not stored in the snapshot, or not as it was
        check   `.without_check(Check::Snapshots)` leaves this check out"#]].assert_eq(&said);
}

/// Its snapshot cannot be read.
#[derive(Aggregate, Default, Serialize, Deserialize)]
#[aggregate(events(Weighed), snapshot(version = 1, every = 2))]
struct Scale {
    grams: f64,
}

#[derive(Event, Serialize, Deserialize)]
struct Weighed;

impl Apply<Weighed> for Scale {
    fn apply(&mut self, _: &Weighed) {
        self.grams = f64::INFINITY;
    }
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Scale, upsert)]
struct Weigh {
    #[id]
    id: String,
}

impl Decide<Weigh> for Scale {
    fn decide(
        &self,
        _: &Weigh,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        cx.emit(Weighed);
        Ok(())
    }
}

#[test]
fn a_snapshot_that_cannot_be_read_is_caught() {
    let said = message(|| {
        Fixture::<Scale>::new()
            .when(Weigh { id: "s".into() })
            .then_ok();
    });

    expect![[r#"
        Scale: its state cannot be read out of a snapshot                     cqrs-testing/tests/fixture_checks.rs:LINE (when)
             {"grams":null}
        cause   invalid type: null, expected f64 at line 1 column 13
        check   `.without_check(Check::Snapshots)` leaves this check out"#]].assert_eq(&said);
}
