//! Aggregates: what decides.

mod aggregates;
mod context;
mod events;

use std::{fmt, hash::Hash, str::FromStr};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::{
    aggregates::{Aggregates, Within},
    context::Context,
    events::{AggregateEvent, EncodeError, EventOf, IntoEvents, Listed, encode_event},
};
use crate::{Command, MessageError};

/// Decides commands by what its events have made of it.
///
/// Derived by `#[derive(Aggregate)]`, which writes the set of its events and [`apply`](Aggregate::apply) from one
/// [`Apply`] impl for each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "an aggregate is expected here",
    note = "add `#[derive(cqrs::Aggregate)]` and `#[aggregate(events(..))]` to `{Self}`"
)]
pub trait Aggregate: Default + Send + Sync + 'static {
    /// The name that its streams are stored under.
    const NAME: &'static str;

    /// What identifies one.
    type Id: AggregateId;

    /// The set of its events.
    type Event: AggregateEvent;

    /// Why it rejects a command, where the command does not say otherwise.
    type Error: MessageError;

    /// When and how its state is stored. Default: never.
    const SNAPSHOTS: Option<Snapshots<Self>> = None;

    /// Changes the state by an event.
    fn apply(&mut self, event: &Self::Event);
}

/// Identifies an aggregate: any type that is written as text and read back.
///
/// The text is at most 512 bytes, without control characters. Two ids that are equal are written alike.
#[diagnostic::on_unimplemented(
    message = "this type cannot identify an aggregate",
    label = "an id is expected here",
    note = "an id is `Display + FromStr + Clone + Eq + Hash`: use `String`, `u64`, `Uuid`, or implement them"
)]
#[expect(
    unknown_or_malformed_diagnostic_attributes,
    reason = "what this trait stands for is not to be one error each, where the bound is an associated type's"
)]
#[diagnostic::do_not_recommend]
pub trait AggregateId: fmt::Display + FromStr + Clone + Eq + Hash + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + FromStr + Clone + Eq + Hash + Send + Sync + 'static> AggregateId for T {}

/// How an aggregate's state changes by one of its events.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how `{E}` changes it",
    label = "`{Self}` lists this event and does not apply it",
    note = "write `impl Apply<{E}> for {Self}`: every event that an aggregate records is applied again when it is loaded"
)]
// Not `: Aggregate`: for what is none, that the event is none of its is said already.
pub trait Apply<E: Listed<Self>>: Sized {
    /// Changes the state. It cannot fail: what happened, happened.
    fn apply(&mut self, event: &E);
}

/// How an aggregate decides a command: it looks at its state, and emits events or rejects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide the command `{C}`",
    label = "`{C}` is routed to `{Self}`",
    note = "write `impl Decide<{C}> for {Self}`"
)]
pub trait Decide<C: DecidedBy<Self>>: Aggregate {
    /// Decides. It is called again with the newer state when another write came first, so it has no side effects;
    /// the time comes from [`Context::now`].
    ///
    /// # Errors
    ///
    /// Why the command is rejected. Nothing is recorded then.
    fn decide(&self, command: &C, cx: &mut Context<'_, Self>) -> Result<C::Output, C::Error>;
}

/// A command that an aggregate decides: which one, and what must be there.
///
/// Written by `#[command(aggregate = ..)]` on the command or by `#[aggregate(commands(..))]` on the aggregate.
#[diagnostic::on_unimplemented(
    message = "nothing sends the command `{Self}` to the aggregate `{A}`",
    label = "this impl would never be called",
    note = "write `#[command(aggregate = {A})]` on `{Self}`, or `#[aggregate(commands({Self}))]` on `{A}` if the command is in another crate"
)]
pub trait DecidedBy<A>: Command {
    /// What must be there.
    const CREATION: Creation;

    /// Which aggregate.
    // The bound is here and not on the trait, where an impl for what is no aggregate would break it once more.
    fn aggregate_id(&self) -> &A::Id
    where
        A: Aggregate;
}

/// Whether a command creates its aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Creation {
    /// It must not be there yet.
    Create,
    /// It must be there.
    Update,
    /// Either.
    Upsert,
}

/// When and how the state of an aggregate is stored, so that loading need not start at the first event.
pub struct Snapshots<A> {
    /// The version of the state's shape: a stored state of another version is not used.
    pub version: u32,
    /// After how many events.
    pub every: u64,
    pub(crate) encode: fn(&A) -> Result<Vec<u8>, serde_json::Error>,
    pub(crate) decode: fn(&[u8]) -> Result<A, serde_json::Error>,
}

impl<A> Snapshots<A> {
    /// A snapshot after every `every` events, of a state whose shape has this version.
    #[must_use]
    pub const fn new(version: u32, every: u64) -> Self
    where
        A: Serialize + for<'de> Deserialize<'de>,
    {
        Self {
            version,
            every,
            encode: encode_json,
            decode: decode_json,
        }
    }
}

impl<A> Snapshots<A> {
    /// The state as it is stored. For tests.
    ///
    /// # Errors
    ///
    /// When it is nothing that JSON can hold.
    #[doc(hidden)]
    pub fn write(&self, state: &A) -> Result<Vec<u8>, serde_json::Error> {
        (self.encode)(state)
    }

    /// The state that was stored. For tests.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    #[doc(hidden)]
    pub fn read(&self, stored: &[u8]) -> Result<A, serde_json::Error> {
        (self.decode)(stored)
    }
}

fn encode_json<A: Serialize>(state: &A) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(state)
}

fn decode_json<A: DeserializeOwned>(state: &[u8]) -> Result<A, serde_json::Error> {
    serde_json::from_slice(state)
}

impl<A> fmt::Debug for Snapshots<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} every {} events", self.version, self.every)
    }
}
