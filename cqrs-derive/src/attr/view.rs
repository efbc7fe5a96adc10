//! The keys of `#[view(..)]`.

use syn::{Ident, LitInt, LitStr, Path, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[view(..)]`.
#[derive(Default)]
pub(crate) struct ViewKeys {
    /// The events it follows.
    pub(crate) events: Once<Vec<Type>>,
    /// What identifies a document.
    pub(crate) key: Once<Type>,
    /// The name its documents are stored under.
    pub(crate) name: Once<LitStr>,
    /// The version of its shape and projection.
    pub(crate) version: Once<LitInt>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for ViewKeys {
    const ATTRIBUTE: &'static str = "view";
    const KEYS: &'static [&'static str] = &["events", "key", "name", "version", "crate"];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "events" => self.events.set(cx, key, value::types(key, input)),
            "key" => self.key.set(cx, key, value::ty(key, input)),
            "name" => self.name.set(cx, key, value::string(key, input)),
            "version" => self.version.set(cx, key, value::number(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}
