//! What `AppFixture` looks at although no test asks for it: each kind of broken event, view and handler is caught.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "written by `UPDATE_EXPECT=1`"
)]

#[path = "support/failure.rs"]
mod failure;

use std::cmp::Ordering;

use cqrs::{
    Aggregate, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext,
    HandlerError, Keys, Project, Recorded, View,
};
use cqrs_testing::{AppFixture, Check};
use expect_test::expect;
use serde::{Deserialize, Serialize};

use self::failure::message;

fn said(test: impl AsyncFnOnce()) -> String {
    message(|| run(test))
}

fn run(test: impl AsyncFnOnce()) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("there is a runtime")
        .block_on(test());
}

#[derive(Aggregate, Default)]
#[aggregate(events(Grown, Ranked, Weighed, Painted, Rung, Cracked))]
struct Tree;

macro_rules! events {
    ($($event:ident { $($field:tt)* })+) => { $(
        #[derive(Event, Serialize, Deserialize)]
        struct $event { $($field)* }

        impl Apply<$event> for Tree {
            fn apply(&mut self, _: &$event) {}
        }
    )+ };
}

events! {
    Grown { by: u64 }
    Ranked { rank: u32 }
    Weighed { none: bool }
    Painted {
        #[serde(rename(serialize = "colour", deserialize = "color"), default)]
        color: String
    }
    Rung { times: u32 }
    Cracked {}
}

/// A field that its projection looks at is not stored.
#[derive(View, Serialize, Deserialize)]
#[view(events(Grown))]
struct Heights {
    total: u64,
    #[serde(skip)]
    years: u64,
}

impl Project<Grown> for Heights {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Grown>) -> Option<Self> {
        let before = view.unwrap_or(Self { total: 0, years: 0 });
        let years = before.years + 1;
        Some(Self {
            total: before.total + event.by * years,
            years,
        })
    }
}

