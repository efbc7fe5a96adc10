//! What the committer's queue answers with when it is closed.

use cqrs_core::{StoreError, store::error::StoreErrorKind};

pub(crate) fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Closed, "closed")
}
