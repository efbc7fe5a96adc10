//! The attributes of fields.

use syn::{Attribute, Ident, LitStr, Meta, parse::ParseStream};

use super::{Keys, Once, value};
use crate::ctxt::Ctxt;

/// The attribute of this name, if the field has it; twice is a mistake.
pub(crate) fn find<'a>(
    cx: &Ctxt,
    attributes: &'a [Attribute],
    name: &str,
) -> Option<&'a Attribute> {
    let mut found = attributes.iter().filter(|it| it.path().is_ident(name));
    let first = found.next()?;
    for again in found {
        cx.error(again, format!("`#[{name}]` is given twice"));
        cx.error(first, format!("`#[{name}]` is first given here"));
    }
    Some(first)
}

/// A mark: an attribute that takes nothing.
pub(crate) fn mark<'a>(
    cx: &Ctxt,
    attributes: &'a [Attribute],
    name: &str,
) -> Option<&'a Attribute> {
    let attribute = find(cx, attributes, name)?;
    if !matches!(attribute.meta, Meta::Path(_)) {
        cx.error(
            &attribute.meta,
            format!("`#[{name}]` stands alone: it takes nothing"),
        );
    }
    Some(attribute)
}

/// `#[tag(..)]`.
#[derive(Default)]
pub(crate) struct TagKeys {
    /// The tag's key, if it is not the field's name.
    pub(crate) name: Once<LitStr>,
}

impl Keys for TagKeys {
    const ATTRIBUTE: &'static str = "tag";
    const KEYS: &'static [&'static str] = &["name"];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        self.name.set(cx, key, value::string(key, input))
    }
}

/// `#[inject(..)]`.
#[derive(Default)]
pub(crate) struct InjectKeys {
    /// The type's default, if nobody provides a value.
    pub(crate) default: Once<()>,
}

impl Keys for InjectKeys {
    const ATTRIBUTE: &'static str = "inject";
    const KEYS: &'static [&'static str] = &["default"];

    fn take(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> bool {
        self.default.set(cx, key, value::flag(key, input))
    }
}
