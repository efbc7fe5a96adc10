//! Rules of aggregates.

use super::{at_name, item, list, version};
use crate::{ctxt::Ctxt, model::Aggregate};

pub(crate) fn aggregate(cx: &Ctxt, aggregate: &Aggregate<'_>) {
    item(
        cx,
        &aggregate.item,
        &aggregate.keys.name,
        "an aggregate",
        "which its events change",
    );
    has_events(cx, aggregate);
    list(cx, &aggregate.keys.events);
    list(cx, &aggregate.keys.commands);
    snapshot(cx, aggregate);
}

// Its state is nothing but what its events have made of it.
fn has_events(cx: &Ctxt, aggregate: &Aggregate<'_>) {
    if !aggregate.keys.events.is_given() {
        at_name(
            cx,
            aggregate.item.ident,
            "an aggregate lists the events that it records: write `#[aggregate(events(A, B))]`",
        );
    }
}

// A snapshot after no events would be one before each load.
fn snapshot(cx: &Ctxt, aggregate: &Aggregate<'_>) {
    let Some(snapshot) = aggregate.keys.snapshot.get() else {
        return;
    };
    if let Some(number) = &snapshot.version {
        version(cx, number);
    }
    if !matches!(snapshot.every.base10_parse::<u64>(), Ok(1..)) {
        cx.error(
            &snapshot.every,
            "a snapshot is taken after a number of events: write `every = 100`",
        );
    }
}
