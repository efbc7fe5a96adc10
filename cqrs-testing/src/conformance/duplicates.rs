//! What was sent before.

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventQuery, Expected, Metadata, NewEvent, Position,
};

use super::subject::{
    Subject, add, event, exactly, holds, refused_with, revisions, same, stream, tag, tagged, to,
};

#[track_caller]
fn as_the_first_time(again: &Appended, first: &Appended) {
    let first = Appended {
        duplicate: true,
        ..first.clone()
    };
    same(again, &first, "a duplicate is answered as the first time");
}

fn two_streams() -> Append {
    Append::new()
        .stream(
            stream("a"),
            Expected::NoStream,
            [event("Opened"), event("Paid")],
        )
        .stream(stream("b"), Expected::NoStream, [event("Opened")])
}

/// Sends what uses a stored id for something else.
async fn reused(s: &Subject, append: Append, rule: &str) {
    let before = s.log().await;
    refused_with!(
        s.refused(append, rule).await,
        AppendError::EventIdReused { .. },
        rule
    );
    same(
        s.log().await,
        before,
        "an append with used ids changes nothing",
    );
}

pub(super) async fn an_append_sent_again_is_answered_as_the_first_time(s: Subject) {
    s.record(&stream("z"), &["Before"]).await;
    let append = two_streams();
    let first = s.stored(append.clone()).await;

    as_the_first_time(&s.stored(append).await, &first);
    same(s.end().await, Position::new(4), "it is stored once");
}

pub(super) async fn a_duplicate_is_answered_after_its_streams_moved_on(s: Subject) {
    let append = two_streams();
    let first = s.stored(append.clone()).await;
    s.record(&stream("a"), &["Paid", "Closed"]).await;
    s.record(&stream("b"), &["Paid"]).await;

    as_the_first_time(&s.stored(append).await, &first);
}

pub(super) async fn a_duplicate_is_not_held_against_expected_revisions(s: Subject) {
    let paid = event("Paid");
    s.record(&stream("a"), &["Opened"]).await;
    let first = s.stored(to(&stream("a"), exactly(1), [paid.clone()])).await;

    for expected in [Expected::NoStream, exactly(1), exactly(99), Expected::Any] {
        let again = s.stored(to(&stream("a"), expected, [paid.clone()])).await;
        as_the_first_time(&again, &first);
    }
}

pub(super) async fn a_duplicate_is_not_held_against_its_condition(s: Subject) {
    let query = EventQuery::all().tag(tag("email:john"));
    let append = add(&stream("a"), tagged("Opened", &["email:john"]))
        .only_if_none(query.clone(), Position::START);
    let first = s.stored(append.clone()).await;

    as_the_first_time(&s.stored(append.clone()).await, &first);
    let beyond = append.only_if_none(query, Position::new(1_000));
    as_the_first_time(&s.stored(beyond).await, &first);
}

pub(super) async fn a_duplicate_is_not_held_against_its_pure_checks(s: Subject) {
    s.record(&stream("guard"), &["Opened"]).await;
    let append = Append::new()
        .stream(stream("guard"), exactly(1), [])
        .stream(stream("a"), Expected::NoStream, [event("Opened")])
        .stream(stream("none"), Expected::NoStream, []);
    let first = s.stored(append.clone()).await;
    same(&first.revisions, &revisions(&[1, 1, 0]), "as checked");
    s.record(&stream("guard"), &["Paid"]).await;
    s.record(&stream("none"), &["Opened"]).await;

    // The revisions are those of then, also of the streams that were only checked.
    as_the_first_time(&s.stored(append).await, &first);
}

pub(super) async fn a_duplicate_may_differ_in_tags_and_metadata(s: Subject) {
    let opened = tagged("Opened", &["email:john"]);
    let first = s.stored(add(&stream("a"), opened.clone())).await;
    let again = NewEvent {
        tags: Vec::new(),
        metadata: Metadata::new().actor("jane"),
        ..opened
    };

    as_the_first_time(&s.stored(add(&stream("a"), again)).await, &first);
    same(
        s.log().await[0].meta.tags.len(),
        1,
        "what was stored first stays",
    );
}

pub(super) async fn a_part_of_an_append_is_a_duplicate_too(s: Subject) {
    let (one, two, three) = (event("One"), event("Two"), event("Three"));
    let a = stream("a");
    let all = [one, two.clone(), three.clone()];
    let first = s.stored(to(&a, Expected::Any, all)).await;

    let part = s.stored(to(&a, Expected::Any, [two, three])).await;
    as_the_first_time(&part, &first);
}

