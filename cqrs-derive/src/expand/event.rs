//! What `#[derive(Event)]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::registration;
use crate::{
    attr::event::Upcast,
    model::{Event, Tag},
    spell::caret,
};

pub(super) fn expand(event: &Event<'_>) -> TokenStream {
    let (ident, krate, name) = (event.item.ident, &event.item.krate, &event.item.name);
    let version = event
        .keys
        .version
        .get()
        .map(|version| quote!(const VERSION: ::core::primitive::u32 = #version;));
    let formerly = event.keys.formerly.get().map(|names| {
        quote!(const FORMERLY: &'static [&'static ::core::primitive::str] = &[#(#names),*];)
    });
    let (tags, decode) = (tags(event), decode(event));
    let fields = registration::fields(&event.item);
    let registration = registration::submit(
        &event.item,
        "Event",
        &quote!(event::<#ident>().fields(#fields)),
    );
    quote! {
        #[automatically_derived]
        impl #krate::Event for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            #version
            #formerly
            #tags
            #decode
        }
        #registration
    }
}

fn tags(event: &Event<'_>) -> Option<TokenStream> {
    if event.tags.is_empty() {
        return None;
    }
    let krate = &event.item.krate;
    let tags = event.tags.iter().map(|it| tag(event, it));
    Some(quote! {
        fn tags(&self, __cqrs_tags: &mut #krate::__private::Tags) {
            #(#tags)*
        }
    })
}

fn tag(event: &Event<'_>, tag: &Tag) -> TokenStream {
    let (krate, field) = (&event.item.krate, &event.item.fields[tag.field]);
    let key = tag
        .keys
        .name
        .get()
        .map_or_else(|| field.name(), syn::LitStr::value);
    let (member, ty) = (&field.member, field.ty);
    quote_spanned!(ty.span()=> #krate::__private::tag::<#ty>(__cqrs_tags, #key, &self.#member);)
}

/// Reads each older version as its own shape, and turns it into the next one until it is the current.
fn decode(event: &Event<'_>) -> Option<TokenStream> {
    let older = event.keys.upcast.get().filter(|older| !older.is_empty())?;
    let version = event.keys.version.get()?;
    let krate = &event.item.krate;
    let mut older: Vec<_> = older.iter().collect();
    older.sort_by_key(|it| it.version.base10_parse::<u32>().ok());
    let arms = older.iter().enumerate().map(|(at, first)| {
        let number = &first.version;
        let steps = steps(event, &older[at..]);
        quote!(#number => ::core::result::Result::Ok(#steps),)
    });
    Some(quote! {
        fn decode(
            __cqrs_version: ::core::primitive::u32,
            __cqrs_payload: &[::core::primitive::u8],
        ) -> ::core::result::Result<Self, #krate::__private::DecodeReason> {
            match __cqrs_version {
                #version => #krate::__private::read::<Self>(__cqrs_payload),
                #(#arms)*
                _ => ::core::result::Result::Err(#krate::__private::DecodeReason::Version { known: #version }),
            }
        }
    })
}

/// The first of these shapes is read, and turned into the next until it is the event.
fn steps(event: &Event<'_>, older: &[&Upcast]) -> TokenStream {
    let krate = &event.item.krate;
    let ident = event.item.ident;
    let first = older.first().map(|it| &it.ty);
    let read = quote!(#krate::__private::read::<#first>(__cqrs_payload)?);
    let nexts = older
        .iter()
        .skip(1)
        .map(|it| &it.ty)
        .map(|ty| quote!(#ty))
        .chain([quote!(#ident)]);
    older.iter().zip(nexts).fold(read, |inner, (from, next)| {
        let ty = &from.ty;
        let upcast = quote_spanned!(caret(ty)=> <#ty as #krate::__private::Upcast<#next>>::upcast);
        quote!(#upcast(#inner))
    })
}
