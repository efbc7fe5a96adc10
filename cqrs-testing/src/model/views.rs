//! The steps of the read side.

use bytes::Bytes;
use cqrs_core::{
    Position,
    store::documents::{
        Checkpoint, CommitError, DocumentChange, IndexRange, IndexValue, PageCommit, ParkedEvent,
        Selection, Subscription, SubscriptionKind,
    },
};

use super::{
    runner::{Checked, Runner, compare, differ, some_time},
    step::{CommitStep, ListStep},
};

impl Runner {
    pub(super) async fn commit(&mut self, step: &CommitStep) -> Checked {
        let commit = self.page_commit(step);
        let subscription = commit.subscription.clone();
        let expected = self.documents.commit(commit.clone());
        match self.fresh.store.commit(commit).await {
            Ok(()) if expected => {}
            Err(CommitError::Moved { .. }) if !expected => {}
            got => return differ("commit", &got, &format!("committed: {expected}")),
        }
        let got = self.fresh.store.checkpoint(&subscription).await;
        let expected = self.documents.view(&subscription).checkpoint;
        compare("checkpoint", &got.ok(), &Some(expected))
    }

    fn page_commit(&self, step: &CommitStep) -> PageCommit {
        let subscription = subscription(step.view);
        let stands = self.documents.view(&subscription).checkpoint;
        let next = Checkpoint {
            position: stands
                .map_or(Position::START, |stands| stands.position)
                .plus(1),
            epoch: 0,
            mixed: step.reset,
            built: !step.reset,
            paused: false,
        };
        let documents = step.documents.iter().map(|(key, content)| DocumentChange {
            key: bytes(*key),
            content: content.map(|(content, town)| {
                let value = |town| IndexValue {
                    index: "town".into(),
                    value: bytes(town),
                };
                (bytes(content), town.map(value).into_iter().collect())
            }),
        });
        let park = step.park.iter().map(|(key, position)| ParkedEvent {
            key: bytes(*key),
            key_text: key.to_string(),
            position: Position::new((*position).into()),
            attempts: (*position).into(),
            error: "no".to_owned(),
            parked_at: some_time(),
        });
        let unpark = step.unpark.iter();
        PageCommit {
            subscription,
            expected: if step.late { Some(next) } else { stands },
            checkpoint: next,
            reset: step.reset,
            documents: documents.collect(),
            park: park.collect(),
            unpark: unpark
                .map(|(key, position)| (bytes(*key), Position::new((*position).into())))
                .collect(),
        }
    }

    pub(super) async fn list(&self, step: &ListStep) -> Checked {
        let subscription = subscription(step.view);
        let selection = Selection {
            by: step.by.map(|(from, to)| IndexRange {
                index: "town".into(),
                from: from.map(bytes),
                to: to.map(bytes),
            }),
            after: step
                .after
                .map(|(value, key)| (step.by.map(|_| bytes(value)), bytes(key))),
            skip: step.skip,
            take: step.take,
        };
        let view = self.documents.view(&subscription);
        let got = self.fresh.store.list(&subscription, &selection).await;
        let expected = view.reading(view.list(&selection));
        compare("list", &got.ok(), &Some(expected))?;
        let got = self.fresh.store.count(&subscription, &selection).await;
        let expected = view.reading(view.count(&selection));
        compare("count", &got.ok(), &Some(expected))
    }

    pub(super) async fn documents(&self, view: u8, keys: &[u8]) -> Checked {
        let keys: Vec<_> = keys.iter().map(|key| bytes(*key)).collect();
        let view = subscription(view);
        let got = self.fresh.store.documents(&view, &keys).await;
        let expected = self.documents.view(&view);
        let found = keys.iter().map(|key| expected.document(key)).collect();
        compare("documents", &got.ok(), &Some(expected.reading(found)))
    }

    pub(super) async fn parked(&self, view: u8) -> Checked {
        let view = subscription(view);
        let got = self.fresh.store.parked(&view, None).await;
        let expected = self.documents.view(&view).parked;
        compare("parked", &got.ok(), &Some(expected))
    }

    pub(super) async fn forget(&mut self, view: u8) -> Checked {
        let view = subscription(view);
        self.documents.forget(&view);
        let got = self.fresh.store.forget(&view).await;
        compare("forget", &got.is_ok(), &true)
    }
}

fn subscription(number: u8) -> Subscription {
    Subscription {
        kind: match number {
            2 => SubscriptionKind::Handler,
            _ => SubscriptionKind::View,
        },
        name: "users".into(),
        version: 1 + u32::from(number % 2),
    }
}

/// Keys and values whose order of bytes is not that of numbers.
fn bytes(number: u8) -> Bytes {
    Bytes::from(number.wrapping_mul(37).to_string())
}
