//! What `#[derive(View)]` writes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::registration;
use crate::{
    model::{Field, View},
    spell::{caret, said},
};

pub(super) fn expand(view: &View<'_>) -> TokenStream {
    let model = read_model(view);
    let followed = followed(view);
    let indexes = indexes(view);
    let ident = view.item.ident;
    let registration = registration::submit(
        &view.item,
        "View",
        &quote_spanned!(view.item.span()=> view::<#ident>()),
    );
    quote!(#model #followed #indexes #registration)
}

fn read_model(view: &View<'_>) -> TokenStream {
    let (ident, name) = (view.item.ident, &view.item.name);
    let version = view
        .keys
        .version
        .get()
        .map(|version| quote!(const VERSION: ::core::primitive::u32 = #version;));
    let (key, follows) = (key(view), follows(view));
    let (names, index) = (index_names(view), index(view));
    quote_spanned! {view.item.span()=>
        #[automatically_derived]
        impl __cqrs::View for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            #version
            #names
            type Key = #key;

            fn follows() -> ::std::vec::Vec<__cqrs::Follow<Self>> {
                #follows
            }

            fn key_of_stream(
                __cqrs_id: &::core::primitive::str,
            ) -> ::core::option::Option<#key> {
                // Only one of the two methods is called: the other is for keys that are no ids.
                #[allow(unused_imports)]
                use __cqrs::NoKey as _;
                __cqrs::KeyProbe::<#key>::new().key(__cqrs_id)
            }

            #index
        }
    }
}

/// What identifies a document.
pub(crate) fn key(view: &View<'_>) -> TokenStream {
    match view.keys.key.get() {
        Some(key) => quote!(#key),
        None if view.is_own() => {
            quote_spanned!(view.item.span()=> <Self as __cqrs::Aggregate>::Id)
        }
        None => quote!(::std::string::String),
    }
}

fn follows(view: &View<'_>) -> TokenStream {
    if view.is_own() {
        return quote_spanned! {view.item.span()=>
            __cqrs::Follow::<Self>::own_events::<<Self as __cqrs::Aggregate>::Id>()
        };
    }
    let events = view.keys.events.get().into_iter().flatten().map(|ty| {
        let mut state = view.item.ident.clone();
        state.set_span(caret(ty));
        quote_spanned!(caret(ty)=> __cqrs::Follow::<#state>::event::<#ty>())
    });
    quote!(<[_]>::into_vec(::std::boxed::Box::new([#(#events),*])))
}

fn followed(view: &View<'_>) -> TokenStream {
    let ident = view.item.ident;
    let impls = view.keys.events.get().into_iter().flatten().map(|ty| {
        quote_spanned! {caret(ty)=>
            #[automatically_derived]
            impl __cqrs::FollowedBy<#ident> for #ty {}
        }
    });
    quote!(#(#impls)*)
}

fn indexed<'a>(view: &'a View<'_>) -> impl Iterator<Item = &'a Field<'a>> {
    view.indexes
        .iter()
        .map(|marked| &view.item.fields[marked.field])
}

fn index_names(view: &View<'_>) -> Option<TokenStream> {
    if view.indexes.is_empty() {
        return None;
    }
    let names = indexed(view).map(Field::name);
    Some(quote!(const INDEXES: &'static [&'static ::core::primitive::str] = &[#(#names),*];))
}

fn index(view: &View<'_>) -> Option<TokenStream> {
    if view.indexes.is_empty() {
        return None;
    }
    let values = indexed(view).map(|field| {
        let (name, member, ty) = (field.name(), &field.member, field.ty);
        quote_spanned! {ty.span()=>
            __cqrs::Indexes::add::<#ty>(__cqrs_indexes, #name, &self.#member);
        }
    });
    Some(quote! {
        fn index(&self, __cqrs_indexes: &mut __cqrs::Indexes) {
            #(#values)*
        }
    })
}

/// A constant for each index, as visible as its field.
pub(crate) fn indexes(view: &View<'_>) -> Option<TokenStream> {
    if view.indexes.is_empty() {
        return None;
    }
    let ident = view.item.ident;
    let constants = indexed(view).map(|field| {
        let (name, visibility, ty) = (field.name(), &field.original.vis, field.ty);
        let constant = format_ident!("{}", name.to_uppercase(), span = field.span());
        let doc = format!("Finds documents of [`{}`] by `{name}`.", said(ident));
        quote_spanned! {ty.span()=>
            #[doc = #doc]
            #visibility const #constant: __cqrs::Index<#ident, #ty> =
                __cqrs::Index::new(#name);
        }
    });
    Some(quote! {
        #[automatically_derived]
        #[allow(dead_code, private_interfaces, unreachable_pub)]
        impl #ident {
            #(#constants)*
        }
    })
}
