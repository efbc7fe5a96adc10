//! Commands of contracts, which name no aggregate.

use crate::{Aggregate, Command, Creation};

/// A command of a contract that an aggregate can claim: it says which one, and what must be there.
#[diagnostic::on_unimplemented(
    message = "an aggregate cannot claim the command `{Self}`",
    label = "`{A}` claims this command",
    note = "a command that names its aggregate or handler itself is not claimed; if it names none, mark the field of `{Self}` that says which aggregate `#[id]`"
)]
pub trait DecidableBy<A: Aggregate>: Command {
    /// What must be there.
    const CREATION: Creation;

    /// Which aggregate.
    fn aggregate_id(&self) -> &A::Id;
}
