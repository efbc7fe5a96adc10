//! Stored names: what they are by default, and what they may be.

use syn::{Ident, LitStr};

use crate::{ctxt::Ctxt, spell::said};

/// The name of a type without the word for its kind; a type that is only that word keeps it.
pub(crate) fn default(ident: &Ident, suffix: &str) -> String {
    let name = said(ident);
    match name.strip_suffix(suffix) {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}

/// How long a stored name may be.
const LONGEST: usize = 200;

/// The name, if it can be one. It is a column of every row and a part of keys.
pub(crate) fn check(cx: &Ctxt, name: &LitStr) {
    let text = name.value();
    if text.is_empty() {
        cx.error(
            name,
            "a stored name cannot be empty: leave `name` out to take the type's own",
        );
    } else if text.len() > LONGEST {
        cx.error(
            name,
            format!(
                "a stored name has at most {LONGEST} bytes: this one has {}",
                text.len()
            ),
        );
    } else if text.chars().any(char::is_control) {
        cx.error(
            name,
            "a stored name has no control characters: write one line of text",
        );
    } else if text.starts_with('$') {
        cx.error(
            name,
            "a stored name does not begin with `$`: those names are the framework's own",
        );
    }
}

#[cfg(test)]
mod tests {
    use syn::{Ident, parse_str};

    use super::default;

    #[test]
    fn the_word_of_the_kind_is_left_out() {
        for (ident, suffix, name) in [
            ("CreateUserCommand", "Command", "CreateUser"),
            ("CreateUser", "Command", "CreateUser"),
            ("Command", "Command", "Command"),
            ("UserCreatedEvent", "Event", "UserCreated"),
            ("UserView", "View", "User"),
            ("r#type", "View", "type"),
        ] {
            let ident: Ident = parse_str(ident).unwrap();
            assert_eq!(default(&ident, suffix), name);
        }
    }
}
