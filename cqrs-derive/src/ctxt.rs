//! All mistakes of one derive, collected.

use std::{cell::RefCell, fmt::Display, thread};

use quote::ToTokens;

/// Collects mistakes, so that they are reported together.
///
/// Whoever drops it without [`check`](Self::check) has lost mistakes, so that is a panic.
#[derive(Default)]
pub(crate) struct Ctxt {
    errors: RefCell<Option<syn::Error>>,
    checked: bool,
}

impl Ctxt {
    /// A mistake in these tokens, all of which are underlined.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake that is an error already.
    pub(crate) fn push(&self, error: syn::Error) {
        match &mut *self.errors.borrow_mut() {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// The value, or the mistake is noted.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// All mistakes.
    pub(crate) fn check(mut self) -> syn::Result<()> {
        self.checked = true;
        self.errors.take().map_or(Ok(()), Err)
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        assert!(
            self.checked || thread::panicking(),
            "mistakes were collected and not reported"
        );
    }
}
