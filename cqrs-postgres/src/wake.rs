//! News: who writes tells the others, at most once in a while, and everybody looks by himself from time to time.

use std::{sync::Arc, time::Duration};

use cqrs_core::Position;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};
use tokio_postgres::{Notification, types::Type};

use crate::{connection::Connection, error::DbError, names::quote, shared::Shared};

/// How long after telling others nothing more is told. Never inside the append's own transaction: PostgreSQL has one
/// lock for all that notify, and takes it at the commit.
const COALESCE: Duration = Duration::from_millis(50);

/// The pauses between attempts to reach a server that is away.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Runs until it is aborted.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    while shared.ended().is_none() {
        let (sender, heard) = mpsc::unbounded_channel();
        // Connecting looks at the head: whatever was missed is made up for.
        match shared.connect(Some(sender)).await {
            Ok(connection) => {
                pause = FIRST_PAUSE;
                let ended = serve(&shared, &connection, heard).await;
                tracing::debug!(?ended, "the listening connection to PostgreSQL ended");
            }
            Err(error) => tracing::debug!(?error, "PostgreSQL is away, the listener tries again"),
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

async fn serve(
    shared: &Shared,
    connection: &Connection,
    mut heard: mpsc::UnboundedReceiver<Notification>,
) -> Result<(), DbError> {
    let listen = shared.options.listen && !shared.options.pooler;
    if listen {
        let channel = quote(&shared.names.channel);
        connection.execute(&format!("LISTEN {channel}")).await?;
    }
    // What came before LISTEN took hold.
    shared.hold(connection).await?;
    let mut written = shared.written.subscribe();
    let mut polls = interval(shared.options.poll_every.max(Duration::from_millis(1)));
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut told, mut told_at) = (*written.borrow(), Instant::now());
    loop {
        tokio::select! {
            notification = heard.recv(), if listen => match notification {
                Some(notification) => learn(shared, &notification),
                // The connection is gone: asking tells why.
                None => shared.hold(connection).await?,
            },
            _ = polls.tick() => shared.hold(connection).await?,
            news = next(&mut written, told, told_at) => match news {
                Some(news) => {
                    tell(shared, connection, news).await?;
                    (told, told_at) = (news, Instant::now());
                }
                None => return Ok(()),
            },
        }
    }
}

/// What was written here since it was last told, when it is time to tell again. Dropped and asked again, it misses nothing.
async fn next(
    written: &mut watch::Receiver<Position>,
    told: Position,
    told_at: Instant,
) -> Option<Position> {
    // The sender is there as long as the store is.
    drop(written.wait_for(|head| *head > told).await.ok()?);
    sleep_until(told_at + COALESCE).await;
    Some(*written.borrow_and_update())
}

fn learn(shared: &Shared, notification: &Notification) {
    // Anybody may notify on the channel: what is not a number is nothing to us.
    if let Ok(head) = notification.payload().parse() {
        shared.saw(Position::new(head));
    }
}

async fn tell(shared: &Shared, connection: &Connection, head: Position) -> Result<(), DbError> {
    let channel = shared.names.channel.as_str();
    let head = head.to_string();
    connection
        .query(
            "SELECT pg_notify($1, $2)",
            &[(&channel, Type::TEXT), (&head, Type::TEXT)],
        )
        .await?;
    Ok(())
}
