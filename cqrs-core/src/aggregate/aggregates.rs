//! Aggregates as an async service uses them.

use std::{any::Any, convert::Infallible, fmt, marker::PhantomData, sync::Arc};

use super::{Aggregate, Context, Creation};
use crate::{
    Committed, DispatchError, HandlerContext, MessageError, Revision, call::Options,
    runtime::AggregateRuntime,
};

/// What a change that no command asked for is called where ids are made: no command has this name.
const UPDATE: &str = "$update";

/// Loads and changes aggregates from an async service, by the same rules, retries and cache as commands.
///
/// Injected like any other field.
///
/// ```
/// # use cqrs_core::{Aggregate, Aggregates, Committed, DispatchError, EventOf, HandlerContext};
/// # async fn demo<A: Aggregate<Id = String>, E: EventOf<A> + Clone>(
/// #     users: Aggregates<A>, cx: &HandlerContext, renamed: E,
/// # ) -> Result<(), DispatchError<std::convert::Infallible>> {
/// users
///     .within(cx)
///     .update(&"u1".to_owned(), move |_user, cx| {
///         cx.emit(renamed.clone());
///         Ok(())
///     })
///     .await?;
/// # Ok(()) }
/// ```
pub struct Aggregates<A> {
    // An `Arc<AggregateRuntime<A>>`. Were that its type, a field of what is no aggregate would be an error of the whole handler
    // too, which would have to be `Send` and `Sync` with all that is in it.
    runtime: Arc<dyn Any + Send + Sync>,
    of: PhantomData<fn() -> A>,
}

impl<A: Aggregate> Aggregates<A> {
    pub(crate) fn new(runtime: Arc<AggregateRuntime<A>>) -> Self {
        Self {
            runtime: Arc::new(runtime),
            of: PhantomData,
        }
    }

    fn runtime(&self) -> &Arc<AggregateRuntime<A>> {
        let runtime = self.runtime.downcast_ref();
        runtime.expect("it was made of nothing else")
    }

    /// What is done next belongs to the flow of the message in hand.
    ///
    /// It happens once, however often the event in hand comes: see [`HandlerContext::dispatch`].
    pub const fn within<'a>(&'a self, cx: &'a HandlerContext) -> Within<'a, A> {
        Within {
            aggregates: self,
            cx,
        }
    }

    /// Looks at an aggregate as it is now; `None` when it is not there.
    ///
    /// # Errors
    ///
    /// When the store fails, or a stored event cannot be read.
    pub async fn look<T, F>(
        &self,
        id: &A::Id,
        mut look: F,
    ) -> Result<Option<T>, DispatchError<Infallible>>
    where
        T: Send + 'static,
        F: FnMut(&A) -> T + Send + 'static,
    {
        let look = move |state: &A, cx: &mut Context<'_, A>| {
            let is_there = cx.revision() > Revision::NONE;
            Ok(is_there.then(|| look(state)))
        };
        let looked = self.upsert(id, look).await?;
        Ok(looked.output)
    }

    /// Changes an aggregate that is there. The closure is called again after a conflict.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn update<T, E, F>(
        &self,
        id: &A::Id,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.runtime()
            .run(UPDATE, id, Creation::Update, Options::none(), decide)
            .await
    }

    /// Makes an aggregate that must not be there yet.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn create<T, E, F>(
        &self,
        id: &A::Id,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.runtime()
            .run(UPDATE, id, Creation::Create, Options::none(), decide)
            .await
    }

    /// Changes an aggregate, whether it is there or not.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn upsert<T, E, F>(
        &self,
        id: &A::Id,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.runtime()
            .run(UPDATE, id, Creation::Upsert, Options::none(), decide)
            .await
    }
}

// Only of an aggregate: a field is cloned into its handler, so that there the compiler says what is none.
impl<A: Aggregate> Clone for Aggregates<A> {
    fn clone(&self) -> Self {
        Self {
            runtime: Arc::clone(&self.runtime),
            of: PhantomData,
        }
    }
}

impl<A: Aggregate> fmt::Debug for Aggregates<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aggregates<{}>", A::NAME)
    }
}

/// Aggregates, changed in the flow of the message in hand.
#[derive(Debug)]
#[must_use = "nothing is changed before `update`, `create` or `upsert`"]
pub struct Within<'a, A: Aggregate> {
    aggregates: &'a Aggregates<A>,
    cx: &'a HandlerContext,
}

impl<A: Aggregate> Within<'_, A> {
    /// As [`Aggregates::update`].
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn update<T, E, F>(
        self,
        id: &A::Id,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.run(id, Creation::Update, decide).await
    }

    /// As [`Aggregates::create`].
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn create<T, E, F>(
        self,
        id: &A::Id,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.run(id, Creation::Create, decide).await
    }

    /// As [`Aggregates::upsert`].
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn upsert<T, E, F>(
        self,
        id: &A::Id,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.run(id, Creation::Upsert, decide).await
    }

    async fn run<T, E, F>(
        self,
        id: &A::Id,
        creation: Creation,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        let runtime = self.aggregates.runtime();
        let options = self.cx.next_options(UPDATE, &[]);
        self.cx
            .answered(runtime.run(UPDATE, id, creation, options, decide).await)
    }
}
