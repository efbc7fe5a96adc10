//! The keys of `#[projection(..)]`.

use syn::{Ident, LitInt, LitStr, Path, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[projection(..)]`.
#[derive(Default)]
pub(crate) struct ProjectionKeys {
    /// The name that its tables' names begin with.
    pub(crate) name: Once<LitStr>,
    /// The version of its tables and of what makes them.
    pub(crate) version: Once<LitInt>,
    /// Where its tables are.
    pub(crate) store: Once<Type>,
    /// The events it follows.
    pub(crate) events: Once<Vec<Type>>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for ProjectionKeys {
    const ATTRIBUTE: &'static str = "projection";
    const KEYS: &'static [&'static str] = &["name", "version", "store", "events", "crate"];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "name" => self.name.set(cx, key, value::string(key, input)),
            "version" => self.version.set(cx, key, value::number(key, input)),
            "store" => self.store.set(cx, key, value::ty(key, input)),
            "events" => self.events.set(cx, key, value::types(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}
