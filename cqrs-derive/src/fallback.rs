//! What is written after a mistake: impls that do nothing, so that nothing else fails for the same reason.
//!
//! What was understood is kept (names of types above all), so that uses of the type still fit it. The `for<'workaround>`
//! clause keeps an impl from failing by itself, for a type that lacks what the trait asks for.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{GenericParam, Generics, Type, parse_quote};

use crate::{
    attr::Once,
    expand as write,
    model::{Aggregate, Command, Event, Handler, Item, Projection, Query, View},
    spell::spelled,
};

/// `impl<.., A>` and `Type<..>`, for a type that may be generic although it must not.
struct Head {
    generics: Generics,
    ty: TokenStream,
}

impl Head {
    fn of(item: &Item<'_>) -> Self {
        let ident = item.ident;
        let (_, arguments, _) = item.input.generics.split_for_impl();
        Self {
            ty: quote!(#ident #arguments),
            generics: item.input.generics.clone(),
        }
    }

    /// Writes `impl Trait for Type`, with one more parameter if there is one.
    fn write(
        &self,
        parameter: Option<GenericParam>,
        of: &TokenStream,
        bounds: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let mut generics = self.generics.clone();
        generics.params.extend(parameter);
        let predicate = quote!(for<'workaround> Self: #bounds);
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(#predicate));
        let (parameters, _, clause) = generics.split_for_impl();
        let ty = &self.ty;
        quote! {
            #[automatically_derived]
            impl #parameters #of for #ty #clause { #body }
        }
    }
}

fn message_bounds() -> TokenStream {
    quote!(::core::marker::Sized + ::core::marker::Send + 'static)
}

pub(crate) fn command(command: &Command<'_>) -> TokenStream {
    let head = Head::of(&command.item);
    let (output, error) = (
        write::command::output(command),
        write::command::error(command),
    );
    let bounds = message_bounds();
    let message = head.write(
        None,
        &quote!(__cqrs::Command),
        &bounds,
        &quote! {
            const NAME: &'static ::core::primitive::str = "";
            type Output = #output;
            type Error = #error;
        },
    );
    let any_aggregate = |of: TokenStream, claimed: Option<TokenStream>| {
        head.write(
            Some(parse_quote!(__CqrsAggregate: __cqrs::Aggregate)),
            &quote!(__cqrs::#of<__CqrsAggregate>),
            &bounds,
            &quote! {
                #claimed
                const CREATION: __cqrs::Creation = __cqrs::Creation::Upsert;
                fn aggregate_id(&self) -> &<__CqrsAggregate as __cqrs::Aggregate>::Id {
                    ::core::unreachable!()
                }
            },
        )
    };
    // Where it says nothing of who takes it, it is for others to say, and they say it of themselves.
    if !command.keys.aggregate.is_given() && !command.keys.handler.is_given() {
        let decidable = any_aggregate(
            quote!(DecidableBy),
            Some(quote!(
                type Claimed = Self;
            )),
        );
        return quote!(#message #decidable);
    }
    // Whoever decides or handles it is right to.
    let decided = any_aggregate(quote!(DecidedBy), None);
    let handled = head.write(
        Some(parse_quote!(__CqrsHandler)),
        &quote!(__cqrs::HandledBy<__CqrsHandler>),
        &bounds,
        &TokenStream::new(),
    );
    quote!(#message #decided #handled)
}

pub(crate) fn query(query: &Query<'_>) -> TokenStream {
    let head = Head::of(&query.item);
    let (output, error) = (write::query::output(query), write::query::error(query));
    let bounds = message_bounds();
    let message = head.write(
        None,
        &quote!(__cqrs::Query),
        &bounds,
        &quote! {
            const NAME: &'static ::core::primitive::str = "";
            type Output = #output;
            type Error = #error;
        },
    );
    // As of a command.
    if !query.keys.view.is_given() && !query.keys.handler.is_given() {
        return message;
    }
    let answered = head.write(
        Some(parse_quote!(__CqrsHandler)),
        &quote!(__cqrs::AnsweredBy<__CqrsHandler>),
        &bounds,
        &TokenStream::new(),
    );
    quote!(#message #answered)
}

pub(crate) fn event(event: &Event<'_>) -> TokenStream {
    Head::of(&event.item).write(
        None,
        &quote!(__cqrs::Event),
        &quote!(__cqrs::Stored),
        &quote!(
            const NAME: &'static ::core::primitive::str = "";
        ),
    )
}

pub(crate) fn aggregate(aggregate: &Aggregate<'_>) -> TokenStream {
    let head = Head::of(&aggregate.item);
    let (id, error) = (
        write::aggregate::id(aggregate),
        write::aggregate::error(aggregate),
    );
    let state = head.write(
        None,
        &quote!(__cqrs::Aggregate),
        &quote!(__cqrs::State),
        &quote! {
            const NAME: &'static ::core::primitive::str = "";
            type Id = #id;
            type Event = __cqrs::NoEvent;
            type Error = #error;
            fn apply(&mut self, _: &__cqrs::NoEvent) {}
        },
    );
    let body = quote! {
        fn into_event(self) -> __cqrs::NoEvent {
            ::core::unreachable!()
        }
    };
    let events = linked(
        &head,
        &aggregate.keys.events,
        &quote!(__cqrs::EventOf),
        &body,
    );
    let commands = linked(
        &head,
        &aggregate.keys.commands,
        &quote!(__cqrs::DecidedBy),
        &quote! {
            const CREATION: __cqrs::Creation = __cqrs::Creation::Upsert;
            fn aggregate_id(&self) -> &#id {
                ::core::unreachable!()
            }
        },
    );
    let none = lists_none(&head, "Aggregate", &aggregate.keys.events);
    quote!(#state #events #commands #none)
}

pub(crate) fn view(view: &View<'_>) -> TokenStream {
    let head = Head::of(&view.item);
    let key = write::view::key(view);
    let model = head.write(
        None,
        &quote!(__cqrs::View),
        &quote!(__cqrs::Stored),
        &quote! {
            const NAME: &'static ::core::primitive::str = "";
            type Key = #key;
            fn follows() -> ::std::vec::Vec<__cqrs::Follow<Self>> {
                ::std::vec::Vec::new()
            }
            fn key_of_stream(
                _: &::core::primitive::str,
            ) -> ::core::option::Option<<Self as __cqrs::View>::Key> {
                ::core::option::Option::None
            }
        },
    );
    let events = linked(
        &head,
        &view.keys.events,
        &quote!(__cqrs::FollowedBy),
        &TokenStream::new(),
    );
    let none = lists_none(&head, "View", &view.keys.events);
    let named = view
        .item
        .fields
        .iter()
        .all(|field| field.original.ident.is_some());
    let indexes =
        (named && view.item.input.generics.params.is_empty()).then(|| write::view::indexes(view));
    quote!(#model #events #none #indexes)
}

pub(crate) fn projection(projection: &Projection<'_>) -> TokenStream {
    let head = Head::of(&projection.item);
    let store = write::projection::store(projection);
    let bounds =
        quote!(::core::marker::Send + ::core::marker::Sync + ::core::marker::Sized + 'static);
    let follower = head.write(
        None,
        &quote!(__cqrs::Projection),
        &bounds,
        &quote! {
            const NAME: &'static ::core::primitive::str = "";
            type Store = #store;
            fn follows() -> ::std::vec::Vec<__cqrs::FollowRows<Self>> {
                ::std::vec::Vec::new()
            }
        },
    );
    let nothing = TokenStream::new();
    let read = head.write(None, &quote!(__cqrs::ReadModel), &quote!('static), &nothing);
    let events = linked(
        &head,
        &projection.keys.events,
        &quote!(__cqrs::FollowedByProjection),
        &nothing,
    );
    let none = lists_none(&head, "Projection", &projection.keys.events);
    quote!(#follower #read #events #none)
}

pub(crate) fn handler(handler: &Handler<'_>) -> TokenStream {
    let head = Head::of(&handler.item);
    let service = head.write(
        None,
        &quote!(__cqrs::Handler),
        &quote!(::core::marker::Send + ::core::marker::Sync + ::core::marker::Sized + 'static),
        &quote! {
            const NAME: &'static ::core::primitive::str = "";
            fn inject(_: &mut __cqrs::Injector<'_>) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }
        },
    );
    let nothing = TokenStream::new();
    let events = linked(
        &head,
        &handler.keys.events,
        &quote!(__cqrs::FollowedByHandler),
        &nothing,
    );
    let commands = linked(
        &head,
        &handler.keys.commands,
        &quote!(__cqrs::HandledBy),
        &nothing,
    );
    let queries = linked(
        &head,
        &handler.keys.queries,
        &quote!(__cqrs::AnsweredBy),
        &nothing,
    );
    // A handler need not follow events.
    let none = (handler.keys.events.is_given())
        .then(|| lists_none(&head, "Handler", &handler.keys.events));
    quote!(#service #events #commands #queries #none)
}

/// Where no event could be read, each that is applied or followed counts as listed.
fn lists_none(head: &Head, kind: &str, events: &Once<Vec<Type>>) -> Option<TokenStream> {
    let kind = Ident::new(kind, Span::call_site());
    events.get().is_none_or(Vec::is_empty).then(|| {
        head.write(
            None,
            &quote!(__cqrs::ListsNone<__cqrs::kind::#kind>),
            &quote!(::core::marker::Sized),
            &TokenStream::new(),
        )
    })
}

/// `impl Trait<Type> for Listed`, for each of a list.
fn linked(
    head: &Head,
    list: &Once<Vec<Type>>,
    of: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    // A generic type would be an unconstrained parameter here.
    if !head.generics.params.is_empty() {
        return TokenStream::new();
    }
    let mut seen = Vec::new();
    let unique = list.get().into_iter().flatten().filter(|ty| {
        let spelling = spelled(ty);
        let new = !seen.contains(&spelling);
        seen.push(spelling);
        new
    });
    let this = &head.ty;
    let impls = unique.map(|ty| {
        quote! {
            #[automatically_derived]
            impl #of<#this> for #ty { #body }
        }
    });
    quote!(#(#impls)*)
}
