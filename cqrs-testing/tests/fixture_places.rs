//! A failure points at the line of the test, not into the fixture.

use std::{
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event, HandlerError};
use cqrs_testing::{AppFixture, Fixture};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    by: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened), error = HandlerError)]
struct Door;

impl Apply<Opened> for Door {
    fn apply(&mut self, _: &Opened) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Door, create)]
struct Open {
    #[id]
    door: String,
}

impl Decide<Open> for Door {
    fn decide(&self, _: &Open, cx: &mut Context<'_, Self>) -> Result<(), HandlerError> {
        cx.emit(Opened { by: "jane".into() });
        Ok(())
    }
}

fn open() -> Open {
    let door = "front".into();
    Open { door }
}

/// The file and line of the panic that a test ends in.
fn place_of(test: impl FnOnce()) -> (String, u32) {
    let place = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&place);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(|at| (at.file().to_owned(), at.line()));
        *noted.lock().expect("nobody panics with it") = at;
    }));
    let ended = catch_unwind(AssertUnwindSafe(test));
    panic::set_hook(before);
    assert!(ended.is_err(), "the test should have failed");
    let place = place.lock().expect("nobody panics with it").take();
    place.expect("a panic has a place")
}

// One test, since the hook is everybody's.
#[test]
#[rustfmt::skip]
fn every_verb_points_at_the_test() {
    let decided = Fixture::<Door>::new().when(open());
    let tests: Vec<(Box<dyn FnOnce()>, u32)> = vec![
        (Box::new(|| { decided.then_no_events(); }), line!()),
        (Box::new(|| { decided.then_events([Opened { by: "joe".into() }]); }), line!()),
        (Box::new(|| { decided.then_event::<Opened>(|event| assert_eq!(event.by, "joe")); }), line!()),
        (Box::new(|| { decided.then_rejected(); }), line!()),
        (Box::new(|| { decided.then_error_text("no"); }), line!()),
        (Box::new(|| { decided.then_not_found(); }), line!()),
        (Box::new(|| { decided.then_already_exists(); }), line!()),
        (Box::new(|| { decided.then_tags(["door:front"]); }), line!()),
        (Box::new(|| drop(Fixture::<Door>::new().given_stored_json("Closed", 1, "{}"))), line!()),
        (Box::new(|| drop(Fixture::<Door>::new().given_commands((open(), open())))), line!()),
        (Box::new(|| drop(Fixture::<Door>::new().given_time("noon"))), line!()),
        (Box::new(|| drop(AppFixture::new().given_stored_json::<Door>("front", "Closed", 1, "{}"))), line!()),
    ];
    for (test, line) in tests {
        assert_eq!(place_of(test), (file!().to_owned(), line));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("there is a runtime");
    let opened = runtime.block_on(AppFixture::new().when(open()));
    let tests: Vec<(Box<dyn FnOnce()>, u32)> = vec![
        (Box::new(|| { opened.then_no_events(); }), line!()),
        (Box::new(|| { opened.then_rejected(); }), line!()),
        (Box::new(|| { opened.then_output_with(|()| panic!("no")); }), line!()),
        (Box::new(|| { opened.then_commands([open()]); }), line!()),
        (Box::new(|| { opened.then_parked("mail"); }), line!()),
    ];
    for (test, line) in tests {
        assert_eq!(place_of(test), (file!().to_owned(), line));
    }
}
