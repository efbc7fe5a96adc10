//! The keys of `#[aggregate(..)]`.

use syn::{Ident, LitInt, LitStr, Path, Type, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// `#[aggregate(..)]`.
#[derive(Default)]
pub(crate) struct AggregateKeys {
    /// The events it records.
    pub(crate) events: Once<Vec<Type>>,
    /// Why it rejects commands.
    pub(crate) error: Once<Type>,
    /// What identifies one.
    pub(crate) id: Once<Type>,
    /// When its state is stored.
    pub(crate) snapshot: Once<Snapshot>,
    /// The commands it claims.
    pub(crate) commands: Once<Vec<Type>>,
    /// The name its streams are stored under.
    pub(crate) name: Once<LitStr>,
    /// Where the framework is found.
    pub(crate) krate: Once<Path>,
}

impl Keys for AggregateKeys {
    const ATTRIBUTE: &'static str = "aggregate";
    const KEYS: &'static [&'static str] = &[
        "events", "error", "id", "snapshot", "commands", "name", "crate",
    ];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        match key.to_string().as_str() {
            "events" => self.events.set(cx, key, value::types(key, input)),
            "error" => self.error.set(cx, key, value::ty(key, input)),
            "id" => self.id.set(cx, key, value::ty(key, input)),
            "snapshot" => self.snapshot.set(cx, key, snapshot(key, input)),
            "commands" => self.commands.set(cx, key, value::types(key, input)),
            "name" => self.name.set(cx, key, value::string(key, input)),
            _ => self.krate.set(cx, key, value::path(key, input)),
        }
    }
}

/// `snapshot(version = 1, every = 100)`.
pub(crate) struct Snapshot {
    pub(crate) version: Option<LitInt>,
    pub(crate) every: LitInt,
}

fn snapshot(key: &Ident, input: ParseStream<'_>) -> syn::Result<Snapshot> {
    const FORM: &str = "write `snapshot(version = 1, every = 100)`";

    let parts = value::list(key, input, "version = 1, every = 100", |input| {
        let part: Ident = input.parse()?;
        if part != "version" && part != "every" {
            let message = format!("`snapshot` has no `{part}`: {FORM}");
            return Err(syn::Error::new(part.span(), message));
        }
        let number = value::number(&part, input)?;
        Ok((part, number))
    })?;
    let (mut version, mut every) = (None, None);
    for (part, number) in parts {
        let place = if part == "version" {
            &mut version
        } else {
            &mut every
        };
        if place.replace(number).is_some() {
            return Err(syn::Error::new(
                part.span(),
                format!("`{part}` is given twice"),
            ));
        }
    }
    let missing = || {
        syn::Error::new(
            key.span(),
            format!("a snapshot is taken after how many events? {FORM}"),
        )
    };
    Ok(Snapshot {
        version,
        every: every.ok_or_else(missing)?,
    })
}
