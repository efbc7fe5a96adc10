//! What `#[derive(Aggregate)]` writes.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{LitInt, Type};

use super::registration;
use crate::{
    model::Aggregate,
    spell::{caret, said, short},
};

pub(super) fn expand(aggregate: &Aggregate<'_>) -> TokenStream {
    let events = events(aggregate);
    let set = set(aggregate, &events);
    let set_impl = set_impl(aggregate, &events);
    let state = state(aggregate, &events);
    let members = events.iter().map(|event| member(aggregate, event));
    let names = distinct_names(aggregate, &events);
    let claims = claims(aggregate);
    let registration = registered(aggregate);
    quote! {
        #[allow(
            missing_debug_implementations,
            private_interfaces,
            unnameable_types,
            unreachable_pub,
            clippy::large_enum_variant,
        )]
        const _: () = {
            #set
            #set_impl
            #state
            #(#members)*
            #names
        };
        #claims
        #registration
    }
}

/// One event of the list, with the variant that holds it.
struct Listed<'a> {
    ty: &'a Type,
    variant: Ident,
}

fn events<'a>(aggregate: &'a Aggregate<'_>) -> Vec<Listed<'a>> {
    let types = aggregate.keys.events.get().into_iter().flatten();
    types
        .enumerate()
        .map(|(at, ty)| Listed {
            ty,
            variant: format_ident!("Event{at}"),
        })
        .collect()
}

