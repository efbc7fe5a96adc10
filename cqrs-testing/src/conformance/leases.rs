//! Who keeps which view or handler, among several nodes.

use std::time::Duration;

use bytes::Bytes;
use cqrs_core::{
    NodeId, OrderId,
    store::{
        documents::{Checkpoint, Subscription},
        leases::{Beat, Lease, LeaseOrder, Pulse},
    },
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    documents::bytes,
    subject::{Subject, broken, same},
    subscriptions::{at, commit, moved, page, view},
};

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(100);

const fn node(number: u128) -> NodeId {
    NodeId::new(Uuid::from_u128(number))
}

const fn order_id(number: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(number))
}

/// A node says that it lives and could run these.
async fn beat(s: &Subject, number: u128, term: Duration, of: &[&Subscription]) -> Pulse {
    let report = bytes(&format!("report of {number}"));
    let beat = Beat {
        node: node(number),
        name: format!("node {number}"),
        term,
        subscriptions: of
            .iter()
            .map(|of| ((*of).clone(), report.clone()))
            .collect(),
    };
    match s.beat(&beat).await {
        Ok(pulse) => pulse,
        Err(error) => broken("a node can say that it lives", &error),
    }
}

async fn leases(s: &Subject) -> Vec<Lease> {
    match s.leases().await {
        Ok(leases) => leases,
        Err(error) => broken("leases can be listed", &error),
    }
}

/// Who holds each lease, and its epoch.
fn held(leases: &[Lease]) -> Vec<(Option<NodeId>, u64)> {
    let held = leases.iter();
    held.map(|lease| (lease.holder.as_ref().map(|holder| holder.node), lease.epoch))
        .collect()
}

fn under(epoch: u64, position: u64) -> Checkpoint {
    Checkpoint {
        epoch,
        ..at(position)
    }
}

/// Lets a term run out, by the store's clock, which is not the test's.
async fn run_out() {
    tokio::time::sleep(SHORT * 3).await;
}

pub(super) async fn whoever_comes_first_holds_a_lease_and_keeps_it(s: Subject) {
    let (users, mail) = (view("users"), view("mail"));
    let first = beat(&s, 1, LONG, &[&users, &mail]).await;
    same(
        held(&first.leases),
        vec![(Some(node(1)), 1), (Some(node(1)), 1)],
        "what nobody holds is taken, in the order of the beat",
    );
    let second = beat(&s, 2, LONG, &[&mail, &users]).await;
    same(
        held(&second.leases),
        vec![(Some(node(1)), 1), (Some(node(1)), 1)],
        "what is held is not taken",
    );
    let again = beat(&s, 1, LONG, &[&users]).await;
    same(
        held(&again.leases),
        vec![(Some(node(1)), 1)],
        "renewing keeps the epoch",
    );
    same((first.nodes, second.nodes), (1, 2), "nodes that live");
}

pub(super) async fn a_lease_says_who_holds_it_and_what_was_said(s: Subject) {
    let users = view("users");
    beat(&s, 1, LONG, &[&users]).await;
    beat(&s, 2, LONG, &[&users]).await;

    let listed = leases(&s).await;
    same(listed.len(), 1, "one lease");
    let Some(lease) = listed.into_iter().next() else {
        return;
    };
    same(lease.subscription, users, "of what");
    let name = lease.holder.map(|holder| holder.name);
    same(name, Some("node 1".to_owned()), "who");
    same(
        lease.report,
        bytes("report of 1"),
        "what its holder said, not what others did",
    );
    same(
        lease.unannounced < LONG,
        true,
        "it was announced a moment ago",
    );
}

pub(super) async fn a_lease_that_is_not_renewed_goes_to_another_under_the_next_epoch(s: Subject) {
    let users = view("users");
    beat(&s, 1, SHORT, &[&users]).await;
    run_out().await;
    same(held(&leases(&s).await), vec![(None, 1)], "its term ended");

    let taken = beat(&s, 2, LONG, &[&users]).await;
    same(
        held(&taken.leases),
        vec![(Some(node(2)), 2)],
        "another takes it",
    );
    let late = beat(&s, 1, LONG, &[&users]).await;
    same(
        held(&late.leases),
        vec![(Some(node(2)), 2)],
        "who wakes up late does not get it back",
    );
}

