//! `CQRS_DEBUG=TypeName cargo check` shows what a derive wrote.

use std::env;

use proc_macro2::TokenStream;
use syn::DeriveInput;

/// Prints the expansion, if it was asked for.
#[expect(clippy::print_stderr, reason = "it is what was asked for")]
pub(crate) fn print(input: &DeriveInput, tokens: &TokenStream) {
    if env::var("CQRS_DEBUG").is_ok_and(|wanted| input.ident == wanted) {
        eprintln!("{tokens}");
    }
}
