//! Projections into tables of the program's own.

mod follow;

use crate::{HandlerError, Recorded, StreamId, store::tables::TableStore};

pub use self::follow::FollowRows;
pub(crate) use self::follow::ProjectRow;

/// Keeps tables of the program's own up to date from events.
///
/// Derived by `#[derive(Projection)]`. What it keeps is said by [`Tables`], and how by a [`ProjectRows`] for each event.
/// It is a type without a value: it is handed the event and its tables, and nothing by which it could act on the rest of
/// the world, so that it can be built again from the first event at any time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "a projection is expected here",
    note = "add `#[derive(cqrs::Projection)]` to `{Self}`"
)]
pub trait Projection: Sized + Send + Sync + 'static {
    /// Its name, which the names of its tables begin with.
    const NAME: &'static str;
    /// The version of its tables and of what makes them: a greater one is built anew, beside the old one.
    const VERSION: u32 = 1;

    /// The store that has its tables: the one that the app runs on, so that rows and the place in the log are committed
    /// together.
    type Store: TableStore;

    /// The events that it follows, and how.
    fn follows() -> Vec<FollowRows<Self>>;
}

/// What tables a projection keeps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which tables it keeps",
    label = "this projection has no tables",
    note = "write `impl Tables for {Self}`: its `create` makes the tables"
)]
pub trait Tables: Projection {
    /// Makes the tables, empty. Called inside of the transaction in which a version begins, or is built again.
    ///
    /// # Errors
    ///
    /// What goes wrong stops the projection, unless it passes by itself.
    fn create(tables: &mut TablesOf<Self>)
    -> impl Future<Output = Result<(), HandlerError>> + Send;

    /// Removes what was made of a stream that has been erased, since its events cannot be read any more.
    ///
    /// By default everything is built again from the first event.
    ///
    /// # Errors
    ///
    /// As for an event.
    fn forget(
        stream: &StreamId,
        tables: &mut TablesOf<Self>,
    ) -> impl Future<Output = Result<Forgotten, HandlerError>> + Send {
        let _ = (stream, tables);
        std::future::ready(Ok(Forgotten::BuildAgain))
    }
}

/// The tables of a projection, inside of a transaction.
pub type TablesOf<P> = <<P as Projection>::Store as TableStore>::Tables;

/// What became of what was made of an erased stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forgotten {
    /// It is removed.
    Removed,
    /// Nobody can tell what it was: everything is to be built again.
    BuildAgain,
}

/// How a projection changes its rows when something has happened.
///
/// Rows and the place in the log are committed together, so that each event is in them exactly once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not project the event `{E}`",
    label = "`{Self}` lists this event and does not project it",
    note = "write `impl ProjectRows<{E}> for {Self}`"
)]
pub trait ProjectRows<E: FollowedByProjection<Self>>: Projection {
    /// Changes the rows. What it does elsewhere would be done again when the projection is built again.
    ///
    /// # Errors
    ///
    /// Nothing of the event is kept. What passes by itself is tried again; with anything else the projection stops at
    /// this event, so that nobody reads rows that are wrong.
    fn project(
        event: &Recorded<E>,
        tables: &mut TablesOf<Self>,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;
}

/// An event that a projection follows.
///
/// Written by `#[projection(events(..))]`.
#[diagnostic::on_unimplemented(
    message = "`{P}` does not follow the event `{Self}`",
    label = "this impl would never be called",
    note = "add it to the projection: `#[projection(events({Self}))]`"
)]
// Not `: Event`, as in `FollowedBy`.
pub trait FollowedByProjection<P> {}

/// What answers of a handler rest on: a view or a projection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view or projection",
    label = "a view or projection is expected here",
    note = "add `#[derive(cqrs::View)]` or `#[derive(cqrs::Projection)]` to `{Self}`"
)]
pub trait ReadModel: 'static {}

impl<V: crate::View> ReadModel for V {}