/// The hidden enum. It is `pub` for aggregates that are, and nobody can name it.
fn set(_: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
    let variants = events
        .iter()
        .map(|Listed { ty, variant }| quote!(#variant(#ty)));
    quote! {
        #[doc(hidden)]
        pub enum __CqrsEvent { #(#variants),* }
    }
}

fn set_impl(aggregate: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
    let (ident, krate) = (aggregate.item.ident, &aggregate.item.krate);
    let kinds = events.iter().map(
        |Listed { ty, .. }| quote_spanned!(caret(ty)=> #krate::__private::kind::<#ident, #ty>()),
    );
    let decode = events.iter().map(|Listed { ty, variant }| {
        quote! {
            if #krate::__private::is_named::<#ident, #ty>(__cqrs_stored) {
                return ::core::result::Result::map(
                    #krate::__private::decode::<#ident, #ty>(__cqrs_stored),
                    Self::#variant,
                );
            }
        }
    });
    let encode = events.iter().map(|Listed { ty, variant }| {
        quote!(Self::#variant(__cqrs_event) => #krate::__private::encode::<#ident, #ty>(__cqrs_event, __cqrs_id),)
    });
    let kind = events.iter().map(|Listed { ty, variant }| {
        quote!(Self::#variant(_) => #krate::__private::kind::<#ident, #ty>(),)
    });
    quote! {
        #[automatically_derived]
        impl #krate::__private::AggregateEvent for __CqrsEvent {
            const KINDS: &'static [#krate::__private::EventKind] = &[#(#kinds),*];

            fn decode(
                __cqrs_stored: &#krate::__private::StoredEvent,
            ) -> ::core::result::Result<Self, #krate::__private::DecodeError> {
                #(#decode)*
                ::core::result::Result::Err(#krate::__private::unknown_event::<#ident>(__cqrs_stored))
            }

            fn encode(
                &self,
                __cqrs_id: #krate::__private::EventId,
            ) -> ::core::result::Result<#krate::__private::NewEvent, #krate::__private::EncodeError> {
                match self { #(#encode)* }
            }

            fn kind(&self) -> #krate::__private::EventKind {
                match self { #(#kind)* }
            }
        }
    }
}

fn state(aggregate: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
    let (ident, krate, name) = (
        aggregate.item.ident,
        &aggregate.item.krate,
        &aggregate.item.name,
    );
    let (id, error) = (id(aggregate), error(aggregate));
    let snapshots = snapshots(aggregate);
    let apply = events.iter().map(|Listed { ty, variant }| {
        // The aggregate at the event's place: there the caret stands if it does not apply the event.
        let mut state = ident.clone();
        state.set_span(caret(ty));
        let apply =
            quote_spanned!(caret(ty)=> <#state as #krate::Apply<#ty>>::apply(self, __cqrs_event));
        quote!(__CqrsEvent::#variant(__cqrs_event) => #apply,)
    });
    quote! {
        #[automatically_derived]
        impl #krate::Aggregate for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Id = #id;
            type Event = __CqrsEvent;
            type Error = #error;
            #snapshots

            fn apply(&mut self, __cqrs_event: &__CqrsEvent) {
                match __cqrs_event { #(#apply)* }
            }
        }
    }
}

/// What identifies it.
pub(crate) fn id(aggregate: &Aggregate<'_>) -> TokenStream {
    aggregate
        .keys
        .id
        .get()
        .map_or_else(|| quote!(::std::string::String), |id| quote!(#id))
}

/// Why it rejects commands.
pub(crate) fn error(aggregate: &Aggregate<'_>) -> TokenStream {
    aggregate.keys.error.get().map_or_else(
        || quote!(::core::convert::Infallible),
        |error| quote!(#error),
    )
}

fn snapshots(aggregate: &Aggregate<'_>) -> Option<TokenStream> {
    let (key, snapshot) = (
        aggregate.keys.snapshot.key()?,
        aggregate.keys.snapshot.get()?,
    );
    let krate = &aggregate.item.krate;
    let one = LitInt::new("1", key.span());
    let (version, every) = (snapshot.version.as_ref().unwrap_or(&one), &snapshot.every);
    // The state must be `Serialize + DeserializeOwned`; `snapshot` is why.
    let new = quote_spanned!(key.span()=> Snapshots::<Self>::new(#version, #every));
    Some(quote! {
        const SNAPSHOTS: ::core::option::Option<#krate::__private::Snapshots<Self>> =
            ::core::option::Option::Some(#krate::__private::#new);
    })
}

fn member(aggregate: &Aggregate<'_>, Listed { ty, variant }: &Listed<'_>) -> TokenStream {
    let (ident, krate) = (aggregate.item.ident, &aggregate.item.krate);
    quote_spanned! {caret(ty)=>
        #[automatically_derived]
        impl #krate::EventOf<#ident> for #ty {
            #[inline]
            fn into_event(self) -> __CqrsEvent {
                __CqrsEvent::#variant(self)
            }
        }
    }
}

/// Two events with one stored name could not be told apart when they are read.
fn distinct_names(aggregate: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
    let krate = &aggregate.item.krate;
    let state = said(aggregate.item.ident);
    let asserts = events.iter().enumerate().skip(1).map(|(at, Listed { ty, .. })| {
        let message = format!(
            "`{}` has the stored name of another event of `{state}`: give one of them a name of its own with `#[event(name = \"..\")]`",
            short(ty)
        );
        quote_spanned!(caret(ty)=> const _: () = ::core::assert!(__CQRS_CLASH != #at, #message);)
    });
    quote! {
        const __CQRS_CLASH: ::core::primitive::usize =
            #krate::__private::first_clash(<__CqrsEvent as #krate::__private::AggregateEvent>::KINDS);
        #(#asserts)*
    }
}

/// The commands of contracts that it decides.
fn claims(aggregate: &Aggregate<'_>) -> TokenStream {
    let (ident, krate) = (aggregate.item.ident, &aggregate.item.krate);
    let commands = aggregate.keys.commands.get().into_iter().flatten();
    let claims = commands.map(|ty| {
        quote_spanned! {caret(ty)=>
            #[automatically_derived]
            impl #krate::DecidedBy<#ident> for #ty {
                const CREATION: #krate::__private::Creation =
                    <#ty as #krate::__private::DecidableBy<#ident>>::CREATION;

                #[inline]
                fn aggregate_id(&self) -> &<#ident as #krate::Aggregate>::Id {
                    <#ty as #krate::__private::DecidableBy<#ident>>::aggregate_id(self)
                }
            }
        }
    });
    quote!(#(#claims)*)
}

fn registered(aggregate: &Aggregate<'_>) -> TokenStream {
    let ident = aggregate.item.ident;
    let claims = aggregate
        .keys
        .commands
        .get()
        .into_iter()
        .flatten()
        .map(|ty| {
            let krate = aggregate.item.krate.at(caret(ty));
            quote_spanned!(caret(ty)=> #krate::__private::Claim::decides::<#ident, #ty>())
        });
    registration::submit(
        &aggregate.item,
        "Aggregate",
        &quote!(aggregate::<#ident>(const { &[#(#claims),*] })),
    )
}
