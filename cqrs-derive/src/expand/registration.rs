//! The registration that every derive writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::{
    model::{Field, Item},
    spell::spelled,
};

/// Submits what `chain` makes of `Registration::kind::<Type>`.
///
/// The call stands at the type's name as if the user had written it there: it reads its own place. So `chain` does.
pub(super) fn submit(item: &Item<'_>, kind: &str, chain: &TokenStream) -> TokenStream {
    let ident = item.ident;
    let kind = Ident::new(kind, Span::call_site());
    let registration = quote_spanned!(ident.span()=> __cqrs::Registration::#chain);
    quote! {
        #[automatically_derived]
        impl __cqrs::Registered<__cqrs::kind::#kind> for #ident {
            const REGISTRATION: __cqrs::Registration = #registration;
        }
        __cqrs::submit! { <#ident as __cqrs::Registered<__cqrs::kind::#kind>>::REGISTRATION }
    }
}

/// `&[..]` of the fields, each at its own place.
pub(super) fn fields(item: &Item<'_>) -> TokenStream {
    let fields = item.fields.iter().map(field);
    quote!(const { &[#(#fields),*] })
}

fn field(field: &Field<'_>) -> TokenStream {
    let (name, ty) = (field.name(), spelled(field.ty));
    quote_spanned!(field.span()=> __cqrs::Field::new(#name, #ty))
}
