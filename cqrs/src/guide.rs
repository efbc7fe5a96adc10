//! How to use it, page by page. Every block of code here is compiled, and most are run, by the tests.
//!
//! 1. [`first_app`]: from nothing to a program that stores what it did.
//! 2. [`deciding`]: commands, rejections, and what must be there.
//! 3. [`events`]: events that change over the years.
//! 4. [`views`]: documents, keys, indexes, and new versions.
//! 5. [`projections`]: SQL tables of your own.
//! 6. [`handlers`]: services, side effects, and what happens when they fail.
//! 7. [`own_writes`]: what a query sees.
//! 8. [`uniqueness`]: rules over several aggregates.
//! 9. [`testing`]: given, when, then.
//! 10. [`running`]: settings, backups, metrics, shutdown, errors, limits.
//! 11. `nodes` (with the feature `postgres`): several nodes on PostgreSQL.
//! 12. [`by_hand`]: the same without macros.
//!
//! A larger program to read is `examples/bank` in the repository.

#[doc = include_str!("guide/first_app.md")]
pub mod first_app {}

#[doc = include_str!("guide/deciding.md")]
pub mod deciding {}

#[doc = include_str!("guide/events.md")]
pub mod events {}

#[doc = include_str!("guide/views.md")]
pub mod views {}

#[cfg(feature = "sqlite")]
#[doc = include_str!("guide/projections.md")]
pub mod projections {}

#[doc = include_str!("guide/handlers.md")]
pub mod handlers {}

#[doc = include_str!("guide/own_writes.md")]
pub mod own_writes {}

#[doc = include_str!("guide/uniqueness.md")]
pub mod uniqueness {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/running.md")]
pub mod running {}

#[cfg(feature = "postgres")]
#[doc = include_str!("guide/nodes.md")]
pub mod nodes {}

#[doc = include_str!("guide/by_hand.md")]
pub mod by_hand {}
