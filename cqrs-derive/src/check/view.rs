//! Rules of views.

use syn::Member;

use super::{at_name, item, list, version};
use crate::{ctxt::Ctxt, model::View};

pub(crate) fn view(cx: &Ctxt, view: &View<'_>) {
    item(
        cx,
        &view.item,
        &view.keys.name,
        "a view",
        "the shape of its documents",
    );
    has_events(cx, view);
    list(cx, &view.keys.events);
    own_key(cx, view);
    if let Some(number) = view.keys.version.get() {
        version(cx, number);
    }
    indexes(cx, view);
}

// A document is what the view's events have made of it.
fn has_events(cx: &Ctxt, view: &View<'_>) {
    if !view.keys.events.is_given() && !view.is_aggregate {
        at_name(
            cx,
            view.item.ident,
            "a view lists the events that it is made of: write `#[view(events(A, B))]`",
        );
    }
}

// Its events have no other key than the aggregate they belong to.
fn own_key(cx: &Ctxt, view: &View<'_>) {
    if let (true, Some(key)) = (view.is_own(), view.keys.key.key()) {
        cx.error(
            key,
            "an aggregate that is its own view has its id for a key: remove `key`",
        );
    }
}

// The constant of an index is named after its field.
fn indexes(cx: &Ctxt, view: &View<'_>) {
    for index in &view.indexes {
        if let Member::Unnamed(_) = view.item.fields[index.field].member {
            cx.error(index.mark, "an index is named after its field, and this one has no name: write a struct with named fields");
        }
    }
}
