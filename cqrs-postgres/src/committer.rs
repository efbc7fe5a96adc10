//! The one task of a handle that appends: it takes what waits, sends it as one call, and answers each by itself.

mod call;
mod cut;
mod duplicate;
mod hints;

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs_core::{Append, AppendError, Appended, StoreError, store::append::Reply};
use tokio::sync::watch;

use self::hints::Hints;
use crate::{
    connection::Connection,
    error::DbError,
    queue::{Queue, Waiting},
    shared::Shared,
};

/// What the task is made of.
#[derive(Debug)]
pub(crate) struct Committer {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    /// Told when the task has ended.
    vacated: watch::Sender<bool>,
    connection: Option<Connection>,
    hints: Hints,
}

/// The pauses between attempts to reach a server that is away.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Committer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        queue: Arc<Queue>,
        vacated: watch::Sender<bool>,
    ) -> Self {
        Self {
            shared,
            queue,
            vacated,
            connection: None,
            hints: Hints::default(),
        }
    }

    /// Works until the queue is closed and empty.
    pub(crate) async fn run(mut self) {
        // However this ends, nobody waits for a task that is gone.
        let _guard = Abandon(Arc::clone(&self.queue));
        let mut backlog = VecDeque::new();
        while self.queue.take(&mut backlog).await {
            let head = *self.shared.head.borrow();
            let requests = backlog.iter();
            let length = cut::length(
                requests.map(|waiting| (&waiting.append, waiting.bytes)),
                head,
            );
            let batch: Vec<_> = backlog.drain(..length).collect();
            self.queue.sent(&batch);
            self.commit(Batch::of(batch)).await;
        }
        drop(self.connection.take());
        self.vacated.send_replace(true);
    }

    /// Sends a batch until its outcome is known, as long as patience lasts.
    async fn commit(&mut self, batch: Batch) {
        let mut batches = VecDeque::from([(batch, Sending::default())]);
        while let Some((pending, sending)) = batches.pop_front() {
            let oldest = pending.oldest;
            match self.attempt(&pending.appends, oldest, sending).await {
                Ok(answers) => {
                    if let Some(left) = pending.answer(answers) {
                        batches.push_front((left, sending.probing()));
                    }
                }
                Err(error) if error.is_unique_violation() && !sending.probe => {
                    batches.push_front((pending, sending.probing()));
                }
                Err(error) if error.is_broken() => {
                    self.connection = None;
                    batches.push_front((pending, Sending::UNKNOWN));
                }
                Err(error) if error.is_passing() && self.in_time(oldest) => {
                    tokio::time::sleep(FIRST_PAUSE).await;
                    batches.push_front((pending, sending));
                }
                Err(error) if error.is_about_content() && pending.appends.len() > 1 => {
                    // One that cannot be stored must not take the others along.
                    for alone in pending.split().rev() {
                        batches.push_front((alone, sending));
                    }
                }
                Err(error) => {
                    // A server that became a standby is not the one to write to.
                    self.connection = None;
                    pending.fail(sending, &error.into());
                }
            }
        }
    }

    /// One attempt. `None` is the answer to a request that is to be asked for again.
    async fn attempt(
        &mut self,
        requests: &[Append],
        oldest: Instant,
        sending: Sending,
    ) -> Result<Vec<Option<Answer>>, DbError> {
        let connection = self.connection(oldest).await?;
        let answered = self.send(&connection, requests, sending).await;
        // One that broke is thrown away.
        if !answered.as_ref().is_err_and(DbError::is_broken) {
            self.connection = Some(connection);
        }
        answered
    }

    async fn send(
        &mut self,
        connection: &Connection,
        requests: &[Append],
        sending: Sending,
    ) -> Result<Vec<Option<Answer>>, DbError> {
        let shared = &*self.shared;
        let basis = call::Basis {
            epoch: shared.identity.epoch,
            seen: shared.seen(),
        };
        let outcome = call::append(
            connection,
            &shared.sql,
            requests,
            &self.hints,
            basis,
            sending.probe,
        );
        let Some(call::Outcome {
            mut answers,
            before,
            last,
        }) = outcome.await?
        else {
            // Says what it is that has changed.
            shared.hold(connection).await?;
            return Err(shared.end("its history has changed").into());
        };
        if let Some(last) = last {
            shared.remember(last);
            shared.wrote(last.position);
        }
        let last = last.map(|last| last.position);
        self.hints
            .learn(before, last, requests.iter().zip(&answers));
        let answered = requests.iter().zip(&answers);
        let known: Vec<_> = answered
            .filter(|(_, answer)| answer.is_none())
            .map(|(append, _)| append)
            .collect();
        if !known.is_empty() {
            let resolved = duplicate::resolve(connection, &self.shared.sql, &known).await;
            fill(&mut answers, resolved);
        }
        Ok(answers)
    }

    /// The connection, made anew when there is none, as long as patience lasts.
    async fn connection(&mut self, oldest: Instant) -> Result<Connection, DbError> {
        if let Some(error) = self.shared.ended() {
            return Err(error.into());
        }
        let connection = self.connection.take();
        if let Some(connection) = connection.filter(|connection| !connection.is_closed()) {
            return Ok(connection);
        }
        // Behind another connection may be a standby that lacks what was written last.
        self.hints = Hints::default();
        self.reconnect(oldest).await
    }

    async fn reconnect(&self, oldest: Instant) -> Result<Connection, DbError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.shared.connect(None).await {
                Err(error) if (error.is_broken() || error.is_passing()) && self.in_time(oldest) => {
                    tracing::debug!(?error, "PostgreSQL is away, the committer tries again");
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
                // To the caller of an append, a connection that cannot be made is not one that broke.
                Err(error) if error.is_broken() => return Err(StoreError::from(error).into()),
                result => return result,
            }
        }
    }

    /// Whether those who wait would still be served in time.
    fn in_time(&self, oldest: Instant) -> bool {
        oldest.elapsed() < self.shared.options.patience
    }
}

