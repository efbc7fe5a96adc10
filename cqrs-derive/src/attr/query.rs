//! The keys of `#[query(..)]`.

use syn::{Ident, LitStr, Path, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[query(..)]`.
#[derive(Default)]
pub(crate) struct QueryKeys {
    /// The view that answers it.
    pub(crate) view: Once<Type>,
    /// The service that answers it.
    pub(crate) handler: Once<Type>,
    /// What it is answered with.
    pub(crate) output: Once<Type>,
    /// Why it is rejected.
    pub(crate) error: Once<Type>,
    /// It cannot be asked by name.
    pub(crate) local: Once<()>,
    /// The name it is known under.
    pub(crate) name: Once<LitStr>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for QueryKeys {
    const ATTRIBUTE: &'static str = "query";
    const KEYS: &'static [&'static str] = &[
        "view", "handler", "output", "error", "local", "name", "crate",
    ];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "view" => self.view.set(cx, key, value::ty(key, input)),
            "handler" => self.handler.set(cx, key, value::ty(key, input)),
            "output" => self.output.set(cx, key, value::ty(key, input)),
            "error" => self.error.set(cx, key, value::ty(key, input)),
            "local" => self.local.set(cx, key, value::flag(key, input)),
            "name" => self.name.set(cx, key, value::string(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}
