//! Rules of projections.

use syn::LitStr;

use super::{at_name, item, list, version};
use crate::{ctxt::Ctxt, model::Projection};

pub(crate) fn projection(cx: &Ctxt, projection: &Projection<'_>) {
    let keys = &projection.keys;
    item(
        cx,
        &projection.item,
        &keys.name,
        "a projection",
        "one without fields",
    );
    has_a_name(cx, projection);
    has_a_store(cx, projection);
    has_events(cx, projection);
    list(cx, &keys.events);
    has_no_fields(cx, projection);
    if let Some(number) = keys.version.get() {
        version(cx, number);
    }
    if let Some(name) = keys.name.get() {
        names_tables(cx, name);
    }
}

// Tables that other programs read are named after it, so the name must not follow the type when that is renamed.
fn has_a_name(cx: &Ctxt, projection: &Projection<'_>) {
    if !projection.keys.name.is_given() {
        at_name(
            cx,
            projection.item.ident,
            "a projection has a name of its own, since its tables are named after it: write `#[projection(name = \"sales\")]`",
        );
    }
}

// What its impls are handed are tables of that store.
fn has_a_store(cx: &Ctxt, projection: &Projection<'_>) {
    if !projection.keys.store.is_given() {
        at_name(
            cx,
            projection.item.ident,
            "a projection names the store that has its tables, the one that the app runs on: write `#[projection(store = Sqlite)]`",
        );
    }
}

// A row is what the projection's events have made of it.
fn has_events(cx: &Ctxt, projection: &Projection<'_>) {
    if !projection.keys.events.is_given() {
        at_name(
            cx,
            projection.item.ident,
            "a projection lists the events that its rows are made of: write `#[projection(events(A, B))]`",
        );
    }
}

// With a mailer at hand, building the tables again would send all mails again.
fn has_no_fields(cx: &Ctxt, projection: &Projection<'_>) {
    for field in &projection.item.fields {
        cx.error(
            field.original,
            "a projection is handed only the event and its tables, so that building it again does nothing else: remove the field, and do the rest in a handler of the event",
        );
    }
}

// It becomes part of SQL identifiers of every store, the shortest of which have 63 bytes.
fn names_tables(cx: &Ctxt, name: &LitStr) {
    const LONGEST: usize = 40;
    let text = name.value();
    // What else is wrong with it is said already.
    if text.is_empty() || text.starts_with('$') {
        return;
    }
    let is_plain = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
    let has_version = text
        .split("_v")
        .skip(1)
        .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    if !is_plain {
        cx.error(
            name,
            "tables are named after a projection: write lowercase letters, digits and `_`, beginning with a letter",
        );
    } else if text.len() > LONGEST {
        cx.error(
            name,
            format!(
                "tables are named after a projection, so its name has at most {LONGEST} letters: this one has {}",
                text.len()
            ),
        );
    } else if has_version {
        cx.error(
            name,
            "the tables of each version have a `_v2` of their own: write `version = 2` in place of it",
        );
    }
}
