//! Keys, in bytes that are ordered as the keys are.

mod encode;

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

pub use self::encode::ordered_bytes;

/// Identifies a document of a view: ordered, and written by serde.
///
/// Any type with derived `Ord` and `Serialize` is kept in its own order: numbers as numbers, text by its bytes, structs
/// and tuples field by field, enums by the order of their variants. Floats and maps are no keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a view",
    label = "a key is expected here",
    note = "a key is `Serialize + DeserializeOwned + Ord + Clone`: use `String`, a number, `Uuid` or a tuple of them, or derive these on `{Self}`"
)]
pub trait ViewKey: Serialize + DeserializeOwned + Ord + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Ord + Clone + Send + Sync + 'static> ViewKey for T {}

/// A value that has no place in an order of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError(String);

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value cannot be a key: {}", self.0)
    }
}

impl std::error::Error for KeyError {}

impl serde::ser::Error for KeyError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
