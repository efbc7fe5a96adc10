//! The keys of `#[handler(..)]`.

use syn::{Ident, LitStr, Path, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[handler(..)]`.
#[derive(Default)]
pub(crate) struct HandlerKeys {
    /// The name its place in the log is kept under.
    pub(crate) name: Once<LitStr>,
    /// The events it follows.
    pub(crate) events: Once<Vec<Type>>,
    /// Where it starts.
    pub(crate) from: Once<Ident>,
    /// The commands it claims.
    pub(crate) commands: Once<Vec<Type>>,
    /// The queries it claims.
    pub(crate) queries: Once<Vec<Type>>,
    /// The views its answers rest on, beside those injected.
    pub(crate) reads: Once<Vec<Type>>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for HandlerKeys {
    const ATTRIBUTE: &'static str = "handler";
    const KEYS: &'static [&'static str] = &[
        "name", "events", "from", "commands", "queries", "reads", "crate",
    ];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "name" => self.name.set(cx, key, value::string(key, input)),
            "events" => self.events.set(cx, key, value::types(key, input)),
            "from" => self
                .from
                .set(cx, key, value::word(key, input, &["beginning"])),
            "commands" => self.commands.set(cx, key, value::types(key, input)),
            "queries" => self.queries.set(cx, key, value::types(key, input)),
            "reads" => self.reads.set(cx, key, value::types(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}