pub(super) async fn some_new_ids_among_used_ones_are_an_error(s: Subject) {
    let (old, new) = (event("Opened"), event("Paid"));
    let a = stream("a");
    s.stored(add(&a, old.clone())).await;

    let behind = to(&a, Expected::Any, [old.clone(), new.clone()]);
    reused(&s, behind, "a new event behind a stored one").await;
    let before = to(&a, Expected::Any, [new.clone(), old.clone()]);
    reused(&s, before, "a new event before a stored one").await;
    let elsewhere = Append::new()
        .stream(stream("b"), Expected::Any, [new])
        .stream(a, Expected::Any, [old]);
    reused(&s, elsewhere, "a new event in another stream").await;
}

pub(super) async fn used_ids_in_another_order_are_an_error(s: Subject) {
    let (one, two) = (event("Paid"), event("Paid"));
    let a = stream("a");
    s.stored(to(&a, Expected::Any, [one.clone(), two.clone()]))
        .await;

    let turned = to(&a, Expected::Any, [two, one]);
    reused(&s, turned, "stored events in another order").await;
}

pub(super) async fn used_ids_that_do_not_lie_side_by_side_are_an_error(s: Subject) {
    let (one, two) = (event("Paid"), event("Paid"));
    let a = stream("a");
    s.stored(add(&a, one.clone())).await;
    s.record(&stream("b"), &["Between"]).await;
    s.stored(add(&a, two.clone())).await;

    let joined = to(&a, Expected::Any, [one, two]);
    reused(&s, joined, "stored events with another one between").await;
}

pub(super) async fn a_used_id_in_another_stream_is_an_error(s: Subject) {
    let opened = event("Opened");
    s.stored(add(&stream("a"), opened.clone())).await;

    reused(&s, add(&stream("b"), opened), "an id of another stream").await;
}

pub(super) async fn a_used_id_with_other_content_is_an_error(s: Subject) {
    let opened = event("Opened");
    let a = stream("a");
    s.stored(add(&a, opened.clone())).await;

    let name = NewEvent {
        name: "Closed".into(),
        ..opened.clone()
    };
    reused(&s, add(&a, name), "an id with another name").await;
    let version = NewEvent {
        version: 2,
        ..opened.clone()
    };
    reused(&s, add(&a, version), "an id with another version").await;
    let payload = NewEvent {
        payload: Bytes::from_static(b"{}"),
        ..opened
    };
    reused(&s, add(&a, payload), "an id with another payload").await;
}

pub(super) async fn a_used_id_is_an_error_even_when_a_revision_conflicts(s: Subject) {
    let opened = event("Opened");
    s.stored(add(&stream("a"), opened.clone())).await;

    let other = NewEvent {
        name: "Closed".into(),
        ..opened
    };
    let append = to(&stream("a"), exactly(7), [other]);
    reused(&s, append, "ids are judged before revisions").await;
}

pub(super) async fn an_id_twice_in_one_append_is_an_error(s: Subject) {
    let paid = event("Paid");
    let twice = to(&stream("a"), Expected::Any, [paid.clone(), paid.clone()]);
    reused(&s, twice, "one id twice in a stream").await;

    let apart = Append::new()
        .stream(stream("a"), Expected::Any, [paid.clone()])
        .stream(stream("b"), Expected::Any, [paid.clone()]);
    reused(&s, apart, "one id in two streams").await;

    // The same once it is stored.
    s.stored(add(&stream("a"), paid.clone())).await;
    let twice = to(&stream("a"), Expected::Any, [paid.clone(), paid]);
    reused(&s, twice, "a stored id twice").await;
}

pub(super) async fn the_answer_to_a_used_id_names_it(s: Subject) {
    let (old, new) = (event("Opened"), event("Paid"));
    s.stored(add(&stream("a"), old.clone())).await;

    let append = to(&stream("a"), Expected::Any, [new, old.clone()]);
    refused_with!(
        s.refused(append, "a used id").await,
        AppendError::EventIdReused { id } if *id == old.id,
        "the id that was used before is named"
    );
}

pub(super) async fn a_duplicate_of_an_erased_event_counts_whatever_its_payload(s: Subject) {
    let opened = tagged("Opened", &["email:john"]);
    let a = stream("a");
    let first = s.stored(add(&a, opened.clone())).await;
    s.erase(&a).await.expect("a stream can be erased");

    as_the_first_time(&s.stored(add(&a, opened.clone())).await, &first);
    holds(
        s.log().await[0].payload.is_empty(),
        "a duplicate does not bring back what was erased",
    );
    let other = NewEvent {
        name: "Closed".into(),
        ..opened
    };
    reused(&s, add(&a, other), "an erased event with another name").await;
}
