//! Appends and commits that go wrong.

use std::{
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use cqrs_core::{
    Append, Appended, EventId, EventStore, Expected, Memory, Revision, StoreError,
    store::{
        append::{AppendError, Reply},
        documents::{CommitError, PageCommit, ViewStore},
        error::StoreErrorKind,
    },
};
use uuid::Uuid;

use crate::twist::Twist;

/// The answer is given before the commit, which fails now and then.
#[derive(Debug, Default)]
pub(crate) struct AcknowledgedBefore(AtomicU64);

impl Twist for AcknowledgedBefore {
    fn submit(&self, inner: &Memory, append: Append, reply: Reply) {
        if self.0.fetch_add(1, Ordering::Relaxed) % 50 != 49 {
            return inner.submit(append, reply);
        }
        let head = *inner.watch().borrow();
        reply.send(Ok(Appended {
            position: head.plus(append.event_count() as u64),
            revisions: append
                .streams
                .iter()
                .map(|listed| match listed.expected {
                    Expected::Exactly(revision) => revision,
                    Expected::Any | Expected::NoStream => Revision::NONE,
                })
                .collect(),
            recorded_at: SystemTime::now(),
            duplicate: false,
        }));
    }
}

/// What waits together is judged by the state before the batch, and then stored.
#[derive(Debug, Default)]
pub(crate) struct JudgedBeforeTheBatch(Arc<Mutex<Vec<(Append, Reply)>>>);

impl Twist for JudgedBeforeTheBatch {
    fn submit(&self, inner: &Memory, append: Append, reply: Reply) {
        let mut waiting = self.0.lock().expect("not poisoned");
        waiting.push((append, reply));
        if waiting.len() > 1 {
            return;
        }
        let (waiting, inner) = (Arc::clone(&self.0), inner.clone());
        tokio::spawn(async move {
            // Until the others that come now have come too.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            let batch = mem::take(&mut *waiting.lock().expect("not poisoned"));
            let mut judged = Vec::new();
            for (append, reply) in batch {
                judged.push((judge(&inner, &append).await, append, reply));
            }
            for (verdict, append, reply) in judged {
                match verdict {
                    Ok(()) => inner.submit(unchecked(append), reply),
                    Err(error) => reply.send(Err(error)),
                }
            }
        });
    }
}

async fn judge(inner: &Memory, append: &Append) -> Result<(), AppendError> {
    let mut check = append.clone();
    for listed in &mut check.streams {
        listed.events.clear();
    }
    let (reply, answer) = Reply::channel();
    inner.submit(check, reply);
    answer.await.map(|_checked| ())
}

fn unchecked(mut append: Append) -> Append {
    append.condition = None;
    for listed in &mut append.streams {
        listed.expected = Expected::Any;
    }
    append
}

/// An append over several streams is several appends.
#[derive(Debug)]
pub(crate) struct PartlyStored;

impl Twist for PartlyStored {
    fn submit(&self, inner: &Memory, append: Append, reply: Reply) {
        let Some((last, others)) = append.streams.split_last() else {
            return inner.submit(append, reply);
        };
        for listed in others {
            let (ignored, _answer) = Reply::channel();
            let one = Append {
                streams: vec![listed.clone()],
                condition: append.condition.clone(),
            };
            inner.submit(one, ignored);
        }
        let one = Append {
            streams: vec![last.clone()],
            condition: append.condition.clone(),
        };
        inner.submit(one, reply);
    }
}

/// Event ids are not kept unique.
#[derive(Debug)]
pub(crate) struct ForgetsIds;

impl Twist for ForgetsIds {
    fn submit(&self, inner: &Memory, mut append: Append, reply: Reply) {
        for listed in &mut append.streams {
            for event in &mut listed.events {
                event.id = EventId::new(Uuid::now_v7());
            }
        }
        inner.submit(append, reply);
    }
}

/// A duplicate is only recognised as long as its expected revision still holds.
#[derive(Debug)]
pub(crate) struct RetriedAsNew;

impl Twist for RetriedAsNew {
    fn submit(&self, inner: &Memory, append: Append, reply: Reply) {
        let checked = inner.clone();
        let mut check = append.clone();
        for listed in &mut check.streams {
            listed.events.clear();
        }
        let after = Reply::new(move |answer| match answer {
            Err(error @ AppendError::Conflict { .. }) => reply.send(Err(error)),
            _ => checked.submit(append, reply),
        });
        inner.submit(check, after);
    }
}

/// The checkpoint is stored first, and the documents after it.
#[derive(Debug)]
pub(crate) struct SplitCommit;

#[async_trait]
impl Twist for SplitCommit {
    async fn commit(&self, inner: &Memory, commit: PageCommit) -> Result<(), CommitError> {
        let mut rest = commit.clone();
        let first = PageCommit {
            documents: rest.documents.split_off(rest.documents.len().div_ceil(2)),
            ..commit
        };
        rest.expected = Some(first.checkpoint);
        rest.reset = false;
        inner.commit(first).await?;
        // Long enough for others to come between.
        tokio::time::sleep(Duration::from_millis(1)).await;
        inner.commit(rest).await
    }
}

/// After an append that fails, the next one fails too: both were in one transaction.
#[derive(Debug, Default)]
pub(crate) struct FailsItsNeighbour(Arc<AtomicBool>);

impl Twist for FailsItsNeighbour {
    fn submit(&self, inner: &Memory, append: Append, reply: Reply) {
        let failed = Arc::clone(&self.0);
        if failed.swap(false, Ordering::Relaxed) {
            let error = StoreError::new(StoreErrorKind::Other, "the transaction was aborted");
            return reply.send(Err(AppendError::Store(error)));
        }
        let noted = Reply::new(move |answer| {
            failed.store(answer.is_err(), Ordering::Relaxed);
            reply.send(answer);
        });
        inner.submit(append, noted);
    }
}

/// An append over several streams is cut off in the middle, now and then, as by a caller in whose future it runs.
#[derive(Debug, Default)]
pub(crate) struct CutOff(AtomicU64);

impl Twist for CutOff {
    fn submit(&self, inner: &Memory, mut append: Append, reply: Reply) {
        if self.0.fetch_add(1, Ordering::Relaxed) % 10 != 9 {
            return inner.submit(append, reply);
        }
        append.streams.truncate(1);
        let (ignored, _answer) = Reply::channel();
        inner.submit(append, ignored);
    }
}
