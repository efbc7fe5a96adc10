//! Views: what the program knows, kept up to date from events.

mod check;
mod error;
mod follow;
mod index;
mod key;
mod read;

use serde::{Serialize, de::DeserializeOwned};

#[doc(hidden)]
pub use self::check::ViewFault;
pub(crate) use self::check::check_view;
pub(crate) use self::follow::KeysRepr;
pub use self::{
    error::ReadViewError,
    follow::{Follow, Keys},
    index::{Index, Indexed, Indexes},
    key::{KeyError, ViewKey, ordered_bytes},
    read::{IndexBounds, IndexListing, Listing, Views},
};
use crate::Recorded;

/// A read model of documents: each has a key, and is what the events of that key have made of it.
///
/// Derived by `#[derive(View)]`. The store keeps the documents, and where the view stands in the log, together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "a view is expected here",
    note = "add `#[derive(cqrs::View)]` and `#[view(events(..))]` to `{Self}`"
)]
pub trait View: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name its documents are stored under.
    const NAME: &'static str;

    /// The version of its shape and of its projection: a greater one is built anew, beside the old one.
    const VERSION: u32 = 1;

    /// The names of its indexes.
    const INDEXES: &'static [&'static str] = &[];

    /// What identifies a document.
    type Key: ViewKey;

    /// The events it follows, and how.
    fn follows() -> Vec<Follow<Self>>;

    /// The key that an aggregate's id is, as text; `None` when it is none.
    fn key_of_stream(id: &str) -> Option<Self::Key>;

    /// Says by what a document is found beside its key.
    fn index(&self, indexes: &mut Indexes) {
        let _ = indexes;
    }
}

/// What identifies a document of a view: every [`View`], as what [`Project`] asks for. Nobody implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "a view is expected here",
    note = "add `#[derive(cqrs::View)]` and `#[view(events(..))]` to `{Self}`"
)]
pub trait Keyed: Sized {
    /// [`View::Key`].
    type Key;
}

impl<V: View> Keyed for V {
    type Key = V::Key;
}

/// How one kind of event changes a document.
///
/// ```
/// use cqrs_core::{Event, FollowedBy, Keys, Project, Recorded, View};
/// # use cqrs_core::Follow;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Paid {
///     country: String,
///     cents: u64,
/// }
/// # impl Event for Paid { const NAME: &'static str = "Paid"; }
///
/// #[derive(Default, Serialize, Deserialize)]
/// struct Revenue {
///     cents: u64,
/// }
/// # impl View for Revenue {
/// #     const NAME: &'static str = "Revenue";
/// #     type Key = String;
/// #     fn follows() -> Vec<Follow<Self>> { vec![Follow::event::<Paid>()] }
/// #     fn key_of_stream(id: &str) -> Option<String> { Some(id.to_owned()) }
/// # }
/// # impl FollowedBy<Revenue> for Paid {}
///
/// impl Project<Paid> for Revenue {
///     fn keys(event: &Recorded<Paid>) -> Keys<String> {
///         Keys::one(event.country.clone())
///     }
///
///     fn project(view: Option<Self>, _: &String, event: &Recorded<Paid>) -> Option<Self> {
///         let before = view.unwrap_or_default().cents;
///         Some(Self { cents: before + event.cents })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it makes of `{E}`",
    label = "`{Self}` lists this event and does not project it",
    note = "write `impl Project<{E}> for {Self}`"
)]
// Not `: View`: what a view has to be is asked for where it is derived, and not at each of these impls again.
pub trait Project<E: FollowedBy<Self>>: Keyed {
    /// The documents that the event touches. Default: the one whose key is the id of the event's aggregate.
    fn keys(event: &Recorded<E>) -> Keys<Self::Key> {
        let _ = event;
        Keys::of_stream()
    }

    /// The document as it is after the event; `None` when there is none any more.
    ///
    /// A pure function of its arguments: it is called again when the view is built again.
    fn project(view: Option<Self>, key: &Self::Key, event: &Recorded<E>) -> Option<Self>;
}

/// An event that a view follows.
///
/// Written by `#[view(events(..))]`.
#[diagnostic::on_unimplemented(
    message = "`{V}` does not follow the event `{Self}`",
    label = "this impl would never be called",
    note = "add it to the view: `#[view(events({Self}))]`"
)]
// Not `: Event`: what is above a bound is asked for wherever the bound is, and `Follow::event` asks it once.
pub trait FollowedBy<V> {}
