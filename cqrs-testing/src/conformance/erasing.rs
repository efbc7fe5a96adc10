//! Forgetting what a stream says.

use bytes::Bytes;
use cqrs_core::{
    AppendError, EventQuery, Expected, Metadata, NewEvent, Position, StoredEvent, StreamId,
    store::ERASED,
};

use super::subject::{
    Subject, add, broken, event, exactly, holds, in_order, names, positions, refused_with, same,
    stream, tag, tagged, to,
};

async fn erase(s: &Subject, stream: &StreamId) -> u64 {
    match s.erase(stream).await {
        Ok(erased) => erased,
        Err(error) => broken("a stream can be erased", &error),
    }
}

/// A stream with personal data, and another one.
async fn john(s: &Subject) -> StreamId {
    let john = stream("john");
    let personal = |name| NewEvent {
        version: 3,
        metadata: Metadata::new().actor("john").tenant("acme"),
        ..tagged(name, &["email:john@example.com"])
    };
    let events = [personal("Opened"), personal("Moved")];
    s.stored(to(&john, Expected::NoStream, events)).await;
    s.stored(add(
        &stream("jane"),
        tagged("Opened", &["email:jane@example.com"]),
    ))
    .await;
    john
}

pub(super) async fn erasing_overwrites_what_events_say(s: Subject) {
    let john = john(&s).await;
    let before = s.events_of(&john).await;

    same(erase(&s, &john).await, 2, "the answer counts events");
    let after = s.events_of(&john).await;
    for (old, new) in before.iter().zip(&after) {
        same(&new.payload, &Bytes::new(), "the payload is gone");
        same(
            &new.meta.metadata,
            &Metadata::new(),
            "the metadata are gone",
        );
        same(&new.meta.tags, &Vec::new(), "the tags are gone");
        holds(new.meta.erased_at.is_some(), "`erased_at` is set");
        holds(new.meta.is_erased(), "the event says that it is erased");
        let kept = |event: &StoredEvent| {
            let meta = event.meta.clone();
            (
                meta.id,
                meta.stream,
                meta.revision,
                meta.position,
                meta.name,
            )
        };
        same(kept(new), kept(old), "id, places and name stay");
        same(
            (new.meta.recorded_at, new.meta.version),
            (old.meta.recorded_at, old.meta.version),
            "time and version stay",
        );
    }
}

pub(super) async fn erasing_appends_an_event_that_says_so(s: Subject) {
    let john = john(&s).await;
    erase(&s, &john).await;

    let events = s.events_of(&john).await;
    same(names(&events), vec!["Opened", "Moved", ERASED], "the last");
    let marker = &events[2];
    same(marker.meta.position, Position::new(4), "the next position");
    same(marker.meta.revision.get(), 3, "the next revision");
    same(&marker.payload, &Bytes::new(), "without payload");
    same(&marker.meta.metadata, &Metadata::new(), "without metadata");
    same(&marker.meta.tags, &Vec::new(), "without tags");
    holds(marker.meta.is_erased(), "folds skip it");
    in_order(&s.log().await);
}

pub(super) async fn erasing_leaves_other_streams_alone(s: Subject) {
    let john = john(&s).await;
    let before = s.events_of(&stream("jane")).await;
    erase(&s, &john).await;

    same(s.events_of(&stream("jane")).await, before, "as before");
    let jane = EventQuery::all().tag(tag("email:jane@example.com"));
    same(s.matching(&jane).await.len(), 1, "and found as before");
}

pub(super) async fn erasing_again_does_nothing(s: Subject) {
    let john = john(&s).await;
    erase(&s, &john).await;
    let log = s.log().await;

    same(erase(&s, &john).await, 0, "nothing is left to erase");
    same(s.log().await, log, "not even a mark is added");
}

pub(super) async fn erasing_a_stream_that_is_not_there_does_nothing(s: Subject) {
    same(erase(&s, &stream("nobody")).await, 0, "nothing to erase");
    same(s.end().await, Position::START, "nothing is stored");
}

pub(super) async fn an_erased_stream_goes_on(s: Subject) {
    let john = john(&s).await;
    erase(&s, &john).await;

    refused_with!(
        s.refused(to(&john, Expected::NoStream, [event("Opened")]), "it is there").await,
        AppendError::Conflict { actual, .. } if actual.get() == 3,
        "an erased stream keeps its revision"
    );
    s.stored(to(&john, exactly(3), [event("Opened")])).await;
    same(erase(&s, &john).await, 1, "only what came since is erased");
    same(
        names(&s.events_of(&john).await),
        vec!["Opened", "Moved", ERASED, "Opened", ERASED],
        "each erasure that did something has its mark",
    );
}

pub(super) async fn erased_events_are_found_by_name_and_not_by_tag(s: Subject) {
    let john = john(&s).await;
    erase(&s, &john).await;

    let by_tag = EventQuery::all().tag(tag("email:john@example.com"));
    same(s.matching(&by_tag).await.len(), 0, "the tag is gone");
    let by_both = by_tag.names(["Opened"]);
    same(s.matching(&by_both).await.len(), 0, "with a name too");
    let by_name = EventQuery::all().names(["Opened", "Moved"]);
    same(
        positions(&s.matching(&by_name).await),
        vec![1, 2, 3],
        "the name stays",
    );
    let marks = EventQuery::all().names([ERASED]);
    same(positions(&s.matching(&marks).await), vec![4], "marks too");
}

pub(super) async fn erased_events_fail_conditions_by_name_and_not_by_tag(s: Subject) {
    let john = john(&s).await;
    erase(&s, &john).await;
    let new = |query| add(&stream("new"), event("Noted")).only_if_none(query, Position::START);

    let by_tag = EventQuery::all().tag(tag("email:john@example.com"));
    s.stored(new(by_tag)).await;
    refused_with!(
        s.refused(new(EventQuery::all().names(["Moved"])), "the name stays")
            .await,
        AppendError::ConditionFailed { .. },
        "erased events fail a condition by their name"
    );
    let erased = add(&stream("new"), event("Noted"));
    refused_with!(
        s.refused(
            erased.only_if_none(EventQuery::all().names([ERASED]), Position::new(3)),
            "the mark"
        )
        .await,
        AppendError::ConditionFailed { .. },
        "the mark of an erasure is an event like others"
    );
}

pub(super) async fn an_erased_event_is_found_by_its_id(s: Subject) {
    let john = john(&s).await;
    let id = s.events_of(&john).await[0].meta.id;
    erase(&s, &john).await;

    let found = s.find(id).await.expect("an event can be found");
    let found = found.map(|event| (event.payload, event.meta.erased_at.is_some()));
    same(found, Some((Bytes::new(), true)), "erased there too");
}

pub(super) async fn nobody_sees_a_stream_half_erased(s: Subject) {
    let a = stream("a");
    let events = (0..200).map(|_| event("Noted"));
    s.stored(to(&a, Expected::Any, events)).await;
    let reader = tokio::spawn({
        let (s, a) = (s.clone(), a.clone());
        async move {
            loop {
                let events = s.events_of(&a).await;
                let erased = events.iter().filter(|event| event.meta.is_erased());
                match erased.count() {
                    0 => holds(events.len() == 200, "before: no mark"),
                    201 => break,
                    _ => broken("erasing happens all at once", &"a part of it"),
                }
                tokio::task::yield_now().await;
            }
        }
    });
    same(erase(&s, &a).await, 200, "all are erased");
    reader.await.expect("the reader saw all or nothing");
}
