//! Reading: each page is one statement, and so one snapshot.

pub(crate) mod documents;
pub(crate) mod events;
