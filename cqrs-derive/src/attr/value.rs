//! The values of keys; each error says how the value is written.

use proc_macro2::{Ident, TokenStream};
use syn::{
    LitInt, LitStr, Path, Token, Type, parenthesized,
    parse::{Parse, ParseStream},
    token::Paren,
};

use crate::spell::said;

/// `key = ".."`.
pub(crate) fn string(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitStr> {
    assigned(key, input, "\"..\"", "text in quotes")
}

/// `key = n`.
pub(crate) fn number(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitInt> {
    assigned(key, input, "1", "a whole number")
}

/// `key = path`.
pub(crate) fn path(key: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    equals(key, input, "some::path")?;
    input.call(Path::parse_mod_style)
}

/// `key = Type`.
pub(crate) fn ty(key: &Ident, input: ParseStream<'_>) -> syn::Result<Type> {
    equals(key, input, "Type")?;
    unquoted(key, input)?;
    input.parse()
}

/// `key = word`, the word being one of a few.
pub(crate) fn word(key: &Ident, input: ParseStream<'_>, words: &[&str]) -> syn::Result<Ident> {
    let expected = words.join(" | ");
    let word: Ident = assigned(key, input, &expected, "a word")?;
    if words.iter().any(|known| word == known) {
        Ok(word)
    } else {
        Err(syn::Error::new(
            word.span(),
            format!("`{}` is `{expected}`", said(key)),
        ))
    }
}

/// `key`, and nothing behind it.
pub(crate) fn flag(key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        Err(input.error(format!("`{}` stands alone: it takes no value", said(key))))
    }
}

/// `key(A, B)`.
pub(crate) fn types(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Type>> {
    list(key, input, "A, B", |input| {
        unquoted(key, input)?;
        input.parse()
    })
}

/// `key("a", "b")`.
pub(crate) fn strings(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    list(key, input, "\"..\"", Parse::parse)
}

/// `key(..)` with entries of any form; `example` is what may stand in it.
pub(crate) fn list<T>(
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
    entry: impl Fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    if !input.peek(Paren) {
        let key_name = said(key);
        let message = format!("`{key_name}` takes a list: write `{key_name}({example})`");
        return Err(syn::Error::new(key.span(), message));
    }
    let content;
    parenthesized!(content in input);
    let entries = separated(&content, entry);
    // What is left after a mistake would be another one.
    content.parse::<TokenStream>()?;
    entries
}

fn separated<T>(
    input: ParseStream<'_>,
    entry: impl Fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        entries.push(entry(input)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

fn assigned<T: Parse>(
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
    what: &str,
) -> syn::Result<T> {
    equals(key, input, example)?;
    let wrong = input.span();
    input.parse().map_err(|_what_was_expected: syn::Error| {
        let key = said(key);
        syn::Error::new(
            wrong,
            format!("`{key}` is {what}: write `{key} = {example}`"),
        )
    })
}

fn equals(key: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<()> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        return Ok(());
    }
    let key_name = said(key);
    Err(syn::Error::new(
        key.span(),
        format!("`{key_name}` needs a value: write `{key_name} = {example}`"),
    ))
}

/// Types stand without quotes, unlike in some other derives.
fn unquoted(key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    match input.fork().parse::<LitStr>() {
        Ok(text) => Err(syn::Error::new(
            text.span(),
            format!(
                "`{}` takes a type: write `{}` without quotes",
                said(key),
                text.value()
            ),
        )),
        Err(_) => Ok(()),
    }
}
