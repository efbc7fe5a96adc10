//! Rules of handlers.

use super::{item, list};
use crate::{ctxt::Ctxt, model::Handler};

pub(crate) fn handler(cx: &Ctxt, handler: &Handler<'_>) {
    let keys = &handler.keys;
    item(
        cx,
        &handler.item,
        &keys.name,
        "a handler",
        "made of what it needs",
    );
    for types in [&keys.events, &keys.commands, &keys.queries, &keys.reads] {
        list(cx, types);
    }
    has_a_lasting_name(cx, handler);
    starts_somewhere(cx, handler);
}

// The place in the log is kept under the name, so the name must not follow the type when that is renamed.
fn has_a_lasting_name(cx: &Ctxt, handler: &Handler<'_>) {
    let (events, name) = (&handler.keys.events, &handler.keys.name);
    if let (Some(key), false) = (events.key(), name.is_given()) {
        cx.error(
            key,
            "a handler of events has a name of its own, since renaming it would start it anew: write `name = \"welcome-mail\"`",
        );
    }
}

// Only who follows events starts somewhere in the log.
fn starts_somewhere(cx: &Ctxt, handler: &Handler<'_>) {
    if let (Some(key), false) = (handler.keys.from.key(), handler.keys.events.is_given()) {
        cx.error(key, "`from` says where a handler of events starts: list them, `events(A, B)`, or remove `from`");
    }
}
