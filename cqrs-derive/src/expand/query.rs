//! What `#[derive(Query)]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use super::{destination, registration};
use crate::{model::Query, spell::caret};

pub(super) fn expand(query: &Query<'_>) -> TokenStream {
    let message = message(query);
    let answered = query
        .keys
        .handler
        .get()
        .map(|handler| answered_by(query, handler));
    let goes = (query.keys.view.get())
        .or_else(|| query.keys.handler.get())
        .map(|to| destination::routed(query.item.ident, to));
    let registration = registered(query);
    quote!(#message #answered #goes #registration)
}

fn message(query: &Query<'_>) -> TokenStream {
    let (ident, name) = (query.item.ident, &query.item.name);
    let (output, error) = (output(query), error(query));
    let route = route(query);
    quote_spanned! {query.item.span()=>
        #[automatically_derived]
        impl __cqrs::Query for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Output = #output;
            type Error = #error;
            #route
        }
    }
}

/// What it is answered with.
pub(crate) fn output(query: &Query<'_>) -> TokenStream {
    match (query.keys.view.get(), query.keys.output.get()) {
        (Some(view), _) => quote!(::core::option::Option<#view>),
        (None, Some(output)) => quote!(#output),
        (None, None) => quote!(()),
    }
}

/// Why it is rejected.
pub(crate) fn error(query: &Query<'_>) -> TokenStream {
    query
        .keys
        .error
        .get()
        .map_or_else(|| quote!(__cqrs::HandlerError), |error| quote!(#error))
}

/// The way to who answers it; a contract's query takes the way that the trait has already.
fn route(query: &Query<'_>) -> Option<TokenStream> {
    match (query.keys.view.get(), query.keys.handler.get()) {
        (Some(view), _) => document(query, view),
        (None, Some(handler)) => Some(service(handler)),
        (None, None) => None,
    }
}

fn service(handler: &Type) -> TokenStream {
    quote_spanned! {caret(handler)=>
        #[inline]
        fn __route(
            self,
            __cqrs_call: __cqrs::QueryCall<'_>,
        ) -> impl ::core::future::Future<Output = __cqrs::QueryResult<Self>> + ::core::marker::Send {
            __cqrs::QueryCall::handle::<#handler, Self>(__cqrs_call, self)
        }
    }
}

/// The document whose key a field is; that it is one is asked at the field's type.
fn document(query: &Query<'_>, view: &Type) -> Option<TokenStream> {
    let field = query.id()?;
    let (member, ty) = (&field.member, field.ty);
    // Of this call only the field's type stands at the field: what is no view is an error at the view's name.
    let key = quote_spanned!(caret(view)=> __cqrs::QueryCall::key::<#ty, #view>(&self.#member));
    Some(quote_spanned! {caret(view)=>
        async fn __route(self, __cqrs_call: __cqrs::QueryCall<'_>) -> __cqrs::QueryResult<Self> {
            __cqrs::QueryCall::document::<#view, Self>(__cqrs_call, #key).await
        }
    })
}

fn answered_by(query: &Query<'_>, handler: &Type) -> TokenStream {
    let ident = query.item.ident;
    quote_spanned! {query.item.span()=>
        #[automatically_derived]
        impl __cqrs::AnsweredBy<#handler> for #ident {}
    }
}

fn registered(query: &Query<'_>) -> TokenStream {
    let ident = query.item.ident;
    let to = match (query.keys.view.get(), query.keys.handler.get()) {
        (Some(view), _) => Some(quote!(.to_view::<#view>())),
        (None, Some(handler)) => Some(quote!(.to_handler::<#handler>())),
        (None, None) => None,
    };
    let by_name = (!query.keys.local.is_given())
        .then(|| quote_spanned!(ident.span()=> .query_by_name::<#ident>()));
    let fields = registration::fields(&query.item);
    registration::submit(
        &query.item,
        "Query",
        &quote_spanned!(query.item.span()=> query::<#ident>() #to #by_name .fields(#fields)),
    )
}
