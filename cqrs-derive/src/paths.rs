//! Where generated code finds the framework.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
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

    /// The same path, as if it were written at another place: for calls whose place is read by the callee.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        respan(self.to_token_stream(), span)
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
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
            }
            token.set_span(span);
            token
        })
        .collect()
}