type Answer = Result<Appended, AppendError>;

/// Puts the answers to requests that were known in their places. When the connection broke, they are asked for again: the
/// others have their answers.
fn fill(answers: &mut [Option<Answer>], resolved: Result<Vec<Answer>, DbError>) {
    let open = answers.iter_mut().filter(|answer| answer.is_none());
    match resolved {
        Ok(resolved) => {
            for (answer, resolved) in open.zip(resolved) {
                *answer = Some(resolved);
            }
        }
        Err(error) if error.is_broken() => {}
        Err(error) => {
            let error = StoreError::from(error);
            for answer in open {
                *answer = Some(Err(AppendError::Unknown(error.clone())));
            }
        }
    }
}

/// What is known of a batch on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Sending {
    /// Whether event ids are looked for first.
    probe: bool,
    /// Whether it may have been stored already.
    unknown: bool,
}

impl Sending {
    const fn probing(self) -> Self {
        Self {
            probe: true,
            ..self
        }
    }

    /// The answer did not come.
    const UNKNOWN: Self = Self {
        probe: true,
        unknown: true,
    };
}

/// Appends that are sent together, with whoever waits for them.
#[derive(Debug)]
struct Batch {
    appends: Vec<Append>,
    replies: Vec<Reply>,
    /// When the first of them was submitted.
    oldest: Instant,
}

impl Batch {
    fn of(waiting: Vec<Waiting>) -> Self {
        let oldest = waiting.iter().map(|waiting| waiting.since).min();
        let (appends, replies) = waiting
            .into_iter()
            .map(|waiting| (waiting.append, waiting.reply))
            .unzip();
        Self {
            appends,
            replies,
            oldest: oldest.unwrap_or_else(Instant::now),
        }
    }

    /// Answers those who have an answer, and gives back the others.
    fn answer(self, answers: Vec<Option<Answer>>) -> Option<Self> {
        let mut left = Self {
            appends: Vec::new(),
            replies: Vec::new(),
            oldest: self.oldest,
        };
        let waiting = self.appends.into_iter().zip(self.replies);
        for ((append, reply), answer) in waiting.zip(answers) {
            if let Some(answer) = answer {
                send(reply, answer);
            } else {
                left.appends.push(append);
                left.replies.push(reply);
            }
        }
        (!left.appends.is_empty()).then_some(left)
    }

    /// Answers everybody that the store failed.
    fn fail(self, sending: Sending, error: &StoreError) {
        for reply in self.replies {
            let error = error.clone();
            let failure = if sending.unknown {
                AppendError::Unknown(error)
            } else {
                AppendError::Store(error)
            };
            send(reply, Err(failure));
        }
    }

    /// Each alone.
    fn split(self) -> impl DoubleEndedIterator<Item = Self> {
        let oldest = self.oldest;
        let waiting = self.appends.into_iter().zip(self.replies);
        waiting.map(move |(append, reply)| Self {
            appends: vec![append],
            replies: vec![reply],
            oldest,
        })
    }
}

fn send(reply: Reply, answer: Answer) {
    // Who receives the answer may be anybody's code: its panic is not ours, nor that of the others in the batch.
    let answered = catch_unwind(AssertUnwindSafe(|| reply.send(answer)));
    if answered.is_err() {
        tracing::error!("whoever waited for the store panicked at the answer");
    }
}

#[derive(Debug)]
struct Abandon(Arc<Queue>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
