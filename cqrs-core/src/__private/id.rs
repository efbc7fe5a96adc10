//! Whether a field is what it has to be: an aggregate's id, or a view's key.
//!
//! Each is implemented for the type itself only, so that another type is one error, at the field.

/// The id of an aggregate.
#[diagnostic::on_unimplemented(
    message = "`{A}` is identified by a `{Id}`, not by a `{Self}`",
    label = "the `#[id]` is a `{Self}`",
    note = "give the field the type of the aggregate's id, `{Id}`, or write `#[aggregate(id = {Self})]` on `{A}`"
)]
pub trait IdOf<A, Id> {
    /// The same value.
    fn id(&self) -> &Id;
}

#[diagnostic::do_not_recommend]
impl<A, Id> IdOf<A, Id> for Id {
    fn id(&self) -> &Id {
        self
    }
}

/// The key of a view's documents.
#[diagnostic::on_unimplemented(
    message = "the key of `{V}` is a `{Key}`, not a `{Self}`",
    label = "the `#[id]` is a `{Self}`",
    note = "give the field the type of the view's key, `{Key}`, or write `#[view(key = {Self})]` on `{V}`"
)]
pub trait KeyOf<V, Key> {
    /// The same value.
    fn key(&self) -> &Key;
}

#[diagnostic::do_not_recommend]
impl<V, Key> KeyOf<V, Key> for Key {
    fn key(&self) -> &Key {
        self
    }
}
