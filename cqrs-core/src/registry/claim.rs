//! What an aggregate or a handler says of messages that do not name it.

use std::panic::Location;

use super::{Place, TypeRef};
use crate::{
    AnsweredBy, Command, CommandHandler, Decide, DecidedBy, HandledBy, Query, QueryHandler,
    call::{CommandSlot, QuerySlot},
    services::Services,
};

/// A message that an aggregate or handler takes although the message does not name it.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    pub(crate) kind: ClaimKind,
    pub(crate) message: TypeRef,
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) install: fn(&mut Services),
}

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ClaimKind {
    Command,
    Query,
}

impl Claim {
    /// The aggregate `A` decides the command `C`.
    #[must_use]
    #[track_caller]
    pub const fn decides<A, C>() -> Self
    where
        A: Decide<C>,
        C: DecidedBy<A>,
    {
        Self {
            kind: ClaimKind::Command,
            message: TypeRef::of::<C>(),
            name: <C as Command>::NAME,
            place: Location::caller(),
            install: |services| {
                services.insert(CommandSlot::<C>::new(|call, command| {
                    Box::pin(call.decide::<A, C>(command))
                }));
            },
        }
    }

    /// The service `H` handles the command `C`.
    #[must_use]
    #[track_caller]
    pub const fn handles<H, C>() -> Self
    where
        H: CommandHandler<C>,
        C: HandledBy<H>,
    {
        Self {
            kind: ClaimKind::Command,
            message: TypeRef::of::<C>(),
            name: <C as Command>::NAME,
            place: Location::caller(),
            install: |services| {
                services.insert(CommandSlot::<C>::new(|call, command| {
                    Box::pin(call.handle::<H, C>(command))
                }));
            },
        }
    }

    /// The service `H` answers the query `Q`.
    #[must_use]
    #[track_caller]
    pub const fn answers<H, Q>() -> Self
    where
        H: QueryHandler<Q>,
        Q: AnsweredBy<H>,
    {
        Self {
            kind: ClaimKind::Query,
            message: TypeRef::of::<Q>(),
            name: <Q as Query>::NAME,
            place: Location::caller(),
            install: |services| {
                services.insert(QuerySlot::<Q>::new(|call, query| {
                    Box::pin(call.handle::<H, Q>(query))
                }));
            },
        }
    }
}
