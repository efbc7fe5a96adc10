//! The rules in which parts of a struct and its attributes meet; each says why it exists.

mod aggregate;
mod event;
mod handler;
mod message;
mod projection;
mod view;

use syn::{Data, GenericParam, Ident, LitInt, LitStr, Type};

pub(crate) use self::{
    aggregate::aggregate,
    event::event,
    handler::handler,
    message::{command, query},
    projection::projection,
    view::view,
};
use crate::{
    attr::Once,
    ctxt::Ctxt,
    model::{Item, Marked},
    names,
    spell::{said, short, spelled},
};

/// What all of them ask of the item: `what` it is, and what there is `one` of it for.
fn item(cx: &Ctxt, item: &Item<'_>, name: &Once<LitStr>, what: &str, one: &str) {
    is_struct(cx, item, what, one);
    is_concrete(cx, item, what);
    if let Some(name) = name.get() {
        names::check(cx, name);
    }
}

// An enum would be several messages under one name, and none of them could evolve alone.
fn is_struct(cx: &Ctxt, item: &Item<'_>, what: &str, one: &str) {
    match &item.input.data {
        Data::Struct(_) => {}
        Data::Enum(data) => {
            cx.error(
                data.enum_token,
                format!("{what} is a struct, {one}; this is an enum"),
            );
        }
        Data::Union(data) => {
            cx.error(
                data.union_token,
                format!("{what} is a struct, {one}; this is a union"),
            );
        }
    }
}

// One name is registered for one type, and a generic type is many.
fn is_concrete(cx: &Ctxt, item: &Item<'_>, what: &str) {
    let generics = &item.input.generics;
    if generics.params.is_empty() {
        return;
    }
    let own = generics
        .params
        .iter()
        .all(|it| matches!(it, GenericParam::Lifetime(_)));
    let advice = if own {
        ": own the data, `String` and not `&str`"
    } else {
        ""
    };
    cx.error(
        generics,
        format!("{what} cannot be generic, since it is known under one name as one type{advice}"),
    );
}

/// Two keys that exclude each other: both are shown.
fn exclusive<A, B>(cx: &Ctxt, first: &Once<A>, second: &Once<B>, why: &str) {
    if let (Some(first), Some(second)) = (first.key(), second.key()) {
        let (a, b) = (said(first), said(second));
        cx.error(first, format!("`{a}` and `{b}` exclude each other: {why}"));
        cx.error(second, format!("`{b}` is given here"));
    }
}

/// At most one field is marked.
fn one_id(cx: &Ctxt, what: &str, ids: &[Marked<'_>]) {
    let Some((first, others)) = ids.split_first() else {
        return;
    };
    for other in others {
        cx.error(
            other.mark,
            format!("{what} has one `#[id]`; this is another"),
        );
    }
    if !others.is_empty() {
        cx.error(first.mark, "the first `#[id]` is here");
    }
}

/// A list has something in it, and nothing twice: the impls for it would conflict.
fn list(cx: &Ctxt, list: &Once<Vec<Type>>) {
    let (Some(key), Some(types)) = (list.key(), list.get()) else {
        return;
    };
    if types.is_empty() {
        cx.error(
            key,
            format!("`{0}` lists nothing: write `{0}(A, B)`", said(key)),
        );
    }
    let spellings: Vec<_> = types.iter().map(spelled).collect();
    for (at, ty) in types.iter().enumerate() {
        if let Some(first) = spellings[..at].iter().position(|it| *it == spellings[at]) {
            cx.error(ty, format!("`{}` is listed twice", short(ty)));
            cx.error(
                &types[first],
                format!("`{}` is first listed here", short(ty)),
            );
        }
    }
}

/// A version: a number from 1.
fn version(cx: &Ctxt, version: &LitInt) -> Option<u32> {
    match version.base10_parse::<u32>() {
        Ok(0) => {
            cx.error(version, "versions are counted from 1");
            None
        }
        Ok(number) => Some(number),
        Err(_) => {
            cx.error(
                version,
                format!("a version is a whole number up to {}", u32::MAX),
            );
            None
        }
    }
}

/// A mistake of the struct as a whole, at its name.
fn at_name(cx: &Ctxt, ident: &Ident, message: &str) {
    cx.error(ident, message);
}
