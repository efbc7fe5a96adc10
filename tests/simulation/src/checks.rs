//! What must hold when all is over.

use std::collections::{BTreeMap, BTreeSet};

use cqrs::{Apply, CommandId, Event, EventQuery, Position, Range, Store, StoredEvent};

use crate::{
    bank::{Account, Amount, Deposited, GetAccount, GetAmount, LARGE, Rewarded, Withdrawn},
    client::{Fate, Told},
    nodes::{Node, World},
    tail::Seen,
};

pub(crate) async fn all<S: Store + Clone>(world: &World<S>, node: &Node, told: &Told, seen: &Seen) {
    let store: &dyn Store = &world.store;
    let range = Range::after(Position::START).limit(usize::MAX);
    let log = match store.read(&EventQuery::all(), range).await {
        Ok(page) => page.events,
        Err(error) => {
            return world
                .trace
                .find(format_args!("the log cannot be read: {error}"));
        }
    };
    for event in &log {
        let (meta, payload) = (&event.meta, String::from_utf8_lossy(&event.payload));
        world.trace.say(format_args!("{meta:?} {payload}"));
    }
    in_order(world, &log);
    as_told(world, &log, told);
    seen_once(world, &log, seen);
    effects(world, &log);
    letters(world, &log);
    views(world, node, &log).await;
}

/// Positions and revisions are 1, 2, 3 .., and time does not go back.
fn in_order<S: Store + Clone>(world: &World<S>, log: &[StoredEvent]) {
    let mut revisions = BTreeMap::new();
    for (event, position) in log.iter().zip(1..) {
        let meta = &event.meta;
        let revision = revisions.entry(meta.stream.to_string()).or_insert(0);
        *revision += 1;
        if meta.position.get() != position || meta.revision.get() != *revision {
            world.trace.find(format_args!("{meta:?} is out of order"));
        }
    }
    if !log.is_sorted_by_key(|event| event.meta.recorded_at) {
        world.trace.find(format_args!("time went back"));
    }
}

/// What was acknowledged happened once, what was not done did not happen, and the rest at most once.
fn as_told<S: Store + Clone>(world: &World<S>, log: &[StoredEvent], told: &Told) {
    let mut count = BTreeMap::<CommandId, u32>::new();
    for event in log {
        if let Some(id) = event.meta.command_id() {
            *count.entry(id).or_default() += 1;
        }
    }
    for (id, fate) in told {
        let happened = count.get(id).copied().unwrap_or_default();
        let right = match fate {
            Fate::Acknowledged => happened == 1,
            Fate::NotDone => happened == 0,
            Fate::Unknown => happened <= 1,
        };
        if !right {
            world.trace.find(format_args!(
                "{id} is {fate:?} and happened {happened} times"
            ));
        }
    }
}

fn seen_once<S: Store + Clone>(world: &World<S>, log: &[StoredEvent], seen: &Seen) {
    let stored: Seen = log
        .iter()
        .map(|event| (event.meta.position, event.meta.id))
        .collect();
    if !stored.starts_with(seen) {
        world
            .trace
            .find(format_args!("a reader saw what is not in the log"));
    }
}

/// Each large deposit has one reward, and nothing else has.
fn effects<S: Store + Clone>(world: &World<S>, log: &[StoredEvent]) {
    let large = log.iter().filter_map(|event| {
        let deposited: Deposited = read(event)?;
        (deposited.amount >= LARGE).then_some(event.meta.position.get())
    });
    let rewarded = log.iter().filter_map(|event| {
        let rewarded: Rewarded = read(event)?;
        Some(rewarded.deposit)
    });
    let large: Vec<_> = large.collect();
    let mut rewarded: Vec<_> = rewarded.collect();
    rewarded.sort_unstable();
    if large != rewarded {
        world
            .trace
            .find(format_args!("large are {large:?}, rewarded {rewarded:?}"));
    }
}

/// Each event has a letter at least, and nothing else has.
fn letters<S: Store + Clone>(world: &World<S>, log: &[StoredEvent]) {
    let sent: BTreeSet<_> = world.letters.sent().into_iter().collect();
    let due = log.iter().filter(|event| event.meta.name != Rewarded::NAME);
    let due: BTreeSet<_> = due
        .map(|event| {
            let (stream, revision) = (&event.meta.stream, event.meta.revision);
            (stream.id().to_owned(), revision.get())
        })
        .collect();
    if sent != due {
        let lost: Vec<_> = due.symmetric_difference(&sent).collect();
        world
            .trace
            .find(format_args!("letters lost or made up: {lost:?}"));
    }
}

/// Views are the fold of the log.
async fn views<S: Store + Clone>(world: &World<S>, node: &Node, log: &[StoredEvent]) {
    let mut accounts = BTreeMap::<u8, Account>::new();
    let mut amounts = BTreeMap::<u32, u64>::new();
    for event in log {
        let account = event.meta.stream.id().parse().unwrap_or_default();
        if let Some(deposited) = read::<Deposited>(event) {
            Apply::apply(accounts.entry(account).or_default(), &deposited);
            *amounts.entry(deposited.amount).or_default() += 1;
        } else if let Some(withdrawn) = read::<Withdrawn>(event) {
            Apply::apply(accounts.entry(account).or_default(), &withdrawn);
        }
    }
    for (account, expected) in accounts {
        let shown = world
            .in_time("a query", node.app.ask(GetAccount { account }))
            .await;
        if !matches!(&shown, Some(Ok(shown)) if shown.as_ref() == Some(&expected)) {
            world.trace.find(format_args!(
                "account {account} is {shown:?}, its events say {expected:?}"
            ));
        }
    }
    for (amount, count) in amounts {
        let shown = world
            .in_time("a query", node.app.ask(GetAmount { amount }))
            .await;
        if !matches!(&shown, Some(Ok(shown)) if *shown == Some(Amount { count })) {
            world.trace.find(format_args!(
                "amount {amount} is {shown:?}, it came {count} times"
            ));
        }
    }
}

fn read<E: Event>(event: &StoredEvent) -> Option<E> {
    (event.meta.name == E::NAME).then_some(())?;
    serde_json::from_slice(&event.payload).ok()
}
