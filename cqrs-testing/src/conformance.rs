//! The contract of stores, as tests: what a store promises, case by case.
//!
//! Whoever writes a store calls [`event_store_conformance!`](crate::event_store_conformance) once.

mod appending;
mod cases;
mod closing;
mod concurrency;
mod conditions;
mod documents;
mod duplicates;
mod erasing;
mod expectations;
mod indexes;
mod leases;
mod limits;
mod parking;
mod pipeline;
mod reading;
mod readings;
mod snapshots;
mod streams;
mod subject;
mod subscriptions;
pub mod tables;
mod watching;

use std::{fmt, pin::Pin};

use tokio::runtime::Runtime;

use self::subject::Subject;
use crate::MakeStore;

/// Tests that a store keeps the contract of [`EventStore`](cqrs_core::EventStore),
/// [`ViewStore`](cqrs_core::store::documents::ViewStore) and [`LeaseStore`](cqrs_core::store::leases::LeaseStore): one
/// `#[test]` a case.
///
/// It takes an async function or closure that makes a fresh store, alone or with what must live as long:
///
/// ```
/// use cqrs_core::Memory;
///
/// cqrs_testing::event_store_conformance!(|| async { Memory::new() });
/// ```
///
/// The tests bring a runtime of their own, with several threads, so the crate that calls this needs no dependency on
/// tokio.
#[macro_export]
macro_rules! event_store_conformance {
    ($make_store:expr) => {
        $crate::__conformance_cases!($crate::__conformance_tests, ($make_store));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (($make_store:expr) $($module:ident { $($case:ident)* })*) => {
        $($(
            #[test]
            fn $case() {
                $crate::conformance::check(&$make_store, stringify!($case));
            }
        )*)*
    };
}

/// One promise of a store.
#[derive(Clone, Copy)]
pub struct Case {
    /// What is promised, as the name of a test.
    pub name: &'static str,
    run: fn(Subject) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Holds a fresh store against one case of the suite, on a runtime of its own.
///
/// # Panics
///
/// When the store does not do what the case says, and when there is no such case.
pub fn check<Kind>(make_store: &impl MakeStore<Kind>, case: &str) {
    let case = CASES.iter().find(|known| known.name == case);
    let case = case.expect("the macro names only cases that are there");
    runtime().block_on(async {
        let subject = Subject::new(make_store.make().await);
        (case.run)(subject).await;
    });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime starts")
}

macro_rules! table {
    (() $($module:ident { $($case:ident)* })*) => {
        /// Every case of the suite.
        pub const CASES: &[Case] = &[
            $($(
                Case {
                    name: stringify!($case),
                    run: |subject| Box::pin($module::$case(subject)),
                },
            )*)*
        ];
    };
}

crate::__conformance_cases!(table, ());
