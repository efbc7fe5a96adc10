//! What the program is made of, as its types say it.

mod claim;
mod entry;
mod goes_to;
mod json;
mod listen;

use std::{
    any::{TypeId, type_name},
    panic::Location,
};

use crate::ReadModel;

pub use self::{
    claim::Claim,
    entry::Registration,
    goes_to::{GoesTo, a_message_goes_to_one_so_take_it_out_of_the_other_list},
    listen::Listen,
};
pub(crate) use self::{
    claim::ClaimKind,
    entry::{Entry, Route},
    json::{CommandJson, QueryJson},
};

/// What a derive has found out about a type, so that it can be registered by hand in one word.
///
/// `Kind` tells apart what one type is several times: an aggregate that is its own view.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` was not derived, so there is nothing to register it by",
    note = "derive it, or give `AppBuilder::register` a `Registration` that is made by hand"
)]
pub trait Registered<Kind> {
    /// The registration that the derive submits.
    const REGISTRATION: Registration;
}

/// What a type can be registered as.
#[doc(hidden)]
pub mod kind {
    macro_rules! kinds {
        ($($kind:ident)+) => { $(
            #[doc = concat!("Registered as what `derive(", stringify!($kind), ")` makes.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $kind;
        )+ };
    }

    kinds!(Command Query Event Aggregate View Projection Handler);
}

/// A place in the source.
pub type Place = &'static Location<'static>;

/// A type, named without naming it.
#[derive(Clone, Copy, Debug)]
pub struct TypeRef {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl TypeRef {
    /// This type.
    #[must_use]
    pub const fn of<T: 'static>() -> Self {
        Self {
            id: TypeId::of::<T>,
            name: type_name::<T>,
        }
    }

    /// This view or projection.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_read_model<T: ReadModel>() -> Self {
        Self::of::<T>()
    }

    /// Its id.
    pub(crate) fn id(self) -> TypeId {
        (self.id)()
    }

    /// Its last name: without the modules it is in.
    pub(crate) fn short_name(self) -> &'static str {
        let name = (self.name)();
        // A generic type's arguments have paths of their own, which stay.
        let head = name.find('<').unwrap_or(name.len());
        match name.get(..head).and_then(|head| head.rfind("::")) {
            Some(at) => name.get(at + 2..).unwrap_or(name),
            None => name,
        }
    }
}

/// A field of a message: its name, its type as it is written, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type, as it is written.
    pub type_name: &'static str,
    /// Where it is.
    pub place: Place,
}

impl Field {
    /// A field that is declared at the caller's place.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str, type_name: &'static str) -> Self {
        Self {
            name,
            type_name,
            place: Location::caller(),
        }
    }
}

#[cfg(feature = "inventory")]
inventory::collect!(Registration);

/// Everything that was registered before `main`, in no particular order.
pub(crate) fn registered() -> Vec<Registration> {
    #[cfg(feature = "inventory")]
    {
        inventory::iter::<Registration>
            .into_iter()
            .copied()
            .collect()
    }
    #[cfg(not(feature = "inventory"))]
    {
        Vec::new()
    }
}
