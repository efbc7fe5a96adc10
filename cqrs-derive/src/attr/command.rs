//! The keys of `#[command(..)]`.

use syn::{Ident, LitStr, Path, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[command(..)]`.
#[derive(Default)]
pub(crate) struct CommandKeys {
    /// The aggregate that decides it.
    pub(crate) aggregate: Once<Type>,
    /// The service that handles it.
    pub(crate) handler: Once<Type>,
    /// What it is answered with.
    pub(crate) output: Once<Type>,
    /// Why it is rejected.
    pub(crate) error: Once<Type>,
    /// The aggregate must not exist yet.
    pub(crate) create: Once<()>,
    /// The aggregate may exist or not.
    pub(crate) upsert: Once<()>,
    /// It cannot be sent by name.
    pub(crate) local: Once<()>,
    /// The name it is known under.
    pub(crate) name: Once<LitStr>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for CommandKeys {
    const ATTRIBUTE: &'static str = "command";
    const KEYS: &'static [&'static str] = &[
        "aggregate",
        "handler",
        "output",
        "error",
        "create",
        "upsert",
        "local",
        "name",
        "crate",
    ];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "aggregate" => self.aggregate.set(cx, key, value::ty(key, input)),
            "handler" => self.handler.set(cx, key, value::ty(key, input)),
            "output" => self.output.set(cx, key, value::ty(key, input)),
            "error" => self.error.set(cx, key, value::ty(key, input)),
            "create" => self.create.set(cx, key, value::flag(key, input)),
            "upsert" => self.upsert.set(cx, key, value::flag(key, input)),
            "local" => self.local.set(cx, key, value::flag(key, input)),
            "name" => self.name.set(cx, key, value::string(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}
