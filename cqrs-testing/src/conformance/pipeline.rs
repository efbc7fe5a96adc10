//! Appends that are submitted together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use cqrs_core::{
    Append, AppendError, Appended, EventQuery, Expected, NewEvent, Position, store::append::Reply,
};

use super::subject::{
    Subject, add, broken, event, exactly, holds, in_order, refused_with, revisions, same, stream,
    tag, tagged, to,
};

/// Submits without waiting.
pub(super) fn submit(
    s: &Subject,
    append: Append,
) -> impl Future<Output = Result<Appended, AppendError>> + Send + use<> {
    let (reply, answer) = Reply::channel();
    s.submit(append, reply);
    answer
}

pub(super) async fn appends_to_one_stream_happen_in_the_order_submitted(s: Subject) {
    let a = stream("a");
    let answers: Vec<_> = (0..200)
        .map(|revision| submit(&s, to(&a, exactly(revision), [event("Paid")])))
        .collect();

    for (revision, answer) in (1..).zip(answers) {
        match answer.await {
            Ok(appended) => same(appended.revisions, revisions(&[revision]), "in order"),
            Err(error) => broken(
                "appends that are submitted together see those before them",
                &error,
            ),
        }
    }
    in_order(&s.log().await);
}

pub(super) async fn of_two_first_appends_submitted_together_the_first_wins(s: Subject) {
    let open = || to(&stream("a"), Expected::NoStream, [event("Opened")]);
    let (first, second) = (submit(&s, open()), submit(&s, open()));

    if let Err(error) = first.await {
        broken("the first append in the queue wins", &error);
    }
    match second.await {
        Ok(appended) => broken("the second one conflicts with the first", &appended),
        Err(error) => refused_with!(
            error,
            AppendError::Conflict { actual, .. } if actual.get() == 1,
            "the second one is judged by what the first one stored"
        ),
    }
}

pub(super) async fn a_condition_sees_appends_submitted_before_it(s: Subject) {
    let take = |id: &str| {
        let query = EventQuery::all().tag(tag("email:john"));
        add(&stream(id), tagged("Opened", &["email:john"])).only_if_none(query, Position::START)
    };
    let answers: Vec<_> = ["a", "b", "c"].map(|id| submit(&s, take(id))).into();
    let mut winners = Vec::new();
    for answer in answers {
        match answer.await {
            Ok(appended) => winners.push(appended.position.get()),
            Err(error) => refused_with!(
                error,
                AppendError::ConditionFailed { .. },
                "the others fail by their condition"
            ),
        }
    }
    same(
        winners,
        vec![1],
        "a condition sees what was submitted before",
    );
}

pub(super) async fn a_pure_check_sees_appends_submitted_before_it(s: Subject) {
    let moved = submit(&s, add(&stream("a"), event("Opened")));
    let check = Append::new()
        .stream(stream("a"), Expected::NoStream, [])
        .stream(stream("b"), Expected::Any, [event("Opened")]);
    let checked = submit(&s, check);

    if let Err(error) = moved.await {
        broken("the first append happens", &error);
    }
    match checked.await {
        Ok(appended) => broken("a check sees what was submitted before", &appended),
        Err(error) => refused_with!(error, AppendError::Conflict { .. }, "the check fails"),
    }
}

pub(super) async fn a_duplicate_submitted_right_behind_is_answered_as_one(s: Subject) {
    let append = to(
        &stream("a"),
        Expected::NoStream,
        [event("Opened"), event("Paid")],
    );
    let (first, second) = (submit(&s, append.clone()), submit(&s, append));
    let (first, second) = match (first.await, second.await) {
        (Ok(first), Ok(second)) => (first, second),
        other => broken("both are answered with what was stored", &other),
    };

    holds(!first.duplicate, "the first one stores it");
    holds(second.duplicate, "the second one finds it");
    same(second.position, first.position, "both have one position");
    same(s.end().await, Position::new(2), "it is stored once");
}

pub(super) async fn a_used_id_submitted_right_behind_is_an_error(s: Subject) {
    let opened = event("Opened");
    let other = NewEvent {
        name: "Closed".into(),
        ..opened.clone()
    };
    let first = submit(&s, add(&stream("a"), opened));
    let second = submit(&s, add(&stream("b"), other));

    if let Err(error) = first.await {
        broken("the first append happens", &error);
    }
    match second.await {
        Ok(appended) => broken("an id is used once", &appended),
        Err(error) => refused_with!(error, AppendError::EventIdReused { .. }, "a used id"),
    }
}

pub(super) async fn one_failure_among_many_has_no_effect_on_the_others(s: Subject) {
    let used = event("Used");
    s.stored(add(&stream("used"), used.clone())).await;
    let bad = [
        to(&stream("used"), Expected::NoStream, [event("Opened")]),
        add(&stream("x"), event("$reserved")),
        add(&stream("x"), NewEvent { version: 9, ..used }),
        add(&stream("x"), event("Opened")).only_if_none(EventQuery::all(), Position::START),
        add(&stream("x"), event("Opened")).only_if_none(EventQuery::all(), Position::new(9_999)),
    ];
    for (round, bad) in bad.into_iter().enumerate() {
        let mut answers = Vec::new();
        for number in 0..64 {
            let id = format!("{round}-{number}");
            let append = match number {
                31 => bad.clone(),
                _ => to(&stream(&id), Expected::NoStream, [event("Opened")]),
            };
            answers.push(submit(&s, append));
        }
        for (number, answer) in answers.into_iter().enumerate() {
            let answer = answer.await;
            same(
                answer.is_err(),
                number == 31,
                "one append that fails has no effect on those beside it",
            );
        }
    }
    let log = s.log().await;
    same(log.len(), 1 + 5 * 63, "all the others are stored");
    in_order(&log);
}

pub(super) async fn an_append_happens_although_nobody_waits_for_it(s: Subject) {
    for _ in 0..50 {
        drop(submit(&s, add(&stream("a"), event("Paid"))));
        let store = s.clone();
        let append = add(&stream("b"), event("Paid"));
        let caller = tokio::spawn(async move { store.append(append).await });
        caller.abort();
    }
    // What is submitted later is answered later.
    s.stored(add(&stream("c"), event("Paid"))).await;

    same(
        s.events_of(&stream("a")).await.len(),
        50,
        "what was submitted happens, whoever waits",
    );
    in_order(&s.log().await);
}

pub(super) async fn every_append_is_answered_once(s: Subject) {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<()>();
    let answered: Arc<Vec<_>> = Arc::new((0..100).map(|_| AtomicUsize::new(0)).collect());
    for number in 0..100 {
        let (answered, sender) = (Arc::clone(&answered), sender.clone());
        let reply = Reply::new(move |_| {
            answered[number].fetch_add(1, Ordering::Relaxed);
            drop(sender);
        });
        let expected = exactly(number as u64 / 2);
        s.submit(to(&stream("a"), expected, [event("Paid")]), reply);
    }
    drop(sender);
    // Closed when the last reply is gone.
    let closed = receiver.recv();
    let closed = tokio::time::timeout(std::time::Duration::from_secs(30), closed).await;

    holds(closed.is_ok(), "every append is answered");
    for count in answered.iter() {
        same(count.load(Ordering::Relaxed), 1, "exactly once");
    }
}

pub(super) async fn an_answered_append_can_be_read(s: Subject) {
    for round in 1..=20 {
        let appended = s.stored(add(&stream("a"), event("Paid"))).await;
        same(s.end().await, appended.position, "the head is there");
        same(
            s.events_of(&stream("a")).await.len(),
            round,
            "who was answered reads what was stored",
        );
    }
}
