//! Indexes: what documents are found by beside their key.

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

use super::key::{KeyError, ordered_bytes};
use crate::{Name, store::documents::IndexValue};

/// A field of a view that documents are found by: written by `#[index]` as a constant of the view.
pub struct Index<V, T> {
    name: &'static str,
    of: PhantomData<fn() -> (V, T)>,
}

impl<V, T> Index<V, T> {
    /// The index with this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }

    /// Its name: that of the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<V, T> Clone for Index<V, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, T> Copy for Index<V, T> {}

impl<V, T> fmt::Debug for Index<V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({})", self.name)
    }
}

/// A type whose values can be an index: whole numbers, `bool`, `char`, `String`, `Uuid`, and `Option` or pairs of them.
///
/// Numbers are ordered as numbers, text by its bytes (which is the order of code points), `false` before `true`, `None`
/// before `Some`, pairs by the first and then the second. A type of one's own joins by an empty impl, and is ordered as
/// what it serializes to:
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Country(String);
///
/// impl cqrs_core::Indexed for Country {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an index",
    label = "this field is marked `#[index]`",
    note = "an index is a whole number, `bool`, `char`, `String`, `Uuid`, an `Option` or pair of them, or a type of yours with `impl cqrs::Indexed for {Self} {{}}`"
)]
pub trait Indexed: Serialize {}

macro_rules! indexed {
    ($($type:ty)+) => { $(impl Indexed for $type {})+ };
}

indexed!(bool char String Uuid u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl<T: Indexed> Indexed for Option<T> {}
impl<T: Indexed, U: Indexed> Indexed for (T, U) {}

/// The values of a document's indexes, as they are collected.
#[derive(Debug, Default)]
pub struct Indexes {
    pub(crate) values: Vec<IndexValue>,
    pub(crate) fault: Option<KeyError>,
}

impl Indexes {
    /// Adds the value of the index with this name.
    pub fn add<T: Indexed>(&mut self, index: &'static str, value: &T) {
        match ordered_bytes(value) {
            Ok(value) => self.values.push(IndexValue {
                index: Name::from_static(index),
                value: Bytes::from(value),
            }),
            Err(fault) => self.fault = self.fault.take().or(Some(fault)),
        }
    }
}
