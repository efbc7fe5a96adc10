//! What an append stores, and what it answers.

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, CausationId, CommandId, CorrelationId, Expected, Metadata, NewEvent,
    Position, Revision, StreamId,
};
use uuid::Uuid;

use super::subject::{
    Subject, add, event, exactly, holds, in_order, names, positions, refused_with, revisions, same,
    stream, tag, tagged, to,
};

pub(super) async fn the_first_event_of_a_store_has_position_and_revision_1(s: Subject) {
    let appended = s.stored(add(&stream("a"), event("Opened"))).await;

    same(appended.position, Position::new(1), "the log begins at 1");
    same(appended.revisions, revisions(&[1]), "a stream begins at 1");
    holds(!appended.duplicate, "what is new is no duplicate");
}

pub(super) async fn the_answer_has_the_last_position_and_a_revision_per_stream(s: Subject) {
    let (a, b, c) = (stream("a"), stream("b"), stream("c"));
    s.record(&a, &["Opened", "Paid"]).await;
    let append = Append::new()
        .stream(b, Expected::NoStream, [event("Opened")])
        .stream(a, exactly(2), [event("Paid"), event("Closed")])
        .stream(c, Expected::Any, []);

    let appended = s.stored(append).await;

    same(appended.position, Position::new(5), "the last position");
    same(
        appended.revisions,
        revisions(&[1, 4, 0]),
        "the revision of each listed stream, in the order listed",
    );
}

pub(super) async fn all_that_an_event_says_comes_back(s: Subject) {
    let id = Uuid::now_v7();
    let given = NewEvent {
        version: 7,
        payload: Bytes::from_static(br#"{"name":"John"}"#),
        tags: vec![tag("email:john@example.com"), tag("plan:a:b c")],
        metadata: Metadata::new()
            .command(CommandId::new(id))
            .correlation(CorrelationId::new(Uuid::now_v7()))
            .causation(CausationId::new(Uuid::now_v7()))
            .actor("jane \u{1f600}")
            .tenant("acme"),
        ..event("accounts.opened")
    };
    let appended = s.stored(add(&stream("a"), given.clone())).await;

    let log = s.log().await;
    let stored = &log[0];
    same(stored.meta.id, given.id, "the event id comes back");
    same(&stored.meta.stream, &stream("a"), "the stream comes back");
    same(&stored.meta.name, &given.name, "the name comes back");
    same(stored.meta.version, 7, "the version comes back");
    same(&stored.payload, &given.payload, "the payload comes back");
    same(
        &stored.meta.metadata,
        &given.metadata,
        "the metadata come back",
    );
    let mut tags = stored.meta.tags.clone();
    tags.sort();
    same(tags, given.tags, "the tags come back");
    same(
        stored.meta.recorded_at,
        appended.recorded_at,
        "the answer has the time that was stored",
    );
    same(stored.meta.erased_at, None, "nothing was erased");
}

pub(super) async fn an_event_without_metadata_and_tags_comes_back_so(s: Subject) {
    s.stored(add(&stream("a"), event("Opened"))).await;

    let log = s.log().await;
    same(&log[0].meta.metadata, &Metadata::new(), "no metadata");
    same(&log[0].meta.tags, &Vec::new(), "no tags");
}

pub(super) async fn each_event_of_an_append_keeps_its_own_metadata(s: Subject) {
    let by = |actor: &'static str| NewEvent {
        metadata: Metadata::new().actor(actor),
        ..event("Paid")
    };
    let append = to(&stream("a"), Expected::Any, [by("jane"), by("john")]);
    s.stored(append).await;

    let log = s.log().await;
    let actors: Vec<_> = log
        .iter()
        .map(|event| event.meta.metadata.actor_name())
        .collect();
    same(actors, vec![Some("jane"), Some("john")], "each its own");
}

