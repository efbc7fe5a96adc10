//! What drives one aggregate while commands wait for it.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use super::{
    AggregateRuntime,
    job::{Failure, Job, Panic},
    live::{Live, LoadError},
    slot::Slot,
};
use crate::{
    Aggregate, AggregateEvent, Append, AppendError, Appended, CommandId, EventQuery, Expected,
    NewEvent, Position, Range, ReadError, Store,
};

type Jobs<A> = Vec<Box<dyn Job<A>>>;

/// Serves the jobs of a slot, round by round, until there are none.
pub(super) async fn drive<A: Aggregate>(runtime: Arc<AggregateRuntime<A>>, slot: Arc<Slot<A>>) {
    let mut abandon = AbandonOnDrop(Some(&slot));
    let limit = runtime.log.store.limits().events.clamp(1, 256);
    let mut state = slot.take_state();
    loop {
        // Absence is not kept: the next one looks again.
        if state.as_ref().is_some_and(|live| live.revision.get() == 0) {
            state = None;
            runtime.forget(&slot);
        }
        let Some(jobs) = slot.next_round(limit, &mut state) else {
            break;
        };
        state = runtime.serve(&slot, state, jobs).await;
    }
    abandon.0 = None;
}

/// Lets go of whoever waits when the driver is dropped or panics before its end.
struct AbandonOnDrop<'a, A: Aggregate>(Option<&'a Slot<A>>);

impl<A: Aggregate> Drop for AbandonOnDrop<'_, A> {
    fn drop(&mut self) {
        if let Some(slot) = self.0 {
            slot.abandon();
        }
    }
}

/// What one round is about to append.
struct Round<A: Aggregate> {
    jobs: Jobs<A>,
    /// How many there are, also when they are on their way.
    count: usize,
    events: Vec<NewEvent>,
}

impl<A: Aggregate> AggregateRuntime<A> {
    /// Decides and appends until each job has its answer. Gives the state on, if it is still good.
    async fn serve(
        &self,
        slot: &Slot<A>,
        mut state: Option<Live<A>>,
        mut jobs: Jobs<A>,
    ) -> Option<Live<A>> {
        let mut attempt = 0;
        while !jobs.is_empty() {
            let cached = state.is_some();
            let mut live = match state.take() {
                Some(live) => live,
                None => match self.load(slot).await {
                    Ok(live) => live,
                    Err(error) => {
                        settle_each(jobs, || error.clone().into());
                        return None;
                    }
                },
            };
            if jobs.iter().any(|job| job.is_repeatable()) {
                jobs = self.answer_repeated(jobs).await;
            }
            let before = live.revision;
            let mut round = match self.decide(slot, &mut live, jobs) {
                Ok(round) => round,
                // A job panicked or could not be written; the others start over with a state that nobody has touched.
                Err(rest) => {
                    jobs = rest;
                    continue;
                }
            };
            if round.count == 0 && !cached {
                // Decided on what the store said just now: there is nothing to confirm.
                return Some(self.settle_round(slot, live, round, None));
            }
            attempt += 1;
            let expected = Expected::Exactly(before);
            let append =
                Append::new().stream(slot.stream.clone(), expected, mem::take(&mut round.events));
            match self.log.append(append).await {
                Ok(appended) => {
                    let duplicate = appended.duplicate;
                    let live = self.settle_round(slot, live, round, Some(&appended));
                    return (!duplicate).then_some(live);
                }
                Err(AppendError::Conflict { .. }) if attempt < self.settings.attempts => {
                    jobs = round.jobs;
                    self.back_off(attempt).await;
                }
                Err(AppendError::Conflict { stream, .. }) => {
                    settle_each(round.jobs, || Failure::Conflict {
                        stream: stream.clone(),
                        attempts: attempt,
                    });
                    return None;
                }
                // One of several may be to blame: each is tried alone, so that it fails nobody else.
                Err(error) if round.jobs.len() > 1 && is_of_one_job(&error) => {
                    for job in round.jobs {
                        state = Box::pin(self.serve(slot, state, vec![job])).await;
                    }
                    return state;
                }
                // Somebody else has carried out the same command meanwhile, and it came out differently.
                Err(AppendError::EventIdReused { .. })
                    if attempt == 1 && round.jobs.iter().all(|job| job.is_repeatable()) =>
                {
                    jobs = round.jobs;
                }
                Err(error) => {
                    settle_each(round.jobs, || Failure::Append(error.clone()));
                    return None;
                }
            }
        }
        state
    }

    /// Answers the jobs whose command was carried out before, and gives back the others.
    async fn answer_repeated(&self, jobs: Jobs<A>) -> Jobs<A> {
        let mut rest = Vec::with_capacity(jobs.len());
        for job in jobs {
            let id = job.command_id().filter(|_| job.is_repeatable());
            match id {
                None => rest.push(job),
                Some(id) => match find_command(&*self.log.store, id).await {
                    Ok(None) => rest.push(job),
                    Ok(Some(position)) => {
                        // Nobody may have been told when it was, and from now on somebody knows.
                        let names = A::Event::KINDS.iter().map(|kind| kind.name);
                        self.log.committed(names, position);
                        job.settle(Err(Failure::AlreadyHandled {
                            position: self.log.token(position),
                        }));
                    }
                    Err(error) => job.settle(Err(LoadError::from(error).into())),
                },
            }
        }
        rest
    }

