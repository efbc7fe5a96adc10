//! Reading attributes: flat keys, each at most once, every mistake noted and stepped over.

pub(crate) mod aggregate;
pub(crate) mod command;
pub(crate) mod event;
pub(crate) mod field;
pub(crate) mod handler;
pub(crate) mod projection;
pub(crate) mod query;
pub(crate) mod value;
pub(crate) mod view;

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Ident, Meta, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    ctxt::Ctxt,
    spell::{listed, said},
    suggest::nearest,
};

/// A key that may be given once: where it is, and its value unless that is unusable.
pub(crate) struct Once<T>(Option<(Ident, Option<T>)>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Once<T> {
    /// Takes the key's value. `false`: the value could not be read to its end.
    fn set(&mut self, cx: &Ctxt, key: &Ident, value: syn::Result<T>) -> bool {
        let read = value.is_ok();
        let value = cx.ok(value);
        match &self.0 {
            Some((first, _)) => {
                cx.error(key, format!("`{}` is given twice", said(key)));
                cx.error(first, format!("`{}` is first given here", said(first)));
            }
            None => self.0 = Some((key.clone(), value)),
        }
        read
    }

    /// The key, if it was given, usable or not.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.0.as_ref().map(|(key, _)| key)
    }

    /// The value, if it was given and is usable.
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().and_then(|(_, value)| value.as_ref())
    }

    /// Whether it was given, usable or not.
    pub(crate) const fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

/// The keys of one derive's attribute.
pub(crate) trait Keys: Default {
    /// The attribute's name.
    const ATTRIBUTE: &'static str;

    /// The keys it takes.
    const KEYS: &'static [&'static str];

    /// Takes one of [`KEYS`](Self::KEYS). `false`: its value could not be read to its end.
    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool;

    /// Reads all attributes of this name.
    fn read(cx: &Ctxt, attributes: &[Attribute]) -> Self {
        let mut keys = Self::default();
        let mut meant = Vec::new();
        for attribute in attributes
            .iter()
            .filter(|it| it.path().is_ident(Self::ATTRIBUTE))
        {
            match &attribute.meta {
                Meta::Path(_) => {}
                Meta::List(list) => {
                    let read = |input: ParseStream<'_>| {
                        read_list(cx, &mut keys, &mut meant, input);
                        Ok(())
                    };
                    cx.ok(read.parse2(list.tokens.clone()));
                }
                Meta::NameValue(value) => cx.error(
                    value,
                    format!(
                        "`#[{0}]` takes keys: write `#[{0}(key = value)]`",
                        Self::ATTRIBUTE
                    ),
                ),
            }
        }
        keys.take_meant(meant);
        keys
    }

    /// Takes each misspelt key for what it was meant to be, so that nothing seems to be missing; a mistake it was
    /// already.
    fn take_meant(&mut self, meant: Vec<Meant>) {
        let elsewhere = Ctxt::default();
        for Meant { key, rest } in meant {
            let take = |input: ParseStream<'_>| {
                self.take(&elsewhere, &key, input);
                input.parse::<TokenStream>()
            };
            elsewhere.ok(take.parse2(rest));
        }
        drop(elsewhere.check());
    }
}

/// A key that is nearly one of those there are, and what stands behind it.
pub(crate) struct Meant {
    key: Ident,
    rest: TokenStream,
}

fn read_list<K: Keys>(cx: &Ctxt, keys: &mut K, meant: &mut Vec<Meant>, input: ParseStream<'_>) {
    while !input.is_empty() {
        match Ident::parse_any(input) {
            Err(_) => {
                cx.push(input.error(format!(
                    "`#[{}]` takes keys here: {}",
                    K::ATTRIBUTE,
                    listed(K::KEYS)
                )));
                skip(input);
            }
            Ok(key) if K::KEYS.contains(&said(&key).as_str()) => {
                if keys.take(cx, &key, input) && !input.is_empty() && !input.peek(Token![,]) {
                    cx.push(input.error("expected `,` before the next key"));
                }
                skip(input);
            }
            Ok(key) => {
                let near = nearest(&said(&key), K::KEYS);
                cx.error(&key, unknown(K::ATTRIBUTE, &said(&key), near, K::KEYS));
                let rest = skip(input);
                if let Some(near) = near {
                    let key = Ident::new(near, key.span());
                    meant.push(Meant { key, rest });
                }
            }
        }
    }
}

fn unknown(attribute: &str, key: &str, near: Option<&str>, keys: &[&str]) -> String {
    match near {
        Some(nearest) => format!("`#[{attribute}]` has no `{key}`: did you mean `{nearest}`?"),
        None => format!("`#[{attribute}]` has no `{key}`: it takes {}", listed(keys)),
    }
}

/// Steps over the rest of one entry, which it returns, and the comma behind it.
fn skip(input: ParseStream<'_>) -> TokenStream {
    let mut rest = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        match input.parse::<TokenTree>() {
            Ok(token) => rest.extend([token]),
            Err(_) => return rest,
        }
    }
    if input.peek(Token![,]) {
        drop(input.parse::<Token![,]>());
    }
    rest
}
