//! What no store takes.

use bytes::Bytes;
use cqrs_core::{Append, AppendError, Expected, NewEvent, store::append::InvalidAppend};

use super::subject::{Subject, add, event, refused_with, same, stream, to};

async fn stores_nothing(s: &Subject) {
    same(s.end().await.get(), 0, "what is refused leaves nothing");
}

pub(super) async fn as_many_events_as_the_limit_says_fit(s: Subject) {
    let limit = s.limits().events.min(20_000);
    let events = (0..limit).map(|_| event("Paid"));

    s.stored(to(&stream("a"), Expected::Any, events)).await;
    same(s.end().await.get(), limit as u64, "all are stored");
}

pub(super) async fn more_events_than_the_limit_are_too_large(s: Subject) {
    let limit = s.limits().events;
    let events = (0..=limit).map(|_| NewEvent {
        payload: Bytes::new(),
        ..event("Paid")
    });

    refused_with!(
        s.refused(to(&stream("a"), Expected::Any, events), "too many").await,
        AppendError::TooLarge { events, limits, .. }
            if *events == limit + 1 && *limits == s.limits(),
        "one event more than the limit is too large"
    );
    stores_nothing(&s).await;
}

pub(super) async fn more_bytes_than_the_limit_are_too_large(s: Subject) {
    let limit = s.limits().bytes;
    let half = |bytes| NewEvent {
        payload: Bytes::from(vec![b' '; bytes]),
        ..event("Paid")
    };
    let events = |bytes| [half(limit / 2), half(bytes - limit / 2)];

    let over = to(&stream("a"), Expected::Any, events(limit + 1));
    refused_with!(
        s.refused(over, "too many bytes").await,
        AppendError::TooLarge { bytes, .. } if *bytes == limit + 1,
        "one byte more than the limit is too large"
    );
    stores_nothing(&s).await;
    s.stored(to(&stream("a"), Expected::Any, events(limit)))
        .await;
}

pub(super) async fn a_stream_listed_twice_is_invalid(s: Subject) {
    let append = Append::new()
        .stream(stream("a"), Expected::Any, [event("One")])
        .stream(stream("b"), Expected::Any, [event("Two")])
        .stream(stream("a"), Expected::Any, []);

    refused_with!(
        s.refused(append, "a stream twice").await,
        AppendError::Invalid(InvalidAppend::StreamTwice(id)) if *id == stream("a"),
        "a stream is listed at most once"
    );
    stores_nothing(&s).await;
}

pub(super) async fn a_name_that_cannot_be_stored_is_invalid(s: Subject) {
    for name in [String::new(), "n".repeat(257), "a\0b".into(), "a\nb".into()] {
        let event = NewEvent {
            name: name.into(),
            ..event("Paid")
        };
        refused_with!(
            s.refused(add(&stream("a"), event), "a bad name").await,
            AppendError::Invalid(InvalidAppend::Name(_)),
            "empty and long names and those with control characters are invalid"
        );
    }
    stores_nothing(&s).await;
}

pub(super) async fn the_stores_own_names_are_reserved(s: Subject) {
    for name in ["$erased", "$", "$mine"] {
        refused_with!(
            s.refused(add(&stream("a"), event(name)), "a reserved name")
                .await,
            AppendError::Invalid(InvalidAppend::ReservedName(_)),
            "names that begin with `$` are the store's own"
        );
    }
    stores_nothing(&s).await;
}

pub(super) async fn what_is_invalid_is_judged_first(s: Subject) {
    let used = event("Opened");
    s.stored(add(&stream("a"), used.clone())).await;
    let append = to(&stream("a"), Expected::NoStream, [used, event("$mine")]);

    refused_with!(
        s.refused(append, "three things are wrong").await,
        AppendError::Invalid(_),
        "what is invalid is judged before ids and revisions"
    );
}

pub(super) async fn a_tag_given_twice_does_no_harm(s: Subject) {
    let event = super::subject::tagged("Opened", &["email:john", "email:john"]);
    s.stored(add(&stream("a"), event)).await;

    let john = cqrs_core::EventQuery::all().tag(super::subject::tag("email:john"));
    same(
        s.matching(&john).await.len(),
        1,
        "an event is found once by a tag that it was given twice",
    );
}
