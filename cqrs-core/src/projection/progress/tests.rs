//! Who is heard while a view changes hands.

use std::time::SystemTime;

use super::{Progress, State};
use crate::{
    Position,
    projection::report::Report,
    store::documents::{Checkpoint, ParkedEvent, Subscription, SubscriptionKind},
};

fn progress() -> Progress {
    let progress = Progress::new(Subscription {
        kind: SubscriptionKind::View,
        name: "users".into(),
        version: 1,
    });
    progress.goes_on(Position::new(5), Position::START);
    progress
}

fn parked() -> ParkedEvent {
    ParkedEvent {
        key: b"key".as_slice().into(),
        key_text: "key".into(),
        position: Position::new(3),
        attempts: 1,
        error: "bad".into(),
        parked_at: SystemTime::UNIX_EPOCH,
    }
}

fn built(position: u64) -> Checkpoint {
    Checkpoint {
        position: Position::new(position),
        built: true,
        ..Checkpoint::default()
    }
}

#[test]
fn a_task_that_has_lost_its_lease_does_not_speak_over_who_has_it() {
    let progress = progress();
    progress.elsewhere("other".into(), Report::default());
    progress.stands(built(7), None);

    progress.saw(Position::new(6));
    progress.goes_on(Position::START, Position::new(9));
    progress.starting();
    progress.paused();
    progress.stopped("late".into());
    let state = progress.status().state;
    assert!(matches!(state, State::Elsewhere { .. }), "{state:?}");
    assert_eq!(progress.position(), Position::new(7));
    assert!(progress.has_reached(Position::new(7)));
}

#[test]
fn who_looks_on_from_afar_does_not_speak_over_the_task_that_has_taken_over() {
    let progress = progress();
    progress.elsewhere("other".into(), Report::default());
    progress.stands(built(7), Some(&[parked()]));
    assert!(progress.is_held(b"key"));

    progress.not_elsewhere();
    assert_eq!(progress.status().state, State::Starting);
    progress.stands(built(6), Some(&[]));
    assert!(progress.is_held(b"key"));
    assert!(progress.has_reached(Position::new(7)));
}

#[test]
fn a_view_that_was_reset_elsewhere_is_not_read_before_it_is_built() {
    let progress = progress();
    progress.elsewhere("other".into(), Report::default());
    progress.stands(built(7), None);
    let reset = Checkpoint::default();
    progress.stands(reset, Some(&[]));
    assert!(!progress.is_readable());
    assert_eq!(progress.position(), Position::START);
}