pub(super) async fn payloads_come_back_byte_for_byte(s: Subject) {
    let payloads = [
        Bytes::from_static(b"null"),
        Bytes::from_static(b" { \"b\" : 1 ,\n \"a\": 1.0, \"a\": 1e2 } "),
        Bytes::from_static(br#"{"nul":"\u0000","lone":"\ud800"}"#),
        Bytes::from("\"\u{1f600} \u{e9} e\u{301}\""),
        Bytes::from(format!("\"{}\"", "x".repeat(1 << 20))),
    ];
    for payload in &payloads {
        let event = NewEvent {
            payload: payload.clone(),
            ..event("Noted")
        };
        s.stored(add(&stream("a"), event)).await;
    }

    for (stored, payload) in s.log().await.iter().zip(&payloads) {
        holds(
            stored.payload == *payload,
            "a payload comes back byte for byte: spaces, order of keys, keys that come twice, escapes",
        );
    }
}

pub(super) async fn the_highest_version_of_an_event_comes_back(s: Subject) {
    let event = NewEvent {
        version: u32::MAX,
        ..event("Opened")
    };
    s.stored(add(&stream("a"), event)).await;

    same(s.log().await[0].meta.version, u32::MAX, "any u32");
}

pub(super) async fn the_events_of_one_append_lie_side_by_side_in_the_order_given(s: Subject) {
    let (a, b) = (stream("a"), stream("b"));
    s.record(&a, &["Before"]).await;
    let append = Append::new()
        .stream(b, Expected::Any, [event("One"), event("Two")])
        .stream(a, Expected::Any, [event("Three"), event("Four")]);
    s.stored(append).await;

    let log = s.log().await;
    same(
        names(&log),
        vec!["Before", "One", "Two", "Three", "Four"],
        "stream by stream as listed, event by event as given",
    );
    same(positions(&log), vec![1, 2, 3, 4, 5], "side by side");
}

pub(super) async fn the_events_of_one_append_have_one_time(s: Subject) {
    let append = Append::new()
        .stream(stream("a"), Expected::Any, [event("One"), event("Two")])
        .stream(stream("b"), Expected::Any, [event("Three")]);
    let appended = s.stored(append).await;

    for stored in s.log().await {
        same(
            stored.meta.recorded_at,
            appended.recorded_at,
            "`recorded_at` is that of the append",
        );
    }
}

pub(super) async fn an_append_is_atomic_over_its_streams(s: Subject) {
    s.record(&stream("b"), &["Opened"]).await;
    let append = Append::new()
        .stream(stream("a"), Expected::Any, [event("Paid")])
        .stream(stream("b"), Expected::NoStream, [event("Opened")])
        .stream(stream("c"), Expected::Any, [event("Paid")]);
    let error = s.refused(append, "a conflict in one stream").await;

    refused_with!(error, AppendError::Conflict { .. }, "one stream conflicts");
    same(
        s.log().await.len(),
        1,
        "of a failed append nothing is stored",
    );
    for id in ["a", "c"] {
        same(
            s.events_of(&stream(id)).await.len(),
            0,
            "the other streams of a failed append are not there",
        );
    }
}

pub(super) async fn failed_appends_leave_no_gaps(s: Subject) {
    let a = stream("a");
    for round in 0..5 {
        s.stored(to(&a, exactly(round), [event("Paid")])).await;
        let late = to(&a, exactly(round), [event("Paid"), event("Paid")]);
        s.refused(late, "an old revision").await;
        let used = s.log().await[0].meta.id;
        let other = NewEvent {
            id: used,
            ..event("Other")
        };
        s.refused(add(&a, other), "an id that is in use").await;
    }

    let log = s.log().await;
    same(log.len(), 5, "only what succeeded is stored");
    in_order(&log);
}

pub(super) async fn an_append_without_events_stores_nothing_and_answers_the_head(s: Subject) {
    let a = stream("a");
    s.record(&a, &["Opened", "Paid"]).await;

    let checked = s.stored(to(&a, exactly(2), [])).await;
    same(checked.position, Position::new(2), "the head");
    same(
        checked.revisions,
        revisions(&[2]),
        "where the stream stands",
    );
    holds(!checked.duplicate, "a check is no duplicate");
    same(s.end().await, Position::new(2), "nothing is stored");
}

pub(super) async fn an_append_without_streams_answers_the_head(s: Subject) {
    let empty = s.stored(Append::new()).await;
    same(empty.position, Position::START, "nothing is stored");
    same(empty.revisions, Vec::new(), "no stream, no revision");

    s.record(&stream("a"), &["Opened"]).await;
    let one = s.stored(Append::new()).await;
    same(one.position, Position::new(1), "the head");
}

pub(super) async fn a_thousand_events_fit_in_one_append(s: Subject) {
    let a = stream("a");
    let events = (0..1_000).map(|number| NewEvent {
        payload: Bytes::from(number.to_string()),
        ..tagged("Counted", &["kind:many"])
    });
    let appended = s.stored(to(&a, Expected::NoStream, events)).await;

    same(appended.revisions, revisions(&[1_000]), "all are stored");
    let log = s.log().await;
    in_order(&log);
    for (number, stored) in log.iter().enumerate() {
        same(
            &stored.payload,
            &Bytes::from(number.to_string()),
            "in the order given",
        );
    }
}

pub(super) async fn streams_are_told_apart_by_both_their_texts(s: Subject) {
    let texts = [
        ("User", "1"),
        ("User1", "1"),
        ("User", "11"),
        ("user", "1"),
        ("User", "a"),
        ("User", "A"),
        ("User", "a "),
        ("User", "\u{e9}"),
        ("User", "e\u{301}"),
        ("User", "%"),
        ("User", "_"),
        ("User", "'; --"),
        ("User", "-1"),
        ("User-1", "1"),
        ("User", "1-1"),
    ];
    for (aggregate, id) in texts {
        let stream = StreamId::new(aggregate, id).expect("valid");
        s.stored(to(&stream, Expected::NoStream, [event("Opened")]))
            .await;
    }

    for (index, (aggregate, id)) in texts.into_iter().enumerate() {
        let stream = StreamId::new(aggregate, id).expect("valid");
        let page = s.read_stream(&stream, Revision::NONE, 10).await;
        let page = page.expect("a stream can be read");
        same(
            positions(&page.events),
            vec![index as u64 + 1],
            "streams differ when aggregate or id differ in a byte, and are never joined to one text",
        );
        same(&page.events[0].meta.stream, &stream, "the texts come back");
    }
}

pub(super) async fn the_longest_ids_names_and_tags_fit(s: Subject) {
    let id = "\u{e9}".repeat(StreamId::MAX_BYTES / 2);
    let stream = StreamId::new("A".repeat(512), &id).expect("valid");
    let tag = tag(&format!("k:{}", "v".repeat(254)));
    let event = NewEvent {
        name: "n".repeat(256).into(),
        tags: vec![tag.clone()],
        ..event("Opened")
    };
    s.stored(add(&stream, event.clone())).await;

    let stored = s.events_of(&stream).await;
    same(stored.len(), 1, "the stream is found");
    same(&stored[0].meta.name, &event.name, "the name comes back");
    same(&stored[0].meta.tags, &vec![tag], "the tag comes back");
}