#[test]
fn a_view_that_forgets_what_it_looks_at_is_caught() {
    let fixture = || AppFixture::new().given::<Tree>("oak", [Grown { by: 1 }, Grown { by: 1 }]);

    let said = said(async || {
        fixture()
            .when_time_advances(std::time::Duration::from_secs(1))
            .await
            .then_no_events();
    });
    expect![[r#"
        view `Heights`: a document does not survive being stored              cqrs-testing/tests/fixture_app_checks.rs:LINE (when_time_advances)
             written | read back
          ~  "oak"   | "oak"       .total   written 3, read back 2
        cause   a field that `project` looks at is not stored, or not as it was: look at its serde attributes and impls
        given   2 events (cqrs-testing/tests/fixture_app_checks.rs:LINE), clock 2025-01-01T00:00:01Z
        check   `.without_check(Check::Documents)` leaves this check out"#]].assert_eq(&said);

    run(async || {
        fixture()
            .without_check(Check::Documents)
            .when_time_advances(std::time::Duration::from_secs(1))
            .await
            .then_no_events();
    });
}

/// The best is the first in the program, and the last in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rank(u32);

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(View, Serialize, Deserialize)]
#[view(events(Ranked), key = Rank)]
struct Ranking {
    count: u32,
}

impl Project<Ranked> for Ranking {
    fn keys(event: &Recorded<Ranked>) -> Keys<Rank> {
        Keys::one(Rank(event.rank))
    }

    fn project(view: Option<Self>, _: &Rank, _: &Recorded<Ranked>) -> Option<Self> {
        let before = view.map_or(0, |view| view.count);
        Some(Self { count: before + 1 })
    }
}

#[test]
fn keys_that_the_store_orders_otherwise_are_caught() {
    let fixture =
        || AppFixture::new().given::<Tree>("oak", [Ranked { rank: 1 }, Ranked { rank: 2 }]);

    let said = said(async || {
        fixture()
            .when_time_advances(std::time::Duration::from_secs(1))
            .await
            .then_no_events();
    });
    expect![[r#"
        view `Ranking`: its keys are ordered otherwise in the store           cqrs-testing/tests/fixture_app_checks.rs:LINE (when_time_advances)
             program  2 before 1
             store    1 before 2
        cause   `Ord` and `Serialize` of the key do not agree: the store orders keys by what they are written as
        given   2 events (cqrs-testing/tests/fixture_app_checks.rs:LINE), clock 2025-01-01T00:00:01Z
        check   `.without_check(Check::KeyOrder)` leaves this check out"#]].assert_eq(&said);

    run(async || {
        fixture()
            .without_check(Check::KeyOrder)
            .when_time_advances(std::time::Duration::from_secs(1))
            .await
            .then_no_events();
    });
}

/// What it stores cannot be read.
#[derive(View, Serialize, Deserialize)]
#[view(events(Weighed))]
struct Weights {
    kilos: f64,
}

impl Project<Weighed> for Weights {
    fn project(_: Option<Self>, _: &String, event: &Recorded<Weighed>) -> Option<Self> {
        let kilos = if event.none { f64::NAN } else { 1.0 };
        Some(Self { kilos })
    }
}

#[test]
fn a_document_that_cannot_be_read_back_is_caught() {
    let said = said(async || {
        AppFixture::new()
            .given::<Tree>("oak", [Weighed { none: true }])
            .when_time_advances(std::time::Duration::from_secs(1))
            .await
            .then_no_events();
    });

    expect![[r#"
        view `Weights`: a document cannot be read back                        cqrs-testing/tests/fixture_app_checks.rs:LINE (when_time_advances)
             "oak"  {"kilos":null}
        cause   invalid type: null, expected f64 at line 1 column 13
        given   1 event (cqrs-testing/tests/fixture_app_checks.rs:LINE), clock 2025-01-01T00:00:01Z
        check   `.without_check(Check::Documents)` leaves this check out"#]].assert_eq(&said);
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Tree, upsert)]
struct Paint {
    #[id]
    tree: String,
}

impl Decide<Paint> for Tree {
    fn decide(
        &self,
        _: &Paint,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        let color = "red".into();
        cx.emit(Painted { color });
        Ok(())
    }
}

#[test]
fn a_recorded_event_that_reads_back_as_another_is_caught() {
    let paint = || Paint { tree: "oak".into() };

    let said = said(async || {
        AppFixture::new().when(paint()).await.then_ok();
    });
    expect![[r#"
        Painted: the event does not survive being stored                      cqrs-testing/tests/fixture_app_checks.rs:LINE (when)
             written | read back
          ~  Painted | Painted     .colour   written "red", read back ""
        cause   what is read back is not what was written: look at its serde attributes and impls
        given   no prior activity, clock 2025-01-01T00:00:00Z
        check   `.without_check(Check::SerdeRoundTrip)` leaves this check out"#]].assert_eq(&said);

    run(async || {
        AppFixture::new()
            .without_check(Check::SerdeRoundTrip)
            .when(paint())
            .await
            .then_ok();
    });
}

#[derive(Handler)]
#[handler(name = "bell", events(Rung))]
struct Bell;

impl EventHandler<Rung> for Bell {
    async fn handle(&self, event: &Recorded<Rung>, _: &HandlerContext) -> Result<(), HandlerError> {
        assert!(event.times < 3, "the bell is broken");
        Ok(())
    }
}

#[test]
fn a_handler_that_panics_is_caught() {
    let said = said(async || {
        AppFixture::new()
            .when_event::<Tree>("oak", [Rung { times: 3 }])
            .await
            .then_no_events();
    });
    expect![[r#"
        Rung: something failed that the test says nothing of                  cqrs-testing/tests/fixture_app_checks.rs:LINE (when_event)
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   handler `bell` has parked Tree `oak`: panicked: the bell is broken
        check   `.then_parked(name)` or `.then_failing(name)` says so, or else
                `.without_check(Check::NothingFails)` leaves this check out"#]].assert_eq(&said);

    run(async || {
        AppFixture::new()
            .without_check(Check::NothingFails)
            .when_event::<Tree>("oak", [Rung { times: 3 }])
            .await
            .then_no_events();
        AppFixture::new()
            .when_event::<Tree>("oak", [Rung { times: 3 }])
            .await
            .then_parked("bell");
    });
}

#[test]
fn a_failure_that_is_expected_hides_no_other() {
    let said = said(async || {
        AppFixture::new()
            .when_event::<Tree>("oak", (Rung { times: 3 }, Cracked {}))
            .await
            .then_parked("bell");
    });

    expect![[r#"
        Rung: something failed that the test says nothing of                  cqrs-testing/tests/fixture_app_checks.rs:LINE (when_event)
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   handler `gong` has parked Tree `oak`: the gong is cracked
        check   `.then_parked(name)` or `.then_failing(name)` says so, or else
                `.without_check(Check::NothingFails)` leaves this check out"#]].assert_eq(&said);
}

#[derive(Handler)]
#[handler(name = "gong", events(Cracked))]
struct Gong;

impl EventHandler<Cracked> for Gong {
    async fn handle(&self, _: &Recorded<Cracked>, _: &HandlerContext) -> Result<(), HandlerError> {
        Err(HandlerError::permanent("the gong is cracked"))
    }
}
