//! Events that wait for somebody to look at them.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use cqrs_core::{
    Position,
    store::documents::{PageCommit, ParkedEvent, Subscription, SubscriptionKind},
};

use super::{
    documents::bytes,
    subject::{Subject, broken, same},
    subscriptions::{at, checkpoint, commit, moved, page, view},
};

fn parked(key: &str, position: u64) -> ParkedEvent {
    ParkedEvent {
        key: bytes(key),
        key_text: format!("user `{key}`"),
        position: Position::new(position),
        attempts: 3,
        error: "the mail server said \"no\"\n\u{1f600}".into(),
        parked_at: UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456),
    }
}

fn mail() -> Subscription {
    Subscription {
        kind: SubscriptionKind::Handler,
        ..view("mail")
    }
}

/// Commits what parks and unparks, wherever the subscription stands.
async fn park(
    s: &Subject,
    of: &Subscription,
    events: impl IntoIterator<Item = ParkedEvent>,
    dealt_with: &[(&str, u64)],
) {
    let stands = checkpoint(s, of).await;
    let next = at(stands.map_or(0, |checkpoint| checkpoint.position.get()) + 1);
    let dealt_with = dealt_with.iter();
    let dealt_with = dealt_with.map(|(key, position)| (bytes(key), Position::new(*position)));
    let page = PageCommit {
        park: events.into_iter().collect(),
        unpark: dealt_with.collect(),
        ..page(of, stands, next)
    };
    commit(s, page).await;
}

async fn list(s: &Subject, of: &Subscription, key: Option<&str>) -> Vec<(String, u64)> {
    let key = key.map(bytes);
    let events = match s.parked(of, key.as_ref()).await {
        Ok(events) => events,
        Err(error) => broken("parked events can be listed", &error),
    };
    let text = |key: &Bytes| String::from_utf8_lossy(key).into_owned();
    events
        .iter()
        .map(|event| (text(&event.key), event.position.get()))
        .collect()
}

fn expected(events: &[(&str, u64)]) -> Vec<(String, u64)> {
    let events = events.iter();
    events
        .map(|(key, position)| ((*key).to_owned(), *position))
        .collect()
}

pub(super) async fn nothing_is_parked_at_first(s: Subject) {
    same(list(&s, &mail(), None).await, expected(&[]), "nothing");
}

pub(super) async fn a_parked_event_comes_back_as_it_was(s: Subject) {
    let waits = ParkedEvent {
        attempts: 0,
        error: String::new(),
        ..parked("b", 9)
    };
    let events = vec![parked("a", 7), waits];
    park(&s, &mail(), events.clone(), &[]).await;

    match s.parked(&mail(), None).await {
        Ok(stored) => same(stored, events, "all of it comes back"),
        Err(error) => broken("parked events can be listed", &error),
    }
}

pub(super) async fn parked_events_are_listed_by_key_and_position(s: Subject) {
    let events = [("b", 2), ("a", 10), ("b", 1), ("a", 9), ("", 5)];
    let given = events.map(|(key, position)| parked(key, position));
    park(&s, &mail(), given, &[]).await;

    same(
        list(&s, &mail(), None).await,
        expected(&[("", 5), ("a", 9), ("a", 10), ("b", 1), ("b", 2)]),
        "by key, then position as a number",
    );
    same(
        list(&s, &mail(), Some("a")).await,
        expected(&[("a", 9), ("a", 10)]),
        "of one key",
    );
    same(list(&s, &mail(), Some("x")).await, expected(&[]), "of none");
}

pub(super) async fn what_is_dealt_with_is_no_longer_parked(s: Subject) {
    park(
        &s,
        &mail(),
        [parked("a", 1), parked("a", 2), parked("b", 1)],
        &[],
    )
    .await;
    park(&s, &mail(), [], &[("a", 1), ("none", 1), ("b", 2)]).await;

    same(
        list(&s, &mail(), None).await,
        expected(&[("a", 2), ("b", 1)]),
        "only what was named is gone; naming what is not there is no error",
    );
}

pub(super) async fn an_event_parked_again_is_replaced(s: Subject) {
    park(&s, &mail(), [parked("a", 1)], &[]).await;
    let again = ParkedEvent {
        attempts: 4,
        error: "still no".into(),
        ..parked("a", 1)
    };
    park(&s, &mail(), [again.clone()], &[]).await;

    let stored = s.parked(&mail(), None).await.expect("they can be listed");
    same(stored, vec![again], "the later one is there, once");
}

pub(super) async fn an_event_dealt_with_and_parked_in_one_commit_is_parked(s: Subject) {
    park(&s, &mail(), [parked("a", 1)], &[]).await;
    park(&s, &mail(), [parked("a", 1)], &[("a", 1)]).await;

    same(
        list(&s, &mail(), None).await,
        expected(&[("a", 1)]),
        "unparking goes before parking",
    );
}

pub(super) async fn a_late_commit_parks_nothing(s: Subject) {
    park(&s, &mail(), [parked("a", 1)], &[]).await;
    let late = PageCommit {
        park: vec![parked("b", 2)],
        unpark: vec![(bytes("a"), Position::new(1))],
        ..page(&mail(), None, at(2))
    };

    moved(&s, late, "the checkpoint is another").await;
    same(
        list(&s, &mail(), None).await,
        expected(&[("a", 1)]),
        "neither parked nor unparked",
    );
}

pub(super) async fn the_parked_events_of_subscriptions_are_apart(s: Subject) {
    let view = view("mail");
    park(&s, &mail(), [parked("a", 1)], &[]).await;
    park(&s, &view, [parked("a", 1), parked("b", 2)], &[]).await;
    park(&s, &view, [], &[("a", 1)]).await;

    same(list(&s, &mail(), None).await, expected(&[("a", 1)]), "own");
    same(list(&s, &view, None).await, expected(&[("b", 2)]), "own");
}

pub(super) async fn a_reset_and_forgetting_unpark_everything(s: Subject) {
    let view = view("users");
    for of in [&view, &mail()] {
        park(&s, of, [parked("a", 1), parked("b", 2)], &[]).await;
    }
    let stands = checkpoint(&s, &view).await;
    let reset = PageCommit {
        reset: true,
        park: vec![parked("c", 3)],
        ..page(&view, stands, at(0))
    };
    commit(&s, reset).await;
    s.forget(&mail()).await.expect("it can be forgotten");

    same(list(&s, &view, None).await, expected(&[("c", 3)]), "reset");
    same(list(&s, &mail(), None).await, expected(&[]), "forgotten");
}
