//! What is looked up while an app runs, made from what was registered.

use std::{
    any::TypeId,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::faults::Faults;
use crate::{
    projection::Progress,
    registry::{self, Entry, Registration, Route},
    store::documents::{Subscription, SubscriptionKind},
};

/// How far each view and projection is, by its type.
pub(super) fn view_progress(registrations: &[Registration]) -> HashMap<TypeId, Arc<Progress>> {
    let mut views = HashMap::new();
    for registration in registrations {
        let kind = match registration.entry {
            Entry::View { version, .. } => Some((SubscriptionKind::View, version)),
            Entry::Projection { version, .. } => Some((SubscriptionKind::Projection, version)),
            _ => None,
        };
        if let Some((kind, version)) = kind {
            let subscription = Subscription {
                kind,
                name: registration.name.into(),
                version,
            };
            views.insert(registration.of.id(), Arc::new(Progress::new(subscription)));
        }
    }
    views
}

/// The views and projections that follow an event, by each name that it is or was stored under.
pub(super) fn followers(
    registrations: &[Registration],
    views: &HashMap<TypeId, Arc<Progress>>,
) -> HashMap<&'static str, Vec<Arc<Progress>>> {
    let mut followers: HashMap<_, Vec<_>> = HashMap::new();
    for registration in registrations {
        if let Entry::View { follows, .. } | Entry::Projection { follows, .. } = registration.entry
            && let Some(progress) = views.get(&registration.of.id())
        {
            for name in follows().iter().flat_map(crate::event::EventKind::names) {
                followers
                    .entry(name)
                    .or_default()
                    .push(Arc::clone(progress));
            }
        }
    }
    followers
}

/// The aggregates that record an event, by its name.
pub(super) fn aggregates_of(
    registrations: &[Registration],
) -> HashMap<&'static str, Vec<&'static str>> {
    let mut aggregates: HashMap<_, Vec<_>> = HashMap::new();
    for registration in registrations {
        if let Entry::Aggregate { kinds, .. } = registration.entry {
            for kind in kinds {
                aggregates
                    .entry(kind.name)
                    .or_default()
                    .push(registration.name);
            }
        }
    }
    aggregates
}

/// How a command is sent by name; `None` for one that is local.
pub(super) fn commands_by_name(
    registrations: &[Registration],
) -> HashMap<&'static str, Option<registry::CommandJson>> {
    let by_name = |registration: &Registration| match registration.entry {
        Entry::Command { json, .. } => Some((registration.name, json)),
        _ => None,
    };
    registrations.iter().filter_map(by_name).collect()
}

/// How a query is asked by name; `None` for one that is local.
pub(super) fn queries_by_name(
    registrations: &[Registration],
) -> HashMap<&'static str, Option<registry::QueryJson>> {
    let by_name = |registration: &Registration| match registration.entry {
        Entry::Query { json, .. } => Some((registration.name, json)),
        _ => None,
    };
    registrations.iter().filter_map(by_name).collect()
}

/// What to answer to whoever sends a message that a fault concerns: itself, or the handler that it goes to.
pub(super) fn faults_by_message(
    faults: &Faults,
    registrations: &[Registration],
) -> BTreeMap<&'static str, String> {
    let mut by_message = BTreeMap::new();
    for fault in faults.iter() {
        for &name in &fault.affects {
            by_message.entry(name).or_insert_with(|| fault.to_string());
        }
    }
    for registration in registrations {
        let (Entry::Command {
            route: Route::Handler(handler),
            ..
        }
        | Entry::Query {
            route: Route::Handler(handler),
            ..
        }) = registration.entry
        else {
            continue;
        };
        let named = registrations
            .iter()
            .find(|other| other.of.id() == handler.id());
        if let Some(fault) = named
            .and_then(|handler| by_message.get(handler.name))
            .cloned()
        {
            by_message.entry(registration.name).or_insert(fault);
        }
    }
    by_message
}
