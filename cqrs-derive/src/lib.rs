//! The derives of `cqrs`, which re-exports them: name that crate and not this one.

mod attr;
mod check;
mod ctxt;
mod debug;
mod expand;
mod fallback;
mod model;
mod names;
mod paths;
mod spell;
mod suggest;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/command.md")]
#[proc_macro_derive(Command, attributes(command, id))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    expand::command(input.into()).into()
}

#[doc = include_str!("../docs/query.md")]
#[proc_macro_derive(Query, attributes(query, id))]
pub fn derive_query(input: TokenStream) -> TokenStream {
    expand::query(input.into()).into()
}

#[doc = include_str!("../docs/event.md")]
#[proc_macro_derive(Event, attributes(event, tag))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    expand::event(input.into()).into()
}

#[doc = include_str!("../docs/aggregate.md")]
#[proc_macro_derive(Aggregate, attributes(aggregate, view, index))]
pub fn derive_aggregate(input: TokenStream) -> TokenStream {
    expand::aggregate(input.into()).into()
}

#[doc = include_str!("../docs/view.md")]
#[proc_macro_derive(View, attributes(view, index, aggregate))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    expand::view(input.into()).into()
}

#[doc = include_str!("../docs/projection.md")]
#[proc_macro_derive(Projection, attributes(projection))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    expand::projection(input.into()).into()
}

#[doc = include_str!("../docs/handler.md")]
#[proc_macro_derive(Handler, attributes(handler, inject))]
pub fn derive_handler(input: TokenStream) -> TokenStream {
    expand::handler(input.into()).into()
}
