//! Where generated code finds the framework, and where the compiler is to see it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// The path of the facade: `::cqrs`, or what `crate = path` says.
#[derive(Clone, Default)]
pub(crate) struct Crate(Option<Path>);

impl Crate {
    /// What `crate = path` says, if it was given.
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self(path.cloned())
    }

    /// Puts what a derive writes where it adds no name to the user's scope, and finds all it needs under one: a wrong
    /// path is then one error, at the path.
    pub(crate) fn wrap(&self, items: &TokenStream) -> TokenStream {
        quote! {
            #[allow(unused_qualifications)]
            const _: () = {
                use #self::__private as __cqrs;
                #items
            };
        }
    }
}

impl ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => tokens.extend(quote!(::cqrs)),
        }
    }
}

/// The same tokens at another place.
pub(crate) fn respan(tokens: TokenStream, place: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(place);
            token
        })
        .collect()
}
