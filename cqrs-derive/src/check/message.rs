//! Rules of commands and queries.

use super::{at_name, exclusive, item, one_id};
use crate::{
    attr::{Once, command::CommandKeys},
    ctxt::Ctxt,
    model::{Command, Query},
    spell::said,
};

pub(crate) fn command(cx: &Ctxt, command: &Command<'_>) {
    let keys = &command.keys;
    item(
        cx,
        &command.item,
        &keys.name,
        "a command",
        "one for each thing that can be asked for",
    );
    one_id(cx, "a command", &command.ids);
    exclusive(
        cx,
        &keys.aggregate,
        &keys.handler,
        "a command goes to one of them",
    );
    exclusive(
        cx,
        &keys.create,
        &keys.upsert,
        "`upsert` creates the aggregate if it is not there",
    );
    if keys.aggregate.is_given() {
        names_its_aggregate(cx, command);
    } else if keys.handler.is_given() {
        leaves_aggregates_alone(cx, command);
    } else {
        contract_names_its_aggregate(cx, command);
    }
}

// Without the id nobody could tell which stream to load.
fn names_its_aggregate(cx: &Ctxt, command: &Command<'_>) {
    if command.ids.is_empty() {
        at_name(
            cx,
            command.item.ident,
            "a command says which aggregate it is for: mark one field `#[id]`",
        );
    }
}

// What a handler needs to exist, it looks up itself.
fn leaves_aggregates_alone(cx: &Ctxt, command: &Command<'_>) {
    for key in creation(&command.keys) {
        let key_name = said(key);
        cx.error(
            key,
            format!("`{key_name}` is a rule for aggregates, and this command goes to a handler: remove `{key_name}`"),
        );
    }
    if let Some(id) = command.ids.first() {
        cx.error(id.mark, "a handler gets the whole command: remove `#[id]`, or name the aggregate that it identifies");
    }
}

// Whoever claims a contract's command cannot add to it.
fn contract_names_its_aggregate(cx: &Ctxt, command: &Command<'_>) {
    if !command.ids.is_empty() {
        return;
    }
    for key in creation(&command.keys) {
        cx.error(
            key,
            format!(
                "`{}` is a rule for an aggregate: mark the field that says which one `#[id]`",
                said(key)
            ),
        );
    }
}

fn creation(keys: &CommandKeys) -> impl Iterator<Item = &syn::Ident> {
    [&keys.create, &keys.upsert]
        .into_iter()
        .filter_map(Once::key)
}

pub(crate) fn query(cx: &Ctxt, query: &Query<'_>) {
    let keys = &query.keys;
    item(
        cx,
        &query.item,
        &keys.name,
        "a query",
        "one for each thing that can be asked",
    );
    one_id(cx, "a query", &query.ids);
    exclusive(
        cx,
        &keys.view,
        &keys.handler,
        "a query is answered by one of them",
    );
    if keys.view.is_given() {
        asks_for_a_document(cx, query);
    } else {
        asks_a_service(cx, query);
    }
}

// A view answers with the document of one key, or with none, and rejects nothing.
fn asks_for_a_document(cx: &Ctxt, query: &Query<'_>) {
    if query.ids.is_empty() {
        at_name(
            cx,
            query.item.ident,
            "a query of a view says which document: mark one field `#[id]`",
        );
    }
    if let Some(key) = query.keys.output.key() {
        cx.error(
            key,
            "a view answers with its document, an `Option`: remove `output`, or name a handler",
        );
    }
    if let Some(key) = query.keys.error.key() {
        cx.error(
            key,
            "a view rejects nothing: remove `error`, or name a handler",
        );
    }
}

// What a service answers with only its author knows.
fn asks_a_service(cx: &Ctxt, query: &Query<'_>) {
    if !query.keys.output.is_given() {
        at_name(
            cx,
            query.item.ident,
            "a query says what it is answered with: write `#[query(output = Type)]`, or `#[query(view = View)]` for one document of a view",
        );
    }
    if let Some(id) = query.ids.first() {
        cx.error(id.mark, "`#[id]` says which document of a view: name the view, `#[query(view = ..)]`, or remove the mark");
    }
}
