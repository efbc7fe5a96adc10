//! Writers and a reader that go on whatever happens to the server, and know at the end what must be there.

use std::time::{Duration, Instant};

use cqrs_core::{
    Append, AppendError, Appended, EventId, EventQuery, EventStore, Expected, Position, Range,
    ReadError, Revision,
};
use cqrs_postgres::Postgres;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::make;

/// Writers and a reader at work.
#[derive(Debug)]
pub(crate) struct Load {
    writers: JoinSet<Written>,
    tailer: JoinHandle<Vec<(Position, EventId)>>,
    stop: watch::Sender<bool>,
    end: watch::Sender<Option<Position>>,
    acknowledged: watch::Sender<usize>,
}

/// What a writer was told.
#[derive(Debug)]
struct Written {
    acknowledged: Vec<(Position, EventId)>,
    longest: Duration,
}

/// What all were told and saw.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) acknowledged: Vec<(Position, EventId)>,
    pub(crate) seen: Vec<(Position, EventId)>,
    longest: Duration,
}

/// How long anything may take that is waited for here.
const PATIENCE: Duration = Duration::from_secs(60);

impl Load {
    /// Each writer appends to a stream of its own at its exact revision, so that one that is stored twice conflicts.
    pub(crate) fn start(writing: &Postgres, reading: &Postgres, writers: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (end, ended) = watch::channel(None);
        let acknowledged = watch::Sender::new(0);
        let mut tasks = JoinSet::new();
        for number in 0..writers {
            let (store, stopped) = (writing.clone(), stopped.clone());
            tasks.spawn(write(store, number, stopped, acknowledged.clone()));
        }
        Self {
            writers: tasks,
            tailer: tokio::spawn(tail(reading.clone(), ended)),
            stop,
            end,
            acknowledged,
        }
    }

    /// Waits until this many more appends are acknowledged than now.
    pub(crate) async fn more(&self, appends: usize) {
        let mut acknowledged = self.acknowledged.subscribe();
        let goal = *acknowledged.borrow() + appends;
        let reached = acknowledged.wait_for(|count| *count >= goal);
        let reached = timeout(PATIENCE, reached).await.expect("the load goes on");
        drop(reached.expect("the sender is here"));
    }

    /// Lets everybody finish.
    pub(crate) async fn finish(mut self) -> Done {
        self.stop.send_replace(true);
        let (mut acknowledged, mut longest) = (Vec::new(), Duration::ZERO);
        while let Some(written) = timeout(PATIENCE, self.writers.join_next())
            .await
            .expect("every append is answered")
        {
            let written = written.expect("no panic");
            acknowledged.extend(written.acknowledged);
            longest = longest.max(written.longest);
        }
        let last = acknowledged.iter().map(|(position, _)| *position).max();
        self.end.send_replace(last.or(Some(Position::START)));
        let seen = timeout(PATIENCE, self.tailer).await;
        Done {
            acknowledged,
            seen: seen.expect("the reader reaches the end").expect("no panic"),
            longest,
        }
    }
}

impl Done {
    /// Nothing that was acknowledged is lost, nothing is stored twice or unasked, and the reader saw each event once.
    ///
    /// Answers the longest that anybody waited for an acknowledgement.
    pub(crate) async fn check(mut self, store: &Postgres) -> Duration {
        let log = make::everything(store).await;
        let log: Vec<_> = log
            .iter()
            .map(|event| (event.meta.position, event.meta.id))
            .collect();
        self.acknowledged.sort_unstable();
        assert!(self.acknowledged == log, "other events are stored");
        assert!(self.seen == log, "the reader saw other events");
        make::assert_sound(store).await;
        self.longest
    }
}

async fn write(
    store: Postgres,
    number: usize,
    stopped: watch::Receiver<bool>,
    count: watch::Sender<usize>,
) -> Written {
    let stream = make::stream(&format!("load-{number}"));
    let mut revision = Revision::NONE;
    let mut written = Written {
        acknowledged: Vec::new(),
        longest: Duration::ZERO,
    };
    while !*stopped.borrow() {
        let event = make::event("load");
        let id = event.id;
        let append = Append::new().stream(stream.clone(), Expected::Exactly(revision), [event]);
        let sent = Instant::now();
        let appended = until_acknowledged(&store, append).await;
        written.longest = written.longest.max(sent.elapsed());
        revision = revision.plus(1);
        assert_eq!(appended.revisions, [revision]);
        written.acknowledged.push((appended.position, id));
        count.send_modify(|count| *count += 1);
    }
    written
}

/// Sends the same append again as long as the store says that this may help.
pub(crate) async fn until_acknowledged(store: &Postgres, append: Append) -> Appended {
    loop {
        match make::store(store, append.clone()).await {
            Ok(appended) => return appended,
            Err(AppendError::Unknown(_) | AppendError::Overloaded { .. }) => {}
            Err(AppendError::Store(error)) if error.is_transient() => {}
            Err(error) => panic!("{error:?}"),
        }
        tokio::task::yield_now().await;
    }
}

async fn tail(
    store: Postgres,
    mut end: watch::Receiver<Option<Position>>,
) -> Vec<(Position, EventId)> {
    let mut wake = store.watch();
    let mut seen = Vec::new();
    let mut at = Position::START;
    loop {
        wake.mark_unchanged();
        let last = *end.borrow_and_update();
        let page = store
            .read(&EventQuery::all(), Range::after(at).limit(100))
            .await;
        match page {
            Ok(page) if !page.events.is_empty() => {
                for event in page.events {
                    assert_eq!(event.meta.position, at.plus(1));
                    at = event.meta.position;
                    seen.push((at, event.meta.id));
                }
                continue;
            }
            Ok(_) if last.is_some_and(|last| at >= last) => return seen,
            Ok(_) => {}
            Err(ReadError::Store(error)) if error.is_transient() => {}
            Err(error) => panic!("{error:?}"),
        }
        // Wakes are hints.
        tokio::select! {
            _ = timeout(Duration::from_millis(100), wake.changed()) => {}
            _ = end.changed() => {}
        }
    }
}
