//! What identifies events, commands and streams, and what counts them.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::Name;

/// The place of an event in its stream: 1, 2, 3 ..; 0 is the revision of a stream without events.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(u64);

/// The place of an event in the log: 1, 2, 3 ..; 0 is before the first event.
///
/// Positions are dense and given in commit order: who has read up to a position has seen every event that will ever
/// have a position as low.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(u64);

macro_rules! counter {
    ($type:ident, $zero:ident, $zero_doc:literal) => {
        impl $type {
            #[doc = $zero_doc]
            pub const $zero: Self = Self(0);

            /// The number as it is counted from 1.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The one after this, `count` further.
            #[must_use]
            pub const fn plus(self, count: u64) -> Self {
                Self(self.0.saturating_add(count))
            }

            /// The one before this; that of 0 is 0.
            #[must_use]
            pub const fn previous(self) -> Self {
                Self(self.0.saturating_sub(1))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

counter!(
    Revision,
    NONE,
    "The revision of a stream that has no events."
);
counter!(Position, START, "Before the first event of the log.");

macro_rules! uuid_id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Uuid);

        impl $type {
            /// The id that is this UUID.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID.
            #[must_use]
            pub const fn get(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $type {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $type {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

uuid_id! {
    /// Identifies one event; an append that repeats it is the same append again.
    EventId
}
uuid_id! {
    /// Identifies one dispatch of a command. Whoever retries with the same id cannot do it twice.
    CommandId
}
uuid_id! {
    /// The root of a flow: what a first command started, with all that followed from it.
    CorrelationId
}
uuid_id! {
    /// What a message was sent for: an event or a command. An event keeps that of its command, beside the command itself.
    CausationId
}
uuid_id! {
    /// Identifies a store from its first opening on.
    StoreId
}
uuid_id! {
    /// Identifies one running app among those that share a store.
    NodeId
}
uuid_id! {
    /// Identifies an order that was given from another node.
    OrderId
}

/// The name space of command ids that are made from text.
const KEYS: Uuid = Uuid::from_u128(0x6f2a_2f5e_0d8c_5b1b_9a43_0e2c_8d1f_77a1);

impl CommandId {
    /// The command id of an idempotency key, such as an HTTP header's: the same text is always the same id.
    #[must_use]
    pub fn from_key(key: &str) -> Self {
        Self(Uuid::new_v5(&KEYS, key.as_bytes()))
    }

    /// The id of the event that this command records as number `index`, counted from 0: a `UUIDv8`.
    #[must_use]
    pub const fn event(self, index: u32) -> EventId {
        EventId(self.derived(0x9e37_79b9_7f4a_7c15_f39d, index))
    }

    /// The id of what this one's handler sends under this key: a `UUIDv8`.
    #[must_use]
    pub(crate) fn child(self, key: &str) -> Self {
        let hash = Uuid::new_v5(&self.0, key.as_bytes()).as_u128();
        Self(beside(self.0, hash))
    }

    /// Another id for each index. The bits are moved by a multiple of an odd constant, so that no two of one command are
    /// the same.
    const fn derived(self, step: u128, index: u32) -> Uuid {
        let moved = self
            .0
            .as_u128()
            .wrapping_add(step.wrapping_mul(index as u128 + 1));
        beside(self.0, moved)
    }
}

/// The `UUIDv8` with the first 48 bits of one and the last 80 of another, so that ids made in the order of time stay
/// neighbours in an index.
const fn beside(neighbour: Uuid, bits: u128) -> Uuid {
    const LOW: u128 = (1 << 80) - 1;
    uuid::Builder::from_u128((neighbour.as_u128() & !LOW) | (bits & LOW))
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::Custom)
        .into_uuid()
}

impl From<CommandId> for CausationId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

impl From<EventId> for CausationId {
    fn from(id: EventId) -> Self {
        Self(id.0)
    }
}

impl From<CommandId> for CorrelationId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

/// Identifies a stream: the name of an aggregate's type and the aggregate's id, two texts that are never joined.
///
/// Cloning does not copy the texts.
///
/// ```
/// use cqrs_core::StreamId;
///
/// let stream = StreamId::new("User", "u1")?;
/// assert_eq!((stream.aggregate(), stream.id()), ("User", "u1"));
/// assert_eq!(stream.to_string(), "User `u1`");
/// assert!(StreamId::new("User", "a\0b").is_err());
/// # Ok::<(), cqrs_core::InvalidText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    aggregate: Name,
    id: Arc<str>,
}

impl StreamId {
    /// The most bytes that an id may have.
    pub const MAX_BYTES: usize = 512;

    /// The stream of one aggregate.
    ///
    /// # Errors
    ///
    /// When either text is empty, is longer than [`StreamId::MAX_BYTES`], or has control characters.
    pub fn new(aggregate: impl Into<Name>, id: impl AsRef<str>) -> Result<Self, InvalidText> {
        let aggregate = aggregate.into();
        let id = id.as_ref();
        InvalidText::check("an aggregate's name", &aggregate, Self::MAX_BYTES)?;
        InvalidText::check("an aggregate's id", id, Self::MAX_BYTES)?;
        Ok(Self {
            aggregate,
            id: id.into(),
        })
    }

    /// The name of the aggregate's type.
    #[must_use]
    pub fn aggregate(&self) -> &str {
        &self.aggregate
    }

    /// The name of the aggregate's type, to keep.
    #[must_use]
    pub const fn aggregate_name(&self) -> &Name {
        &self.aggregate
    }

    /// The aggregate's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.aggregate, self.id)
    }
}

/// A text that a stranger may have chosen and that no store can hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidText {
    /// It has no characters.
    #[error("{what} is empty")]
    Empty {
        /// What the text is.
        what: &'static str,
    },
    /// It has more bytes than fit.
    #[error("{what} has {bytes} bytes, at most {limit} fit")]
    TooLong {
        /// What the text is.
        what: &'static str,
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// It has a control character, such as NUL or a line break.
    #[error("{what} has the control character {character:?} at byte {at}")]
    Control {
        /// What the text is.
        what: &'static str,
        /// The character.
        character: char,
        /// Where it is.
        at: usize,
    },
}

impl InvalidText {
    /// Holds a text against the rules that all stored names, ids and tags follow.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn check(what: &'static str, text: &str, limit: usize) -> Result<(), Self> {
        if text.is_empty() {
            return Err(Self::Empty { what });
        }
        if text.len() > limit {
            return Err(Self::TooLong {
                what,
                bytes: text.len(),
                limit,
            });
        }
        match text
            .char_indices()
            .find(|(_, character)| character.is_control())
        {
            Some((at, character)) => Err(Self::Control {
                what,
                character,
                at,
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_events_of_a_command_have_ids_of_their_own() {
        let command = CommandId::new(Uuid::now_v7());
        let ids: HashSet<_> = (0..10_000).map(|index| command.event(index)).collect();

        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.get().get_version_num() == 8));
    }

    #[test]
    fn a_command_id_always_makes_the_same_event_ids() {
        let command = CommandId::from_key("order-17");

        assert_eq!(command, CommandId::from_key("order-17"));
        assert_eq!(command.event(3), command.event(3));
        assert_eq!(
            command.event(0).to_string(),
            "69ee4c4e-f756-8e22-a49d-0e08b01ada4f"
        );
    }
}
