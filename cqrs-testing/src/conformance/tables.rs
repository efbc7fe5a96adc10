//! Which version of a projection's tables readers see, in a store that has tables.

use std::{marker::PhantomData, pin::Pin};

use cqrs_core::{
    HandlerError,
    store::{
        documents::{Checkpoint, Subscription, SubscriptionKind},
        tables::{TableStore, TableWork, TablesCommit},
    },
};

use super::{
    subject::{broken, same},
    subscriptions::{at, page},
};

/// A store with tables, and how its tables are made and read.
pub trait TablesUnderTest: Sized + Send + Sync + 'static {
    /// The store.
    type Store: TableStore;

    /// One that holds nothing yet.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// Makes a table `notes` with one row, which is this number.
    fn create(
        tables: &mut <Self::Store as TableStore>::Tables,
        number: u32,
    ) -> impl Future<Output = Result<(), HandlerError>> + Send;

    /// The number that readers find in the table `notes` of the projection `diary`; `None` when they find no such table.
    fn seen(&self) -> impl Future<Output = Option<u32>> + Send;
}

/// Tests that a store keeps the contract of [`TableStore`](cqrs_core::store::tables::TableStore) as to which version
/// readers see: one `#[test]` a case.
///
/// It takes a type that is [`TablesUnderTest`](crate::conformance::tables::TablesUnderTest).
#[macro_export]
macro_rules! table_store_conformance {
    ($tables:ty) => {
        $crate::table_store_conformance!(@ $tables:
            readers_see_a_version_from_when_it_is_published
            an_older_version_does_not_take_the_place_of_a_newer_one
            forgetting_the_version_that_readers_see_shows_them_the_one_before
            forgetting_a_version_does_not_show_one_that_is_not_built
        );
    };
    (@ $tables:ty: $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                $crate::conformance::tables::check($crate::conformance::tables::$case::<$tables>);
            }
        )*
    };
}

/// Holds a fresh store against one case.
///
/// # Panics
///
/// When the store does not do what the case says.
#[doc(hidden)]
pub fn check<T: TablesUnderTest, C: Future<Output = ()>>(case: impl FnOnce(T) -> C) {
    super::runtime().block_on(async { case(T::fresh().await).await });
}

fn diary(version: u32) -> Subscription {
    Subscription {
        kind: SubscriptionKind::Projection,
        name: "diary".into(),
        version,
    }
}

fn built(position: u64) -> Checkpoint {
    Checkpoint {
        built: true,
        ..at(position)
    }
}

/// Makes the table of a version.
struct Create<T>(u32, PhantomData<fn() -> T>);

impl<T: TablesUnderTest> TableWork<T::Store> for Create<T> {
    fn perform<'a>(
        &'a mut self,
        tables: &'a mut <T::Store as TableStore>::Tables,
    ) -> Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send + 'a>> {
        Box::pin(T::create(tables, self.0))
    }
}

/// Changes nothing in the tables.
struct Pass;

impl<S: TableStore> TableWork<S> for Pass {
    fn perform<'a>(
        &'a mut self,
        _: &'a mut S::Tables,
    ) -> Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send + 'a>> {
        Box::pin(async { Ok(()) })
    }
}

async fn commit<S: TableStore>(store: &S, commit: TablesCommit<S>) {
    if let Err(error) = store.commit_tables(commit).await {
        broken(
            "a commit against the checkpoint that is there succeeds",
            &error,
        );
    }
}

/// Makes a version, which is not built yet.
async fn begin<T: TablesUnderTest>(it: &T, version: u32) {
    let mut page = page(&diary(version), None, at(0));
    page.reset = true;
    let begun = TablesCommit {
        page,
        publish: false,
        work: Box::new(Create::<T>(version, PhantomData)),
    };
    commit(it.store(), begun).await;
}

/// Shows a version to readers.
async fn publish<S: TableStore>(store: &S, version: u32, stands: Checkpoint, next: Checkpoint) {
    let shown = TablesCommit {
        page: page(&diary(version), Some(stands), next),
        publish: true,
        work: Box::new(Pass),
    };
    commit(store, shown).await;
}

async fn is_published<S: TableStore>(store: &S, version: u32) -> bool {
    match store.is_published(&diary(version)).await {
        Ok(published) => published,
        Err(error) => broken("whether a version is published can be asked", &error),
    }
}

async fn forget<S: TableStore>(store: &S, version: u32) {
    if let Err(error) = store.forget(&diary(version)).await {
        broken("a version can be forgotten", &error);
    }
}

#[doc(hidden)]
pub async fn readers_see_a_version_from_when_it_is_published<T: TablesUnderTest>(it: T) {
    begin(&it, 1).await;
    same(it.seen().await, None, "it is not published yet");
    same(is_published(it.store(), 1).await, false, "nor said to be");
    publish(it.store(), 1, at(0), built(1)).await;
    same(it.seen().await, Some(1), "it is published");
    same(is_published(it.store(), 1).await, true, "and said to be");

    begin(&it, 2).await;
    same(it.seen().await, Some(1), "the next is being built");
    same(is_published(it.store(), 2).await, false, "the next is not");
    same(
        is_published(it.store(), 1).await,
        true,
        "the first still is",
    );
    publish(it.store(), 2, at(0), built(1)).await;
    same(it.seen().await, Some(2), "the next is published");
    same(is_published(it.store(), 2).await, true, "and said to be");
}

#[doc(hidden)]
pub async fn an_older_version_does_not_take_the_place_of_a_newer_one<T: TablesUnderTest>(it: T) {
    begin(&it, 1).await;
    publish(it.store(), 1, at(0), built(1)).await;
    begin(&it, 2).await;
    publish(it.store(), 2, at(0), built(1)).await;

    // As a node of the old program asks that takes over while a new one runs.
    let rule = "readers have gone on to a newer version, so that nothing is left to be shown";
    same(is_published(it.store(), 1).await, true, rule);
    publish(it.store(), 1, built(1), built(2)).await;
    same(it.seen().await, Some(2), "the newest one stays");
    same(
        is_published(it.store(), 2).await,
        true,
        "and is said to be it",
    );
}

#[doc(hidden)]
pub async fn forgetting_the_version_that_readers_see_shows_them_the_one_before<
    T: TablesUnderTest,
>(
    it: T,
) {
    for version in 1..=3 {
        begin(&it, version).await;
        publish(it.store(), version, at(0), built(1)).await;
    }
    forget(it.store(), 2).await;
    same(it.seen().await, Some(3), "another one than they see");
    forget(it.store(), 3).await;
    same(it.seen().await, Some(1), "the step back");
    same(
        is_published(it.store(), 1).await,
        true,
        "is said to be made",
    );
    forget(it.store(), 1).await;
    same(it.seen().await, None, "there is none left");
}

#[doc(hidden)]
pub async fn forgetting_a_version_does_not_show_one_that_is_not_built<T: TablesUnderTest>(it: T) {
    begin(&it, 1).await;
    begin(&it, 2).await;
    publish(it.store(), 2, at(0), built(1)).await;
    forget(it.store(), 2).await;
    same(it.seen().await, None, "half of a version is not shown");
    same(is_published(it.store(), 1).await, false, "nor said to be");
    publish(it.store(), 1, at(0), built(1)).await;
    same(it.seen().await, Some(1), "until it is whole");
}
