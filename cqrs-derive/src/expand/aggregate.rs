//! What `#[derive(Aggregate)]` writes.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{LitInt, Type};

use super::{destination, registration};
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
    quote!(#set #set_impl #state #(#members)* #names #claims #registration)
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
        #[allow(
            missing_debug_implementations,
            private_interfaces,
            unnameable_types,
            unreachable_pub,
            clippy::large_enum_variant,
        )]
        pub enum __CqrsEvent { #(#variants),* }
    }
}

fn set_impl(aggregate: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
    let ident = aggregate.item.ident;
    let kinds = events
        .iter()
        .map(|Listed { ty, .. }| quote_spanned!(caret(ty)=> __cqrs::kind::<#ident, #ty>()));
    let decode = events.iter().map(|Listed { ty, variant }| {
        quote! {
            if __cqrs::is_named::<#ident, #ty>(__cqrs_stored) {
                return ::core::result::Result::map(
                    __cqrs::decode::<#ident, #ty>(__cqrs_stored),
                    Self::#variant,
                );
            }
        }
    });
    let encode = events.iter().map(|Listed { ty, variant }| {
        quote!(Self::#variant(__cqrs_event) => __cqrs::encode::<#ident, #ty>(__cqrs_event, __cqrs_id),)
    });
    let kind = events
        .iter()
        .map(|Listed { ty, variant }| quote!(Self::#variant(_) => __cqrs::kind::<#ident, #ty>(),));
    quote! {
        #[automatically_derived]
        impl __cqrs::AggregateEvent for __CqrsEvent {
            const KINDS: &'static [__cqrs::EventKind] = &[#(#kinds),*];

            fn decode(
                __cqrs_stored: &__cqrs::StoredEvent,
            ) -> ::core::result::Result<Self, __cqrs::DecodeError> {
                #(#decode)*
                ::core::result::Result::Err(__cqrs::unknown_event::<#ident>(__cqrs_stored))
            }

            fn encode(
                &self,
                __cqrs_id: __cqrs::EventId,
            ) -> ::core::result::Result<__cqrs::NewEvent, __cqrs::EncodeError> {
                match self { #(#encode)* }
            }

            fn kind(&self) -> __cqrs::EventKind {
                match self { #(#kind)* }
            }
        }
    }
}

fn state(aggregate: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
    let (ident, name) = (aggregate.item.ident, &aggregate.item.name);
    let (id, error) = (id(aggregate), error(aggregate));
    let snapshots = snapshots(aggregate);
    let apply = events.iter().map(|Listed { ty, variant }| {
        // The aggregate at the event's place: there the caret stands if it does not apply the event.
        let mut state = ident.clone();
        state.set_span(caret(ty));
        let apply =
            quote_spanned!(caret(ty)=> <#state as __cqrs::Apply<#ty>>::apply(self, __cqrs_event));
        quote!(__CqrsEvent::#variant(__cqrs_event) => #apply,)
    });
    quote_spanned! {aggregate.item.span()=>
        #[automatically_derived]
        impl __cqrs::Aggregate for #ident {
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
    let one = LitInt::new("1", key.span());
    let (version, every) = (snapshot.version.as_ref().unwrap_or(&one), &snapshot.every);
    // The state must be `Serialize + DeserializeOwned`; `snapshot` is why.
    let here = key.span();
    Some(quote_spanned! {here=>
        const SNAPSHOTS: ::core::option::Option<__cqrs::Snapshots<Self>> =
            ::core::option::Option::Some(__cqrs::Snapshots::<Self>::new(#version, #every));
    })
}

fn member(aggregate: &Aggregate<'_>, Listed { ty, variant }: &Listed<'_>) -> TokenStream {
    let ident = aggregate.item.ident;
    quote_spanned! {caret(ty)=>
        #[automatically_derived]
        impl __cqrs::EventOf<#ident> for #ty {
            #[inline]
            fn into_event(self) -> __CqrsEvent {
                __CqrsEvent::#variant(self)
            }
        }
    }
}

/// Two events with one stored name could not be told apart when they are read.
fn distinct_names(aggregate: &Aggregate<'_>, events: &[Listed<'_>]) -> TokenStream {
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
            __cqrs::first_clash(<__CqrsEvent as __cqrs::AggregateEvent>::KINDS);
        #(#asserts)*
    }
}

/// The commands of contracts that it decides.
fn claims(aggregate: &Aggregate<'_>) -> TokenStream {
    let ident = aggregate.item.ident;
    let commands = aggregate.keys.commands.get().into_iter().flatten();
    let claims = commands.map(|ty| {
        let (goes, only_one) = (destination::claimed(ty, ident), destination::only_one(ty));
        let is_command = destination::believed(ty, "Command");
        // Both questions stand in one body, so that a command that cannot be claimed is not also one of two takers.
        quote_spanned! {caret(ty)=>
            #goes
            #[automatically_derived]
            impl __cqrs::DecidedBy<#ident> for #ty
            where
                #is_command,
            {
                const CREATION: __cqrs::Creation = {
                    #only_one;
                    <#ty as __cqrs::DecidableBy<#ident>>::CREATION
                };

                #[inline]
                fn aggregate_id(&self) -> &<#ident as __cqrs::Aggregate>::Id {
                    <#ty as __cqrs::DecidableBy<#ident>>::aggregate_id(self)
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
            let mut state = ident.clone();
            state.set_span(caret(ty));
            let command = quote_spanned!(caret(ty)=> <#ty as __cqrs::DecidableBy<#state>>::Claimed);
            let state = destination::proved(&command, &state);
            quote_spanned!(caret(ty)=> __cqrs::Claim::decides::<#state, #command>())
        });
    registration::submit(
        &aggregate.item,
        "Aggregate",
        &quote_spanned!(aggregate.item.span()=> aggregate::<#ident>(const { &[#(#claims),*] })),
    )
}
