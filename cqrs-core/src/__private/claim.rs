//! Commands of contracts, which name no aggregate.

use crate::{Aggregate, Command, Creation};

/// A command of a contract that an aggregate can claim: it says which one, and what must be there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command that an aggregate can claim",
    label = "`{A}` claims it",
    note = "add `#[derive(cqrs::Command)]` to `{Self}` if it has none, name no aggregate or handler there, and mark the field that says which aggregate `#[id]`"
)]
pub trait DecidableBy<A: Aggregate>: Command {
    /// The command: a type that is only there if it can be claimed.
    type Claimed;

    /// What must be there.
    const CREATION: Creation;

    /// Which aggregate.
    fn aggregate_id(&self) -> &A::Id;
}
