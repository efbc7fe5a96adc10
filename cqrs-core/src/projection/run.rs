//! The task of a view or handler.

use std::panic::AssertUnwindSafe;

use futures::future::FutureExt;

use super::{
    desk::{Desk, Halt},
    order::{Answer, Order, Refusal, Released, What},
};
use crate::{feed::FeedPage, guard::panic_text};

/// What follows the log, without the loop around it.
pub(super) trait Follower: Send {
    /// Finds out where it stands, and tells its progress.
    fn open(&mut self, desk: &mut Desk) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Deals with a page, and tells its progress. It may leave off in the middle when it is called.
    fn take(
        &mut self,
        desk: &mut Desk,
        page: &FeedPage,
    ) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Commits where it stands.
    fn flush(&mut self, desk: &mut Desk) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Forgets everything, and goes on from the first event.
    fn rebuild(&mut self, desk: &mut Desk) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Deals with what is parked of a key. `None` when nothing is.
    fn release(
        &mut self,
        desk: &mut Desk,
        key: &bytes::Bytes,
        leave_out_first: bool,
    ) -> impl Future<Output = Result<Option<Released>, Halt>> + Send;
}

/// Follows the log until the app ends.
pub(super) async fn run<F: Follower>(mut follower: F, mut desk: Desk) {
    while !matches!(follow(&mut follower, &mut desk).await, Halt::Stopping) {
        // It goes on when an operator says so.
        loop {
            desk.called_at_last().await;
            if desk.is_stopping() {
                desk.progress.ended();
                return;
            }
            let mut goes_on = false;
            while let Some(order) = desk.order() {
                goes_on = matches!(order.what, What::Resume | What::Rebuild);
                if goes_on {
                    // Before the answer, so that whoever waits from then on waits for it.
                    desk.progress.starting();
                }
                if let Err(halt) = unpanicked(obey(&mut follower, &mut desk, order)).await {
                    goes_on = false;
                    if let Halt::Fault(reason) = halt {
                        desk.progress.stopped(reason);
                    }
                }
            }
            if goes_on {
                break;
            }
        }
    }
    desk.progress.ended();
}

/// What panics in what a program has written stops what follows the log, and not its task.
///
/// `open` makes everything new that was in hand then.
async fn unpanicked<T>(work: impl Future<Output = Result<T, Halt>>) -> Result<T, Halt> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|panic| Err(Halt::Fault(panic_text(&*panic))))
}

/// Follows the log until something is in the way, and says what.
async fn follow<F: Follower>(follower: &mut F, desk: &mut Desk) -> Halt {
    let halt = match unpanicked(follow_on(follower, desk)).await {
        Ok(halt) | Err(halt) => halt,
    };
    let subscription = desk.progress.subscription();
    match &halt {
        Halt::Stopping => {}
        Halt::Paused => {
            tracing::info!(%subscription, "paused");
        }
        Halt::Fault(reason) => {
            let position = desk.progress.position();
            tracing::error!(%subscription, %position, reason, "stopped");
            desk.progress.stopped(reason.clone());
        }
    }
    halt
}

async fn follow_on<F: Follower>(follower: &mut F, desk: &mut Desk) -> Result<Halt, Halt> {
    follower.open(desk).await?;
    loop {
        desk.report();
        while let Some(order) = desk.order() {
            if matches!(order.what, What::Pause) {
                follower.flush(desk).await?;
                desk.progress.paused();
                order.answer(Ok(Released::default()));
                return Ok(Halt::Paused);
            }
            obey(follower, desk, order).await?;
        }
        if desk.is_stopping() {
            follower.flush(desk).await?;
            return Ok(Halt::Stopping);
        }
        if desk.feed.head() <= desk.progress.position() {
            desk.progress.behind_since(None);
            desk.more().await;
            continue;
        }
        let page = desk.next_page().await?;
        let first = page.events().first();
        desk.progress
            .behind_since(first.map(|event| event.meta().recorded_at));
        follower.take(desk, &page).await?;
        // Stores that answer at once would keep others from running.
        tokio::task::yield_now().await;
    }
}

/// Does what an operator said, and answers.
async fn obey<F: Follower>(follower: &mut F, desk: &mut Desk, order: Order) -> Result<(), Halt> {
    let done = match &order.what {
        What::Pause | What::Resume => Ok(Ok(Released::default())),
        What::Rebuild => follower
            .rebuild(desk)
            .await
            .map(|()| Ok(Released::default())),
        What::Release {
            key,
            leave_out_first,
        } => match follower.release(desk, key, *leave_out_first).await {
            Ok(released) => Ok(released.ok_or(Refusal::NotParked)),
            Err(halt) => Err(halt),
        },
    };
    let (answer, done): (Answer, _) = match done {
        Ok(answer) => (answer, Ok(())),
        Err(Halt::Fault(reason)) => (
            Err(Refusal::Failed(reason.clone())),
            Err(Halt::Fault(reason)),
        ),
        Err(halt) => (Err(Refusal::Ending), Err(halt)),
    };
    order.answer(answer);
    done
}
