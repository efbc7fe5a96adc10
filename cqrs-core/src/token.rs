//! Consistency tokens.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::{Position, StoreId, store::Identity};

/// A place in the log of one store: what to wait for so as to read one's own writes, from anywhere.
///
/// Opaque: its text can be sent to a client and back, and says which store and which of its histories it is of.
///
/// ```
/// # use cqrs_core::Token;
/// # fn demo(token: Token) -> Result<(), cqrs_core::InvalidToken> {
/// let header = token.to_string();
/// assert_eq!(header.parse::<Token>()?, token);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    identity: Identity,
    position: Position,
}

impl Token {
    pub(crate) const fn new(identity: Identity, position: Position) -> Self {
        Self { identity, position }
    }

    /// The token of nothing: a bus without a store, or a store without events.
    pub(crate) const fn nothing() -> Self {
        Self {
            identity: Identity {
                store: StoreId::new(Uuid::nil()),
                epoch: 0,
            },
            position: Position::START,
        }
    }

    /// The store, and which of its histories.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The position in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { store, epoch } = self.identity;
        write!(f, "{}-{epoch}-{}", store.get().simple(), self.position)
    }
}

/// A text that is not a consistency token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a consistency token: give back the text as it was received")]
pub struct InvalidToken;

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let mut parts = text.split('-');
        let mut part = || parts.next().ok_or(InvalidToken);
        let store = Uuid::try_parse(part()?).map_err(|_not_a_uuid| InvalidToken)?;
        let epoch = part()?.parse().map_err(|_not_a_number| InvalidToken)?;
        let position = part()?.parse().map_err(|_not_a_number| InvalidToken)?;
        if parts.next().is_some() {
            return Err(InvalidToken);
        }
        Ok(Self::new(
            Identity {
                store: StoreId::new(store),
                epoch,
            },
            Position::new(position),
        ))
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}
