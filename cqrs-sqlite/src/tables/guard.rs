//! What SQL a projection may run.

use rusqlite::{
    Connection, Error, ErrorCode, Result, ffi,
    hooks::{AuthAction, AuthContext, Authorization},
};

use super::{refused, version::Version};

/// From here on only the tables of this version can be written, and the store's own are hidden.
///
/// Statements that were prepared before are looked at again.
pub(super) fn begin(connection: &Connection, version: &Version) -> Result<()> {
    let prefix = version.prefix();
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if allows(&prefix, context.action) {
            Authorization::Allow
        } else {
            Authorization::Deny
        }
    }))
}

/// From here on everything can be written again.
pub(super) fn end(connection: &Connection) -> Result<()> {
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
}

/// The store's own tables: what a projection read of them would be another thing when it is built again.
const HIDDEN: [&str; 10] = [
    "meta",
    "names",
    "streams",
    "events",
    "tags",
    "snapshots",
    "subscriptions",
    "documents",
    "document_indexes",
    "parked",
];

fn allows(prefix: &str, action: AuthAction<'_>) -> bool {
    // Making and dropping tables writes the tables of SQLite itself, which it keeps from being written otherwise.
    let own = |name: &str| name.starts_with(prefix) || name.starts_with("sqlite_");
    match action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Function { .. } => true,
        AuthAction::Read { table_name, .. } => !HIDDEN.contains(&table_name),
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::Analyze { table_name }
        | AuthAction::CreateVtable { table_name, .. }
        | AuthAction::DropVtable { table_name, .. } => own(table_name),
        AuthAction::CreateIndex {
            index_name,
            table_name,
        }
        | AuthAction::DropIndex {
            index_name,
            table_name,
        } => own(index_name) && own(table_name),
        AuthAction::CreateTrigger {
            trigger_name,
            table_name,
        }
        | AuthAction::DropTrigger {
            trigger_name,
            table_name,
        } => own(trigger_name) && own(table_name),
        AuthAction::CreateView { view_name } | AuthAction::DropView { view_name } => own(view_name),
        AuthAction::Reindex { index_name } => own(index_name),
        // Transactions, settings, other files, tables that are gone with the connection.
        _ => false,
    }
}

/// SQLite says only "not authorized".
pub(super) fn explained(error: Error) -> Error {
    if error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied) {
        refused(
            ffi::SQLITE_AUTH,
            "a projection writes only tables of its own, which `tables.name(..)` names, and reads none of the store's",
        )
    } else {
        error
    }
}
