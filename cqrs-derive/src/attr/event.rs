//! The keys of `#[event(..)]`.

use syn::{Ident, LitInt, LitStr, Path, Token, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[event(..)]`.
#[derive(Default)]
pub(crate) struct EventKeys {
    /// The name it is stored under.
    pub(crate) name: Once<LitStr>,
    /// The version of its shape.
    pub(crate) version: Once<LitInt>,
    /// Names it was stored under before.
    pub(crate) formerly: Once<Vec<LitStr>>,
    /// Its older shapes.
    pub(crate) upcast: Once<Vec<Upcast>>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for EventKeys {
    const ATTRIBUTE: &'static str = "event";
    const KEYS: &'static [&'static str] = &["name", "version", "formerly", "upcast", "crate"];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "name" => self.name.set(cx, key, value::string(key, input)),
            "version" => self.version.set(cx, key, value::number(key, input)),
            "formerly" => self.formerly.set(cx, key, value::strings(key, input)),
            "upcast" => self.upcast.set(cx, key, upcasts(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}

/// `1 = V1`: an older shape.
pub(crate) struct Upcast {
    pub(crate) version: LitInt,
    pub(crate) ty: Type,
}

fn upcasts(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Upcast>> {
    value::list(key, input, "1 = V1, 2 = V2", |input| {
        let wrong = |_| {
            input.error(
                "an older version is written `1 = V1`: its number, and the type of its shape",
            )
        };
        let version = input.parse().map_err(wrong)?;
        input.parse::<Token![=]>().map_err(wrong)?;
        Ok(Upcast {
            version,
            ty: input.parse()?,
        })
    })
}
