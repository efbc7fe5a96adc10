//! Whether a stream's id can be a view's key: it can if the key is read from text.

use std::{marker::PhantomData, str::FromStr};

/// Asks whether `K` can be read from text: if so, its own `key` is called, and [`NoKey::key`] otherwise.
#[derive(Debug)]
pub struct KeyProbe<K>(PhantomData<fn() -> K>);

impl<K> KeyProbe<K> {
    /// A probe for this type.
    #[expect(
        clippy::new_without_default,
        reason = "generated code calls it, and nobody else"
    )]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<K: FromStr> KeyProbe<K> {
    /// The key that the text is.
    #[must_use]
    pub fn key(&self, text: &str) -> Option<K> {
        text.parse().ok()
    }
}

/// For keys that are not read from text.
pub trait NoKey<K> {
    /// None.
    #[must_use]
    fn key(&self, text: &str) -> Option<K>;
}

impl<K> NoKey<K> for KeyProbe<K> {
    fn key(&self, _: &str) -> Option<K> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyProbe, NoKey as _};

    #[test]
    fn a_key_is_read_from_text_if_its_type_can_be() {
        assert_eq!(KeyProbe::<u64>::new().key("7"), Some(7));
        assert_eq!(KeyProbe::<u64>::new().key("seven"), None);
        assert_eq!(KeyProbe::<(u64, u64)>::new().key("7"), None);
    }
}
