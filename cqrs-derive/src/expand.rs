//! From tokens to tokens: parse, model, check, expand; or, after a mistake, the errors and a harmless impl.

pub(crate) mod aggregate;
pub(crate) mod command;
mod destination;
mod event;
mod handler;
pub(crate) mod projection;
pub(crate) mod query;
mod registration;
pub(crate) mod view;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{
    check,
    ctxt::Ctxt,
    debug, fallback,
    model::{self, Item},
};

/// `#[derive(Command)]`.
pub(crate) fn command(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::Command::from_syn(&cx, input);
        check::command(&cx, &model);
        finish(
            cx,
            &model.item,
            || command::expand(&model),
            || fallback::command(&model),
        )
    })
}

/// `#[derive(Query)]`.
pub(crate) fn query(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::Query::from_syn(&cx, input);
        check::query(&cx, &model);
        finish(
            cx,
            &model.item,
            || query::expand(&model),
            || fallback::query(&model),
        )
    })
}

/// `#[derive(Event)]`.
pub(crate) fn event(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::Event::from_syn(&cx, input);
        check::event(&cx, &model);
        finish(
            cx,
            &model.item,
            || event::expand(&model),
            || fallback::event(&model),
        )
    })
}

/// `#[derive(Aggregate)]`.
pub(crate) fn aggregate(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::Aggregate::from_syn(&cx, input);
        check::aggregate(&cx, &model);
        finish(
            cx,
            &model.item,
            || aggregate::expand(&model),
            || fallback::aggregate(&model),
        )
    })
}

/// `#[derive(View)]`.
pub(crate) fn view(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::View::from_syn(&cx, input);
        check::view(&cx, &model);
        finish(
            cx,
            &model.item,
            || view::expand(&model),
            || fallback::view(&model),
        )
    })
}

/// `#[derive(Projection)]`.
pub(crate) fn projection(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::Projection::from_syn(&cx, input);
        check::projection(&cx, &model);
        finish(
            cx,
            &model.item,
            || projection::expand(&model),
            || fallback::projection(&model),
        )
    })
}

/// `#[derive(Handler)]`.
pub(crate) fn handler(input: TokenStream) -> TokenStream {
    derive(input, |cx, input| {
        let model = model::Handler::from_syn(&cx, input);
        check::handler(&cx, &model);
        finish(
            cx,
            &model.item,
            || handler::expand(&model),
            || fallback::handler(&model),
        )
    })
}

fn derive(
    input: TokenStream,
    expand: impl FnOnce(Ctxt, &DeriveInput) -> TokenStream,
) -> TokenStream {
    match syn::parse2(input) {
        Ok(input) => {
            let tokens = expand(Ctxt::default(), &input);
            debug::print(&input, &tokens);
            tokens
        }
        Err(error) => error.into_compile_error(),
    }
}

/// What the derive writes, or its mistakes together with what keeps the rest of the program from failing for them.
fn finish(
    cx: Ctxt,
    item: &Item<'_>,
    expand: impl FnOnce() -> TokenStream,
    fallback: impl FnOnce() -> TokenStream,
) -> TokenStream {
    match cx.check() {
        Ok(()) => item.krate.wrap(&expand()),
        Err(errors) => {
            let mut tokens = errors.into_compile_error();
            tokens.extend(item.krate.wrap(&fallback()));
            tokens
        }
    }
}
