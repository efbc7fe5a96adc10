//! What a handler is made of.

/// What can be a field of a handler: whatever several threads can use at once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used by several threads at once",
    label = "a handler is, and this is a part of it",
    note = "a handler's fields are `Send + Sync`: write `Arc` for `Rc`, `Mutex` or an atomic for `RefCell` or `Cell`, `dyn Trait + Send + Sync` for `dyn Trait`"
)]
pub trait HandlerField {
    /// A type that is only there if it can be a field.
    type Proof;
}

impl<T: Send + Sync> HandlerField for T {
    type Proof = ();
}

// Never there, since a slice is not `Sized`. Between two impls the compiler chooses by what they ask for: what is not
// `Send + Sync` has none then, which is one error and ours; the only impl it would take, and miss both.
impl<T> HandlerField for T
where
    for<'any> [&'any ()]: Sized,
{
    type Proof = ();
}
