//! The registration that every derive writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::{
    model::{Field, Item},
    paths::Crate,
    spell::spelled,
};

/// Submits what `chain` makes of `Registration::kind::<Type>`, at the place of the type's name.
pub(super) fn submit(item: &Item<'_>, kind: &str, chain: &TokenStream) -> TokenStream {
    let (ident, krate) = (item.ident, &item.krate);
    let kind = Ident::new(kind, Span::call_site());
    let as_registered = quote! {
        #krate::__private::Registered<#krate::__private::kind::#kind>
    };
    let here = krate.at(ident.span());
    let registration = quote_spanned!(ident.span()=> #here::__private::Registration::#chain);
    quote! {
        #[automatically_derived]
        impl #as_registered for #ident {
            const REGISTRATION: #krate::__private::Registration = #registration;
        }
        #krate::__private::submit! { <#ident as #as_registered>::REGISTRATION }
    }
}

/// `&[..]` of the fields, each at its own place.
pub(super) fn fields(item: &Item<'_>) -> TokenStream {
    let fields = item.fields.iter().map(|it| field(&item.krate, it));
    quote!(const { &[#(#fields),*] })
}

fn field(krate: &Crate, field: &Field<'_>) -> TokenStream {
    let span = field.span();
    let krate = krate.at(span);
    let (name, ty) = (field.name(), spelled(field.ty));
    quote_spanned!(span=> #krate::__private::Field::new(#name, #ty))
}
