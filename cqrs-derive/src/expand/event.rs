//! What `#[derive(Event)]` writes.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::registration;
use crate::{
    attr::event::Upcast,
    model::{Event, Tag},
    spell::caret,
};

pub(super) fn expand(event: &Event<'_>) -> TokenStream {
    let (ident, name) = (event.item.ident, &event.item.name);
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
        &quote_spanned!(event.item.span()=> event::<#ident>().fields(#fields)),
    );
    quote_spanned! {event.item.span()=>
        #[automatically_derived]
        impl __cqrs::Event for #ident {
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
    let tags = event.tags.iter().map(|it| tag(event, it));
    Some(quote! {
        fn tags(&self, __cqrs_tags: &mut __cqrs::Tags) {
            #(#tags)*
        }
    })
}

fn tag(event: &Event<'_>, tag: &Tag) -> TokenStream {
    let field = &event.item.fields[tag.field];
    let key = tag
        .keys
        .name
        .get()
        .map_or_else(|| field.name(), syn::LitStr::value);
    let (member, ty) = (&field.member, field.ty);
    quote_spanned!(ty.span()=> __cqrs::Tags::add(__cqrs_tags, #key, &<#ty as __cqrs::TagValue>::text(&self.#member));)
}

/// Reads each older version as its own shape, and turns it into the next one until it is the current.
fn decode(event: &Event<'_>) -> Option<TokenStream> {
    let older = event.keys.upcast.get().filter(|older| !older.is_empty())?;
    let version = event.keys.version.get()?;
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
        ) -> ::core::result::Result<Self, __cqrs::DecodeReason> {
            match __cqrs_version {
                #version => __cqrs::read_payload::<Self>(__cqrs_payload),
                #(#arms)*
                _ => ::core::result::Result::Err(__cqrs::DecodeReason::Version { known: #version }),
            }
        }
    })
}

/// The first of these shapes is read, and turned into the next until it is the event.
fn steps(event: &Event<'_>, older: &[&Upcast]) -> TokenStream {
    let ident = event.item.ident;
    let first = older.first().map(|it| &it.ty);
    let place = older
        .first()
        .map_or_else(Span::call_site, |it| caret(&it.ty));
    let read = quote_spanned!(place=> __cqrs::read_payload::<#first>);
    let read = quote!(#read(__cqrs_payload)?);
    let nexts = older
        .iter()
        .skip(1)
        .map(|it| &it.ty)
        .map(|ty| quote!(#ty))
        .chain([quote!(#ident)]);
    older.iter().zip(nexts).fold(read, |inner, (from, next)| {
        let ty = &from.ty;
        let upcast = quote_spanned!(caret(ty)=> <#ty as __cqrs::Upcast<#next>>::upcast);
        quote!(#upcast(#inner))
    })
}