pub(super) async fn a_node_that_leaves_lets_go_at_once(s: Subject) {
    let users = view("users");
    beat(&s, 1, LONG, &[&users]).await;
    if let Err(error) = s.leave(node(1)).await {
        broken("a node can leave", &error);
    }
    let taken = beat(&s, 2, LONG, &[&users]).await;
    same(held(&taken.leases), vec![(Some(node(2)), 2)], "it was free");
    same(taken.nodes, 1, "who has left does not live");
}

pub(super) async fn of_many_nodes_at_once_one_gets_a_lease(s: Subject) {
    let users = view("users");
    let mut all = JoinSet::new();
    for number in 1..=16 {
        let (s, users) = (s.clone(), users.clone());
        all.spawn(async move { beat(&s, number, LONG, &[&users]).await });
    }
    let pulses = all.join_all().await;
    let mut holders: Vec<_> = pulses
        .iter()
        .flat_map(|pulse| held(&pulse.leases))
        .collect();
    holders.dedup();
    same(holders.len(), 1, "one holder, whoever was asked");
    same(
        holders.first().map(|(_, epoch)| *epoch),
        Some(1),
        "it was taken once",
    );
}

pub(super) async fn a_commit_under_the_epoch_of_the_lease_is_made(s: Subject) {
    let users = view("users");
    beat(&s, 1, LONG, &[&users]).await;
    commit(&s, page(&users, None, under(1, 5))).await;
    commit(&s, page(&users, Some(under(1, 5)), under(1, 6))).await;
}

pub(super) async fn a_commit_under_an_older_epoch_is_late_although_nothing_has_moved(s: Subject) {
    let users = view("users");
    beat(&s, 1, SHORT, &[&users]).await;
    commit(&s, page(&users, None, under(1, 5))).await;
    run_out().await;
    beat(&s, 2, LONG, &[&users]).await;

    let late = page(&users, Some(under(1, 5)), under(1, 6));
    moved(&s, late, "the lease is another's").await;
    commit(&s, page(&users, Some(under(1, 5)), under(2, 6))).await;
}

pub(super) async fn orders_reach_whoever_holds_the_lease_until_they_are_answered(s: Subject) {
    let (users, mail) = (view("users"), view("mail"));
    beat(&s, 1, LONG, &[&users]).await;
    beat(&s, 2, LONG, &[&mail]).await;
    let orders = [(1, &users), (2, &mail), (3, &users)].map(|(number, of)| LeaseOrder {
        id: order_id(number),
        subscription: of.clone(),
        what: bytes("pause"),
    });
    for order in &orders {
        if let Err(error) = s.send_order(order).await {
            broken("an order can be given", &error);
        }
    }
    let [first, other, third] = orders;
    same(
        beat(&s, 1, LONG, &[&users]).await.orders,
        vec![first.clone(), third.clone()],
        "its own, in order",
    );
    same(
        beat(&s, 2, LONG, &[&mail]).await.orders,
        vec![other],
        "and those of another are told to the other",
    );
    same(answer(&s, 1).await, None, "not yet answered");
    if let Err(error) = s.answer_order(first.id, bytes("done")).await {
        broken("an order can be answered", &error);
    }
    same(answer(&s, 1).await, Some(bytes("done")), "the answer");
    same(
        beat(&s, 1, LONG, &[&users]).await.orders,
        vec![third],
        "what is answered is not told again",
    );
    same(answer(&s, 9).await, None, "nobody gave that order");
}

async fn answer(s: &Subject, number: u128) -> Option<Bytes> {
    match s.order_answer(order_id(number)).await {
        Ok(answer) => answer,
        Err(error) => broken("an answer can be looked for", &error),
    }
}

pub(super) async fn forgetting_a_subscription_forgets_its_lease(s: Subject) {
    let users = view("users");
    beat(&s, 1, LONG, &[&users]).await;
    commit(&s, page(&users, None, under(1, 5))).await;
    if let Err(error) = s.forget(&users).await {
        broken("a subscription can be forgotten", &error);
    }
    same(leases(&s).await, Vec::new(), "no lease is left");
}
