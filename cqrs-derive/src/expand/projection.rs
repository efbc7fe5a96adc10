//! What `#[derive(Projection)]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::registration;
use crate::{model::Projection, spell::caret};

pub(super) fn expand(projection: &Projection<'_>) -> TokenStream {
    let model = follower(projection);
    let followed = followed(projection);
    let ident = projection.item.ident;
    let registration = registration::submit(
        &projection.item,
        "Projection",
        &quote_spanned!(projection.item.span()=> projection::<#ident>()),
    );
    quote!(#model #followed #registration)
}

fn follower(projection: &Projection<'_>) -> TokenStream {
    let (ident, name) = (projection.item.ident, &projection.item.name);
    let version = projection
        .keys
        .version
        .get()
        .map(|version| quote!(const VERSION: ::core::primitive::u32 = #version;));
    let store = store(projection);
    let follows = projection
        .keys
        .events
        .get()
        .into_iter()
        .flatten()
        .map(|ty| {
            let mut state = ident.clone();
            state.set_span(caret(ty));
            quote_spanned!(caret(ty)=> __cqrs::FollowRows::<#state>::event::<#ty>())
        });
    let follows = quote!(<[_]>::into_vec(::std::boxed::Box::new([#(#follows),*])));
    quote_spanned! {projection.item.span()=>
        #[automatically_derived]
        impl __cqrs::Projection for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            #version
            type Store = #store;

            fn follows() -> ::std::vec::Vec<__cqrs::FollowRows<Self>> {
                #follows
            }
        }

        #[automatically_derived]
        impl __cqrs::ReadModel for #ident {}
    }
}

/// Where its tables are. After a mistake the most likely store, so that the impls still fit.
pub(crate) fn store(projection: &Projection<'_>) -> TokenStream {
    let krate = &projection.item.krate;
    let store = projection.keys.store.get();
    store.map_or_else(|| quote!(#krate::sqlite::Sqlite), |store| quote!(#store))
}

fn followed(projection: &Projection<'_>) -> TokenStream {
    let ident = projection.item.ident;
    let impls = projection
        .keys
        .events
        .get()
        .into_iter()
        .flatten()
        .map(|ty| {
            quote_spanned! {caret(ty)=>
                #[automatically_derived]
                impl __cqrs::FollowedByProjection<#ident> for #ty {}
            }
        });
    quote!(#(#impls)*)
}
