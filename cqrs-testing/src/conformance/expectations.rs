//! Where streams must stand.

use cqrs_core::{Append, AppendError, Expected, Revision};

use super::subject::{Subject, add, event, exactly, refused_with, revisions, same, stream, to};

pub(super) async fn any_allows_a_stream_wherever_it_stands(s: Subject) {
    for revision in 1..=3 {
        let appended = s.stored(add(&stream("a"), event("Paid"))).await;
        same(appended.revisions, revisions(&[revision]), "one more");
    }
}

pub(super) async fn no_stream_allows_only_the_first_append(s: Subject) {
    let first = to(&stream("a"), Expected::NoStream, [event("Opened")]);
    s.stored(first).await;

    let second = to(&stream("a"), Expected::NoStream, [event("Opened")]);
    refused_with!(
        s.refused(second, "the stream has events").await,
        AppendError::Conflict { stream: id, expected: Expected::NoStream, actual }
            if *id == stream("a") && actual.get() == 1,
        "a conflict says which stream, what was expected, and where it stands"
    );
}

pub(super) async fn an_exact_revision_is_met(s: Subject) {
    let a = stream("a");
    s.record(&a, &["Opened", "Paid"]).await;

    let appended = s.stored(to(&a, exactly(2), [event("Paid")])).await;
    same(appended.revisions, revisions(&[3]), "one more");
}

pub(super) async fn an_older_revision_is_a_conflict(s: Subject) {
    let a = stream("a");
    s.record(&a, &["Opened", "Paid"]).await;

    refused_with!(
        s.refused(to(&a, exactly(1), [event("Paid")]), "the stream moved on").await,
        AppendError::Conflict { actual, .. } if actual.get() == 2,
        "an older revision is a conflict that says where the stream stands"
    );
}

pub(super) async fn a_later_revision_is_a_conflict(s: Subject) {
    let a = stream("a");
    s.record(&a, &["Opened"]).await;

    for later in [2, u64::from(u32::MAX) + 1, i64::MAX as u64 + 1, u64::MAX] {
        refused_with!(
            s.refused(to(&a, exactly(later), [event("Paid")]), "not there yet").await,
            AppendError::Conflict { actual, .. } if actual.get() == 1,
            "a revision that the stream has not reached is a conflict, however large"
        );
    }
}

pub(super) async fn an_exact_revision_of_a_stream_that_is_not_there_is_a_conflict(s: Subject) {
    refused_with!(
        s.refused(to(&stream("a"), exactly(1), [event("Paid")]), "no stream")
            .await,
        AppendError::Conflict {
            actual: Revision::NONE,
            ..
        },
        "a stream that is not there stands at 0"
    );
}

pub(super) async fn revision_0_means_no_stream(s: Subject) {
    let a = stream("a");
    s.stored(to(&a, exactly(0), [event("Opened")])).await;

    refused_with!(
        s.refused(to(&a, exactly(0), [event("Opened")]), "it has events")
            .await,
        AppendError::Conflict { .. },
        "revision 0 is that of a stream without events"
    );
}

pub(super) async fn the_first_conflict_in_the_order_given_is_answered(s: Subject) {
    for id in ["a", "b", "c"] {
        s.record(&stream(id), &["Opened"]).await;
    }
    let append = Append::new()
        .stream(stream("c"), exactly(1), [event("Paid")])
        .stream(stream("b"), exactly(5), [])
        .stream(stream("a"), Expected::NoStream, [event("Paid")]);

    refused_with!(
        s.refused(append, "two streams conflict").await,
        AppendError::Conflict { stream: id, .. } if *id == stream("b"),
        "expected revisions are looked at in the order of the streams"
    );
}

pub(super) async fn a_pure_check_that_holds_lets_the_append_happen(s: Subject) {
    s.record(&stream("a"), &["Opened"]).await;
    let append = Append::new()
        .stream(stream("a"), exactly(1), [])
        .stream(stream("b"), Expected::NoStream, [event("Opened")])
        .stream(stream("c"), Expected::NoStream, []);

    let appended = s.stored(append).await;
    same(
        appended.revisions,
        revisions(&[1, 1, 0]),
        "a stream that is only checked stays where it is",
    );
}

pub(super) async fn a_pure_check_that_fails_stops_the_events_of_other_streams(s: Subject) {
    s.record(&stream("a"), &["Opened", "Closed"]).await;
    let append = Append::new()
        .stream(stream("b"), Expected::Any, [event("Opened")])
        .stream(stream("a"), exactly(1), []);

    refused_with!(
        s.refused(append, "the check fails").await,
        AppendError::Conflict { stream: id, .. } if *id == stream("a"),
        "expected revisions are checked for streams without events too"
    );
    same(
        s.events_of(&stream("b")).await.len(),
        0,
        "nothing is stored",
    );
}

pub(super) async fn a_pure_check_of_no_stream_fails_when_it_is_there(s: Subject) {
    s.record(&stream("a"), &["Opened"]).await;

    refused_with!(
        s.refused(to(&stream("a"), Expected::NoStream, []), "it is there")
            .await,
        AppendError::Conflict { .. },
        "an append of nothing but checks is checked"
    );
}

pub(super) async fn a_pure_check_does_not_make_a_stream(s: Subject) {
    s.stored(to(&stream("a"), Expected::Any, [])).await;

    s.stored(to(&stream("a"), Expected::NoStream, [event("Opened")]))
        .await;
}
