//! The task of a view or handler.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::future::{FutureExt, join};
use tokio::time::{Instant, sleep};

use super::{
    desk::{Desk, Halt},
    order::{Answer, Order, Refusal, Released, What},
};
use crate::{Position, feed::FeedPage, guard::panic_text};

/// What follows the log, without the loop around it.
pub(super) trait Follower: Send {
    /// Whether the next page is read while one is dealt with. What it does with a page must then be right however long
    /// ago that was read.
    const READS_AHEAD: bool;

    /// Finds out where it stands, and tells its progress.
    fn open(&mut self, desk: &mut Desk) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Deals with a page, and tells its progress. It may leave off in the middle when it is called.
    fn take(
        &mut self,
        desk: &mut Desk,
        page: &FeedPage,
    ) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Commits where it stands, and whether it is paused. `false` when somebody else has moved it.
    fn mark(&mut self, desk: &mut Desk) -> impl Future<Output = Result<bool, Halt>> + Send;

    /// Commits where it stands, if that is not known.
    fn flush(&mut self, desk: &mut Desk) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Forgets everything, and goes on from the first event.
    fn rebuild(&mut self, desk: &mut Desk) -> impl Future<Output = Result<(), Halt>> + Send;

    /// Deals with what is parked of a key. `None` when nothing is.
    fn release(
        &mut self,
        desk: &mut Desk,
        key: &bytes::Bytes,
        leave_out: Option<Position>,
    ) -> impl Future<Output = Result<Option<Released>, Halt>> + Send;
}

/// Follows the log until the app ends.
pub(super) async fn run<F: Follower>(mut follower: F, mut desk: Desk) {
    while desk.seated().await {
        match follow(&mut follower, &mut desk).await {
            Halt::Stopping => break,
            Halt::Lost => continue,
            Halt::Paused | Halt::Fault(_) => {}
        }
        // It goes on when an operator says so, or it is for another node to run.
        loop {
            desk.called_at_last().await;
            if desk.is_stopping() || desk.lease.is_lost() {
                break;
            }
            let mut goes_on = false;
            while !goes_on && let Some(order) = desk.order() {
                goes_on = matches!(order.what, What::Resume | What::Rebuild);
                if goes_on {
                    // Before the answer, so that whoever waits from then on waits for it.
                    desk.progress.starting();
                }
                if let Err(halt) = obey(&mut follower, &mut desk, order).await {
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
    desk.paused = false;
    let halt = match unpanicked(follow_on(follower, desk)).await {
        Ok(halt) | Err(halt) => halt,
    };
    let subscription = desk.progress.subscription();
    match &halt {
        Halt::Stopping => {}
        Halt::Paused => {
            tracing::info!(%subscription, "paused");
        }
        Halt::Lost => {
            tracing::info!(%subscription, "is for another node to run");
            desk.progress.starting();
            desk.report();
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
    // Since when it has passed over, or built from nothing, what the other nodes may not know of.
    let mut unshown = Some(Instant::now());
    // What was read while the page before was dealt with.
    let mut ahead = None;
    loop {
        desk.report();
        if desk.paused {
            desk.progress.paused();
            return Ok(Halt::Paused);
        }
        if let Some(order) = desk.order() {
            obey(follower, desk, order).await?;
            continue;
        }
        desk.keep_on()?;
        if desk.is_stopping() {
            follower.flush(desk).await?;
            return Ok(Halt::Stopping);
        }
        if desk.feed.head() <= desk.progress.position() {
            desk.progress.behind_since(None);
            if unshown.is_none() {
                desk.more().await;
            } else if has_nothing_to_do(desk).await {
                follower.flush(desk).await?;
                unshown = None;
            }
            continue;
        }
        let read = ahead
            .take()
            .filter(|page: &FeedPage| page.after() == desk.progress.position());
        let page = match read {
            Some(page) => page,
            None => desk.next_page().await?,
        };
        let first = page.events().first();
        desk.progress
            .behind_since(first.map(|event| event.meta().recorded_at));
        let feed = Arc::clone(&desk.feed);
        // A read that has begun is seen through: nobody else would go on with it.
        let behind = async {
            if F::READS_AHEAD {
                feed.behind(&page).await
            } else {
                None
            }
        };
        let (taken, behind) = join(follower.take(desk, &page), behind).await;
        taken?;
        ahead = behind;
        let since = *unshown.get_or_insert_with(Instant::now);
        if since.elapsed() >= SHOW_EVERY && desk.company.is_there() {
            follower.flush(desk).await?;
            unshown = None;
        }
        // Stores that answer at once would keep others from running.
        tokio::task::yield_now().await;
    }
}

/// How long it has nothing to do before the other nodes are shown what it has passed over.
const SHOW_AFTER: Duration = Duration::from_millis(50);

/// How long they are not shown it at most, while the log goes on.
const SHOW_EVERY: Duration = Duration::from_millis(500);

/// Waits for more. `true` when there was none for so long that other nodes, as soon as there are any, are to be shown what
/// was passed over.
async fn has_nothing_to_do(desk: &mut Desk) -> bool {
    let company = Arc::clone(&desk.company);
    let shows = async {
        company.comes().await;
        sleep(SHOW_AFTER).await;
    };
    tokio::select! {
        biased;
        () = desk.more() => false,
        () = shows => true,
    }
}

/// Pauses it, or makes it go on, for whoever runs it from now on.
async fn pause<F: Follower>(follower: &mut F, desk: &mut Desk, paused: bool) -> Result<(), Halt> {
    desk.paused = paused;
    // Whoever has moved it in between may not have seen this.
    while !follower.mark(desk).await? {
        follower.open(desk).await?;
        desk.paused = paused;
    }
    if paused {
        desk.progress.paused();
    }
    Ok(())
}

/// Does what an operator said, and answers.
async fn obey<F: Follower>(follower: &mut F, desk: &mut Desk, order: Order) -> Result<(), Halt> {
    let (answer, done): (Answer, _) = match unpanicked(carry_out(follower, desk, &order.what)).await
    {
        Ok(answer) => (answer, Ok(())),
        Err(Halt::Fault(reason)) => (
            Err(Refusal::Failed(reason.clone())),
            Err(Halt::Fault(reason)),
        ),
        Err(Halt::Lost) => (Err(Refusal::Elsewhere), Err(Halt::Lost)),
        Err(halt) => (Err(Refusal::Ending), Err(halt)),
    };
    order.answer(answer);
    done
}

async fn carry_out<F: Follower>(
    follower: &mut F,
    desk: &mut Desk,
    what: &What,
) -> Result<Answer, Halt> {
    match what {
        What::Pause if !desk.paused => pause(follower, desk, true).await?,
        What::Resume if desk.paused => pause(follower, desk, false).await?,
        What::Pause | What::Resume => {}
        What::Rebuild => {
            let paused = std::mem::take(&mut desk.paused);
            if let Err(halt) = follower.rebuild(desk).await {
                desk.paused = paused;
                return Err(halt);
            }
        }
        What::Release { key, leave_out } => {
            let released = follower.release(desk, key, *leave_out).await?;
            return Ok(released.ok_or(Refusal::NotParked));
        }
    }
    Ok(Ok(Released::default()))
}
