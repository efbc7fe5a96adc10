//! Types and words as people write them.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Ident, Type, ext::IdentExt, spanned::Spanned};

/// A type as it is written, with the spaces that rustfmt would leave.
pub(crate) fn spelled(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        let word = match &token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                continue;
            }
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    ',' | ';' => text.extend([punct.as_char(), ' ']),
                    '+' | '=' => text.extend([' ', punct.as_char(), ' ']),
                    // `Fn() -> T`: the arrow's head ends what the `-` began.
                    '-' => text.push_str(" -"),
                    '>' if text.ends_with('-') => text.push_str("> "),
                    other => text.push(other),
                }
                continue;
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => token.to_string(),
        };
        if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
            text.push(' ');
        }
        text.push_str(&word);
    }
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn listed<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<_> = words
        .into_iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    words.join(", ")
}

/// An ident as people say it: without `r#`.
pub(crate) fn said(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// The word of a type that a caret best points at: its last name.
pub(crate) fn caret(ty: &Type) -> Span {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or_else(|| ty.span(), |last| last.ident.span()),
        Type::Group(group) => caret(&group.elem),
        other => other.span(),
    }
}

/// The last name of a type, for a message.
pub(crate) fn short(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map_or_else(|| spelled(ty), spelled),
        Type::Group(group) => short(&group.elem),
        other => spelled(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{short, spelled};

    #[test]
    fn types_are_spelled_as_they_are_written() {
        for written in [
            "String",
            "Vec<UserView>",
            "HashMap<String, Option<u64>>",
            "[u8; 16]",
            "(u64, String)",
            "Box<dyn Fn(u8) -> u8 + Send>",
            "&'static str",
        ] {
            let ty: syn::Type = syn::parse_str(written).unwrap();
            assert_eq!(spelled(&ty), written);
        }
    }

    #[test]
    fn a_path_is_short_by_its_last_name() {
        let ty: syn::Type = syn::parse_str("crate::users::UserCreated").unwrap();
        assert_eq!(short(&ty), "UserCreated");
    }
}
