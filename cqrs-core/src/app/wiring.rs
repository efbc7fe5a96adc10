//! Holds what was registered against itself.

use std::{
    any::TypeId,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use super::faults::{Fault, Faults};
use crate::registry::{ClaimKind, Entry, Place, Registration, Route};

/// Looks for everything that is wrong before anything is made.
pub(super) fn check(registrations: &[Registration], faults: &mut Faults) {
    check_names(registrations, faults);
    check_routes(registrations, faults);
    check_followed_events(registrations, faults);
}

/// Two types of one kind under one name would be told apart by nobody.
fn check_names(registrations: &[Registration], faults: &mut Faults) {
    let mut owners: BTreeMap<(&str, &str, &'static str), BTreeMap<TypeId, Place>> = BTreeMap::new();
    for registration in registrations {
        let (kind, attribute) = registration.entry.kind_and_attribute();
        let mut own = |name: &'static str| {
            owners
                .entry((kind, attribute, name))
                .or_default()
                .insert(registration.of.id(), registration.place);
        };
        own(registration.name);
        if let Entry::Event { kind } = registration.entry {
            kind.formerly.iter().copied().for_each(own);
        }
    }
    for ((kind, attribute, name), types) in owners {
        if types.len() > 1 {
            let mut places: Vec<_> = types.into_values().collect();
            places.sort_unstable();
            faults.add(Fault::name_twice(kind, name, attribute, &places));
        }
    }
}

/// Every message goes to one place that is there.
fn check_routes(registrations: &[Registration], faults: &mut Faults) {
    let mut there = HashSet::new();
    let mut claims: HashMap<(ClaimKind, TypeId), BTreeSet<Place>> = HashMap::new();
    let mut found: HashMap<ClaimKind, BTreeSet<&str>> = HashMap::new();
    for registration in registrations {
        if let Entry::Aggregate { claims: own, .. } | Entry::Handler { claims: own, .. } =
            registration.entry
        {
            there.insert(registration.of.id());
            for claim in own {
                claims
                    .entry((claim.kind, claim.message.id()))
                    .or_default()
                    .insert(claim.place);
                found.entry(claim.kind).or_default().insert(claim.name);
            }
        }
        if let Entry::View { .. } = registration.entry {
            there.insert(registration.of.id());
        }
    }
    for registration in registrations {
        let (kind, claim_kind, route) = match registration.entry {
            Entry::Command { route, .. } => ("command", ClaimKind::Command, route),
            Entry::Query { route, .. } => ("query", ClaimKind::Query, route),
            _ => continue,
        };
        let claimed = claims.get(&(claim_kind, registration.of.id()));
        let claimed: Vec<_> = claimed.into_iter().flatten().copied().collect();
        let (to, what) = match route {
            Route::Contract => {
                match claimed.len() {
                    0 => {
                        let found: Vec<_> = found
                            .get(&claim_kind)
                            .into_iter()
                            .flatten()
                            .copied()
                            .collect();
                        faults.add(Fault::no_handler(kind, registration, &found));
                    }
                    1 => {}
                    _ => faults.add(Fault::two_handlers(kind, registration, &claimed)),
                }
                continue;
            }
            Route::Aggregate(to) => (to, "aggregate"),
            Route::Handler(to) => (to, "handler"),
            Route::View(to) => (to, "view"),
        };
        if !there.contains(&to.id()) {
            faults.add(Fault::unregistered(kind, registration, to, what));
        }
        if !claimed.is_empty() {
            faults.add(Fault::claimed_though_routed(
                kind,
                registration,
                to,
                &claimed,
            ));
        }
    }
}

/// Whoever follows an event that is never recorded waits for ever.
fn check_followed_events(registrations: &[Registration], faults: &mut Faults) {
    let recorded: HashSet<_> = registrations
        .iter()
        .filter_map(|registration| match registration.entry {
            Entry::Aggregate { kinds, .. } => Some(kinds),
            _ => None,
        })
        .flatten()
        .map(super::super::event::EventKind::type_id)
        .collect();
    for registration in registrations {
        let here = registration.place;
        let (what, followed): (_, Vec<_>) = match registration.entry {
            Entry::View { follows, .. } => {
                let followed = follows().into_iter().map(|kind| (kind, here));
                ("view", followed.collect())
            }
            Entry::Projection { follows, .. } => {
                let followed = follows().into_iter().map(|kind| (kind, here));
                ("projection", followed.collect())
            }
            Entry::Handler {
                subscribes: Some(subscribes),
                ..
            } => {
                let events = subscribes.events.iter();
                let followed = events.map(|listen| (listen.kind, listen.place));
                ("handler", followed.collect())
            }
            _ => continue,
        };
        for (kind, place) in followed {
            if !recorded.contains(&kind.type_id()) {
                faults.add(Fault::foreign_event(
                    what,
                    registration.name,
                    kind.name,
                    place,
                ));
            }
        }
    }
}