    /// Decides the jobs one after another, each on what the earlier ones emitted.
    ///
    /// When one cannot be decided or written, it is answered and the others are given back.
    fn decide(
        &self,
        slot: &Slot<A>,
        live: &mut Live<A>,
        jobs: Jobs<A>,
    ) -> Result<Round<A>, Jobs<A>> {
        let mut round = Round {
            jobs,
            count: 0,
            events: Vec::new(),
        };
        for index in 0..round.jobs.len() {
            if let Err(failure) = self.decide_one(slot, live, &mut round, index) {
                let failed = round.jobs.remove(index);
                failed.settle(Err(failure));
                return Err(round.jobs);
            }
        }
        Ok(round)
    }

    fn decide_one(
        &self,
        slot: &Slot<A>,
        live: &mut Live<A>,
        round: &mut Round<A>,
        index: usize,
    ) -> Result<(), Failure> {
        let job = &mut round.jobs[index];
        let emitted = job
            .decide(slot, live, self.log.clock.now())
            .map_err(Failure::Panicked)?;
        let metadata = job.metadata();
        // Completed before the job was made, so it is there.
        let command_id = metadata
            .command_id()
            .unwrap_or_else(|| CommandId::new(self.log.ids.next()));
        for (number, event) in (0..).zip(emitted) {
            let id = command_id.event(number);
            let mut new = catch_unwind(AssertUnwindSafe(|| event.encode(id)))
                .map_err(Failure::Panicked)?
                .map_err(Failure::Encode)?;
            new.metadata = metadata.clone();
            round.events.push(new);
            round.count += 1;
            apply(live, &event).map_err(Failure::Panicked)?;
            live.last = id;
        }
        Ok(())
    }

    /// Answers each job of a round that came to pass, and keeps the state.
    fn settle_round(
        &self,
        slot: &Slot<A>,
        mut live: Live<A>,
        round: Round<A>,
        appended: Option<&Appended>,
    ) -> Live<A> {
        // Where the aggregate's last event was before the round's own.
        let mut position = live.position;
        let count = round.count as u64;
        if let Some(appended) = appended
            && count > 0
        {
            live.position = appended.position;
        }
        let mut last = Position::new(live.position.get().saturating_sub(count));
        for job in round.jobs {
            let emitted = job.emitted();
            if emitted > 0 {
                last = last.plus(emitted as u64);
                position = last;
            }
            job.settle(Ok(self.log.token(position)));
        }
        // After a duplicate the state has the events twice: it is not used again.
        if !appended.is_some_and(|appended| appended.duplicate) {
            self.save_snapshot(slot, &mut live);
        }
        live
    }

    /// Stores a snapshot if one is due, without anybody waiting for it.
    fn save_snapshot(&self, slot: &Slot<A>, live: &mut Live<A>) {
        let snapshot = match live.due_snapshot() {
            None => return,
            Some(Ok(snapshot)) => snapshot,
            Some(Err(error)) => {
                tracing::error!(stream = %slot.stream, %error, "the state cannot be written as a snapshot");
                live.snapshot = live.revision;
                return;
            }
        };
        live.snapshot = live.revision;
        let (store, stream) = (Arc::clone(&self.log.store), slot.stream.clone());
        self.tasks.spawn(async move {
            if let Err(error) = store.save_snapshot(&stream, snapshot).await {
                // The events are there; the next load is only slower.
                tracing::warn!(%stream, %error, "a snapshot was not saved");
            }
        });
    }

    /// Waits a little longer each time, and not as long as others do.
    async fn back_off(&self, attempt: u32) {
        if attempt > 1 {
            let jitter = self.log.ids.next().as_u128() % 1_000;
            let micros =
                u64::from(attempt.pow(2)) * 200 + u64::try_from(jitter).unwrap_or_default();
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
    }
}

/// Applies an event that is about to be stored. A state that panics half way is not used again.
fn apply<A: Aggregate>(live: &mut Live<A>, event: &A::Event) -> Result<(), Panic> {
    catch_unwind(AssertUnwindSafe(|| live.state.apply(event)))?;
    live.revision = live.revision.plus(1);
    Ok(())
}

/// Whether an append fails because of what one of its events is.
const fn is_of_one_job(error: &AppendError) -> bool {
    matches!(
        error,
        AppendError::Invalid(_) | AppendError::TooLarge { .. } | AppendError::EventIdReused { .. }
    )
}

fn settle_each<A: Aggregate>(jobs: Jobs<A>, failure: impl Fn() -> Failure) {
    for job in jobs {
        job.settle(Err(failure()));
    }
}

/// The position of the last event that a command has recorded, if it has.
async fn find_command(store: &dyn Store, id: CommandId) -> Result<Option<Position>, ReadError> {
    let Some(first) = store.find(id.event(0)).await? else {
        return Ok(None);
    };
    let mut last = first.meta.position;
    // The events of one command lie side by side.
    loop {
        let page = store
            .read(&EventQuery::all(), Range::after(last).limit(100))
            .await?;
        let more = page
            .events
            .iter()
            .take_while(|event| event.meta.command_id() == Some(id))
            .count();
        last = last.plus(more as u64);
        if more < 100 {
            return Ok(Some(last));
        }
    }
}
