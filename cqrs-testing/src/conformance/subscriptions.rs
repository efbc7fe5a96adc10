//! Checkpoints, and who may move them.

use std::sync::Arc;

use cqrs_core::{
    Position,
    store::documents::{Checkpoint, CommitError, PageCommit, Subscription, SubscriptionKind},
};
use tokio::{sync::Barrier, task::JoinSet};

use super::subject::{Subject, broken, refused_with, same};

pub(super) fn view(name: &'static str) -> Subscription {
    Subscription {
        kind: SubscriptionKind::View,
        name: name.into(),
        version: 1,
    }
}

pub(super) fn at(position: u64) -> Checkpoint {
    Checkpoint {
        position: Position::new(position),
        ..Checkpoint::default()
    }
}

/// A commit that changes nothing but the checkpoint.
pub(super) fn page(
    subscription: &Subscription,
    expected: Option<Checkpoint>,
    checkpoint: Checkpoint,
) -> PageCommit {
    PageCommit {
        subscription: subscription.clone(),
        expected,
        checkpoint,
        reset: false,
        documents: Vec::new(),
        park: Vec::new(),
        unpark: Vec::new(),
    }
}

pub(super) async fn commit(s: &Subject, commit: PageCommit) {
    if let Err(error) = s.commit(commit).await {
        broken(
            "a commit against the checkpoint that is there succeeds",
            &error,
        );
    }
}

pub(super) async fn moved(s: &Subject, commit: PageCommit, rule: &str) {
    let subscription = commit.subscription.clone();
    match s.commit(commit).await {
        Ok(()) => broken(rule, &"committed"),
        Err(error) => refused_with!(
            error,
            CommitError::Moved { subscription: of } if *of == subscription,
            rule
        ),
    }
}

pub(super) async fn checkpoint(s: &Subject, subscription: &Subscription) -> Option<Checkpoint> {
    match s.checkpoint(subscription).await {
        Ok(checkpoint) => checkpoint,
        Err(error) => broken("a checkpoint can be read", &error),
    }
}

pub(super) async fn a_subscription_that_never_committed_has_no_checkpoint(s: Subject) {
    same(checkpoint(&s, &view("users")).await, None, "none yet");
}

pub(super) async fn a_commit_moves_the_checkpoint(s: Subject) {
    let users = view("users");
    commit(&s, page(&users, None, at(0))).await;
    same(
        checkpoint(&s, &users).await,
        Some(at(0)),
        "0 is a place too",
    );
    commit(&s, page(&users, Some(at(0)), at(7))).await;

    same(checkpoint(&s, &users).await, Some(at(7)), "it has moved");
}

pub(super) async fn a_checkpoint_comes_back_with_epoch_and_mark(s: Subject) {
    let users = view("users");
    let stored = Checkpoint {
        position: Position::new((1 << 53) + 1),
        epoch: (1 << 53) + 1,
        mixed: true,
        built: true,
        paused: true,
    };
    commit(&s, page(&users, None, stored)).await;

    same(checkpoint(&s, &users).await, Some(stored), "all of it");
}

pub(super) async fn a_commit_against_another_position_is_late(s: Subject) {
    let users = view("users");
    commit(&s, page(&users, None, at(7))).await;

    moved(&s, page(&users, Some(at(6)), at(8)), "an older position").await;
    moved(&s, page(&users, Some(at(8)), at(9)), "a later position").await;
    same(
        checkpoint(&s, &users).await,
        Some(at(7)),
        "it has not moved",
    );
}

pub(super) async fn a_first_commit_that_is_not_the_first_is_late(s: Subject) {
    let users = view("users");
    commit(&s, page(&users, None, at(7))).await;

    moved(&s, page(&users, None, at(7)), "a checkpoint is there").await;
}

pub(super) async fn a_commit_against_a_checkpoint_that_is_not_there_is_late(s: Subject) {
    let users = view("users");

    moved(&s, page(&users, Some(at(0)), at(1)), "none is there").await;
    same(checkpoint(&s, &users).await, None, "nothing is stored");
}

pub(super) async fn a_commit_of_an_older_epoch_is_late(s: Subject) {
    let users = view("users");
    let epoch = |epoch, position| Checkpoint {
        epoch,
        ..at(position)
    };
    commit(&s, page(&users, None, epoch(1, 5))).await;
    commit(&s, page(&users, Some(epoch(1, 5)), epoch(2, 5))).await;

    let late = page(&users, Some(epoch(1, 5)), epoch(1, 6));
    moved(
        &s,
        late,
        "the lease is another's, although the position is the same",
    )
    .await;
    commit(&s, page(&users, Some(epoch(2, 5)), epoch(2, 6))).await;
}

pub(super) async fn subscriptions_are_apart_by_kind_name_and_version(s: Subject) {
    let handler = Subscription {
        kind: SubscriptionKind::Handler,
        ..view("users")
    };
    let second = Subscription {
        version: 2,
        ..view("users")
    };
    let all = [view("users"), handler, second, view("Users"), view("user")];
    for (position, subscription) in (1..).zip(&all) {
        commit(&s, page(subscription, None, at(position))).await;
    }

    for (position, subscription) in (1..).zip(&all) {
        let stored = checkpoint(&s, subscription).await;
        same(stored, Some(at(position)), "each has its own");
    }
}

pub(super) async fn subscriptions_are_listed_in_order(s: Subject) {
    let subscription = |kind, name: &'static str, version| Subscription {
        kind,
        name: name.into(),
        version,
    };
    let sorted = [
        subscription(SubscriptionKind::View, "accounts", 1),
        subscription(SubscriptionKind::View, "accounts", 2),
        subscription(SubscriptionKind::View, "accounts", 10),
        subscription(SubscriptionKind::View, "users", 1),
        subscription(SubscriptionKind::Handler, "mail", 1),
    ];
    for subscription in sorted.iter().rev() {
        commit(&s, page(subscription, None, at(3))).await;
    }

    let listed = s.subscriptions().await.expect("they can be listed");
    let expected: Vec<_> = sorted.map(|subscription| (subscription, at(3))).into();
    same(
        listed,
        expected,
        "by kind, name and version, as `Ord` has it",
    );
}

pub(super) async fn no_subscription_is_listed_at_first(s: Subject) {
    let listed = s.subscriptions().await.expect("they can be listed");
    same(listed, Vec::new(), "none has committed");
}

pub(super) async fn of_many_commits_at_once_one_wins(s: Subject) {
    let users = view("users");
    let mut expected = None;
    for position in 1..=10 {
        let barrier = Arc::new(Barrier::new(8));
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let (s, barrier) = (s.clone(), Arc::clone(&barrier));
            let page = page(&users, expected, at(position));
            tasks.spawn(async move {
                barrier.wait().await;
                s.commit(page).await.is_ok()
            });
        }
        let winners = tasks.join_all().await;
        let winners = winners.into_iter().filter(|won| *won).count();
        same(winners, 1, "of many who expect one checkpoint, one wins");
        expected = Some(at(position));
    }
}
