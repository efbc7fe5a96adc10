//! The runtime of aggregates: load, decide, append, and again when somebody else was faster.
//!
//! Each aggregate that is in use has a slot with a queue of jobs and, while there are jobs, one driver. The driver owns
//! the aggregate's state, so no lock is held while anything is awaited, and takes all jobs that wait as one round: it
//! decides them one after another, each on what the earlier ones emitted, and appends what came of it at once. So
//! commands of one aggregate never conflict with each other, the state is loaded once however many wait, and a busy
//! aggregate is as fast as many idle ones. The driver is a future of its own, so that it is the store's answer that
//! moves the state, whoever has stopped waiting for it.

mod driver;
mod job;
mod kept;
mod live;
mod slot;

use std::{
    fmt,
    num::NonZeroUsize,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use lru::LruCache;
use tokio::{runtime::Handle, sync::oneshot};

use self::{job::Decision, slot::Slot};
use crate::{
    Aggregate, CommandResult, Committed, Context, Creation, Decide, DecidedBy, DispatchError,
    InvalidText, MessageError, StoreError, StreamId, call::Options, command::InvalidMessage,
    log::Log,
};

/// How aggregates are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AggregateSettings {
    /// How many aggregates of one type are kept in memory.
    pub(crate) cached: NonZeroUsize,
    /// How often a command is decided before it is given up as a conflict.
    pub(crate) attempts: u32,
    /// How many commands may wait for one aggregate.
    pub(crate) queued: usize,
}

impl Default for AggregateSettings {
    fn default() -> Self {
        Self {
            cached: const { NonZeroUsize::new(10_000).expect("it is not 0") },
            attempts: 10,
            queued: 4_096,
        }
    }
}

/// Runs the aggregates of one type.
pub(crate) struct AggregateRuntime<A: Aggregate> {
    log: Arc<Log>,
    tasks: Handle,
    settings: AggregateSettings,
    slots: Mutex<Slots<A>>,
}

impl<A: Aggregate> AggregateRuntime<A> {
    pub(crate) fn new(log: Arc<Log>, tasks: Handle, settings: AggregateSettings) -> Self {
        Self {
            log,
            tasks,
            settings,
            slots: Mutex::new(LruCache::new(settings.cached)),
        }
    }

    /// Decides a command.
    pub(crate) async fn dispatch<C>(
        self: &Arc<Self>,
        command: C,
        options: Options,
    ) -> CommandResult<C>
    where
        A: Decide<C>,
        C: DecidedBy<A>,
    {
        let slot = self.slot(command.aggregate_id());
        let decide = move |state: &A, cx: &mut Context<'_, A>| state.decide(&command, cx);
        self.run_in(C::NAME, slot, C::CREATION, options, decide)
            .await
    }

    /// Decides by a closure, which is called again after a conflict. `what` is the name of the command.
    pub(crate) fn run<T, E, F>(
        self: &Arc<Self>,
        what: &str,
        id: &A::Id,
        creation: Creation,
        options: Options,
        decide: F,
    ) -> impl Future<Output = Result<Committed<T>, DispatchError<E>>> + Send
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        self.run_in(what, self.slot(id), creation, options, decide)
    }

    async fn run_in<T, E, F>(
        self: &Arc<Self>,
        what: &str,
        slot: Result<Arc<Slot<A>>, InvalidText>,
        creation: Creation,
        options: Options,
        decide: F,
    ) -> Result<Committed<T>, DispatchError<E>>
    where
        T: Send + 'static,
        E: MessageError,
        F: FnMut(&A, &mut Context<'_, A>) -> Result<T, E> + Send + 'static,
    {
        let slot = slot.map_err(|error| DispatchError::Invalid(InvalidMessage::Id(error)))?;
        let mut said = options.into_said();
        if let Some(siblings) = said.siblings {
            said.metadata.command_id = Some(siblings.next(what, &[&slot.stream]));
        }
        let metadata = self.log.complete(said.metadata);
        let command_id = metadata.command_id;
        let (reply, answer) = oneshot::channel();
        let job = Decision::new(creation, decide, metadata, said.repeatable, reply);
        match slot.enqueue(Box::new(job), self.settings.queued) {
            Err(_full) => return Err(DispatchError::Overloaded),
            Ok(slot::Enqueued::Behind) => {}
            Ok(slot::Enqueued::First) => self.drive(slot).await,
        }
        match answer.await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            // The driver was dropped with its runtime.
            Err(_gone) => match command_id {
                Some(command_id) => Err(DispatchError::Unknown {
                    command_id,
                    source: StoreError::gone(),
                }),
                None => Err(DispatchError::Store(StoreError::gone())),
            },
        }
    }

    /// Starts the driver here and now, and leaves it to a task of its own only if it has to wait.
    async fn drive(self: &Arc<Self>, slot: Arc<Slot<A>>) {
        let mut driver = Box::pin(driver::drive(Arc::clone(self), slot));
        // Not a point where this future can be dropped between: the driver is polled and then, in the same poll, handed on.
        let done =
            std::future::poll_fn(|cx| Poll::Ready(driver.as_mut().poll(cx).is_ready())).await;
        if !done {
            self.tasks.spawn(driver);
        }
    }

    fn slot(&self, id: &A::Id) -> Result<Arc<Slot<A>>, InvalidText> {
        if let Some(slot) = self.slots().get(id) {
            return Ok(Arc::clone(slot));
        }
        let stream = StreamId::new(A::NAME, id.to_string())?;
        let mut slots = self.slots();
        if slots.len() >= slots.cap().get() {
            make_room(&mut slots);
        }
        // Somebody else may have been as fast.
        let slot = slots.get_or_insert(id.clone(), || Arc::new(Slot::new(id.clone(), stream)));
        Ok(Arc::clone(slot))
    }

    /// Forgets an aggregate that is not there, so that asking for ids that do not exist fills no memory; but not one that
    /// others are about to use, so that there are no two drivers of it.
    fn forget(&self, slot: &Arc<Slot<A>>) {
        let mut slots = self.slots();
        // The map's and the driver's: a third one can only be taken from the map, which is locked.
        if Arc::strong_count(slot) == 2 {
            slots.pop(&slot.id);
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots<A>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Slots<A> = LruCache<<A as Aggregate>::Id, Arc<Slot<A>>>;

/// Drops the aggregate that was not used for the longest time, and prefers one that nobody uses now.
fn make_room<A: Aggregate>(slots: &mut Slots<A>) {
    const TRIES: usize = 8;
    for _ in 0..TRIES {
        match slots.pop_lru() {
            Some((id, slot)) if Arc::strong_count(&slot) > 1 => {
                slots.put(id, slot);
            }
            _ => return,
        }
    }
    slots.pop_lru();
}

impl<A: Aggregate> fmt::Debug for AggregateRuntime<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AggregateRuntime<{}>", A::NAME)
    }
}
