//! Many writers and readers at once.

use std::sync::Arc;

use cqrs_core::{Append, AppendError, Appended, EventQuery, Expected, Position, Range, Revision};
use tokio::{sync::Barrier, task::JoinSet};

use super::subject::{
    Subject, add, broken, event, exactly, holds, in_order, refused_with, same, stream, tag, tagged,
    to,
};

const TASKS: usize = 16;

/// What all tasks get that append at the same moment.
async fn at_once(
    s: &Subject,
    append: impl Fn(usize) -> Append,
) -> Vec<Result<Appended, AppendError>> {
    let barrier = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (s, barrier, append) = (s.clone(), Arc::clone(&barrier), append(task));
        tasks.spawn(async move {
            barrier.wait().await;
            s.append(append).await
        });
    }
    tasks.join_all().await
}

pub(super) async fn of_many_with_one_expected_revision_one_wins(s: Subject) {
    for revision in 0..20 {
        let answers = at_once(&s, |_| to(&stream("a"), exactly(revision), [event("Paid")])).await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        same(winners, 1, "of many who expect one revision, one wins");
        for error in answers.into_iter().filter_map(Result::err) {
            refused_with!(
                error,
                AppendError::Conflict { actual, .. } if actual.get() == revision + 1,
                "the others learn where the stream stands"
            );
        }
    }
    in_order(&s.log().await);
}

pub(super) async fn of_many_with_one_condition_one_wins(s: Subject) {
    for round in 0..20 {
        let email = format!("email:{round}");
        let head = s.end().await;
        let answers = at_once(&s, |task| {
            add(
                &stream(&format!("{round}-{task}")),
                tagged("Opened", &[&email]),
            )
            .only_if_none(EventQuery::all().tag(tag(&email)), head)
        })
        .await;
        let winners = answers.iter().filter(|answer| answer.is_ok()).count();
        same(winners, 1, "of many with one condition, one wins");
        for error in answers.into_iter().filter_map(Result::err) {
            refused_with!(error, AppendError::ConditionFailed { .. }, "the others");
        }
    }
    in_order(&s.log().await);
}

pub(super) async fn an_append_sent_many_times_at_once_is_stored_once(s: Subject) {
    for round in 1..=20 {
        let append = to(
            &stream(&round.to_string()),
            Expected::NoStream,
            [event("Opened"), event("Paid")],
        );
        let answers = at_once(&s, |_| append.clone()).await;
        let mut first = 0;
        for answer in answers {
            match answer {
                Ok(appended) => {
                    first += usize::from(!appended.duplicate);
                    same(appended.position.get(), 2 * round, "all get one position");
                }
                Err(error) => broken("a duplicate is answered as the first time", &error),
            }
        }
        same(first, 1, "one of them is the first");
    }
    in_order(&s.log().await);
}

pub(super) async fn writers_that_overlap_leave_no_gaps(s: Subject) {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let s = s.clone();
        tasks.spawn(async move {
            for round in 0..20 {
                // Every two tasks share two streams and list them in another order.
                let (one, two) = (task / 2, task / 2 + 1);
                let (one, two) = if task % 2 == 0 {
                    (one, two)
                } else {
                    (two, one)
                };
                let append = Append::new()
                    .stream(stream(&one.to_string()), Expected::Any, [event("Sent")])
                    .stream(
                        stream(&two.to_string()),
                        Expected::Any,
                        (0..round % 3).map(|_| event("Got")),
                    );
                s.stored(append).await;
            }
        });
    }
    tasks.join_all().await;

    let log = s.log().await;
    same(log.len(), TASKS * (20 + 19), "everything is stored");
    in_order(&log);
}

pub(super) async fn a_reader_sees_no_gaps_while_others_write(s: Subject) {
    const EVENTS: u64 = 16 * 20;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let s = s.clone();
        tasks.spawn(async move {
            for _ in 0..20 {
                s.record(&stream(&task.to_string()), &["Paid"]).await;
                tokio::task::yield_now().await;
            }
        });
    }
    let mut seen = Position::START;
    while seen.get() < EVENTS {
        let (events, head) = s
            .page(&EventQuery::all(), Range::after(seen).limit(50))
            .await;
        for event in &events {
            same(event.meta.position, seen.plus(1), "the next one is next");
            seen = event.meta.position;
        }
        holds(
            seen <= head && (events.len() == 50 || seen == head),
            "a page that is not full has reached its head",
        );
        tokio::task::yield_now().await;
    }
    tasks.join_all().await;
}

pub(super) async fn a_page_is_read_from_one_moment(s: Subject) {
    let writer = tokio::spawn({
        let s = s.clone();
        async move {
            for _ in 0..200 {
                let append = Append::new()
                    .stream(stream("a"), Expected::Any, [event("Sent")])
                    .stream(stream("b"), Expected::Any, [event("Got")]);
                s.stored(append).await;
            }
        }
    });
    while !writer.is_finished() {
        let page = s.read_stream(&stream("a"), Revision::NONE, 1_000).await;
        let page = page.expect("a stream can be read");
        same(
            (page.events.len() as u64, page.head.get()),
            (page.revision.get(), page.revision.get() * 2),
            "events, revision and head of a page are of one moment",
        );
        holds(page.head.get() % 2 == 0, "an append is there whole or not");
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer writes");
}
