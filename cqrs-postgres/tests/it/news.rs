//! Learning of what others wrote.

use std::{
    future::poll_fn,
    time::{Duration, Instant},
};

use cqrs_core::EventStore;
use cqrs_postgres::{Options, Postgres};
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, NoTls};

use crate::make;

const NEVER: Duration = Duration::from_secs(3_600);

/// How long a second handle takes to learn of each append of a first one.
async fn delays(options: fn() -> Options, kill: bool) -> Vec<Duration> {
    let database = temporary_postgres::shared().expect("a database");
    let writer = Postgres::connect(database.url()).await.expect("a store");
    let reader = options().connect(database.url()).await.expect("a store");
    let mut news = reader.watch();
    let owner = make::owner(database.url()).await;
    let mut delays = Vec::new();
    for _ in 0..5 {
        // The listener is there, and the last notification is long past.
        tokio::time::sleep(Duration::from_millis(200)).await;
        if kill {
            let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE '%restore_epoch%' AND pid <> pg_backend_pid()";
            drop(owner.simple_query(kill).await.expect("killed"));
        }
        let appended = make::store(&writer, make::append("a", [make::event("x")])).await;
        let (position, begun) = (appended.expect("appended").position, Instant::now());
        let heard = news.wait_for(|head| *head >= position);
        let heard = tokio::time::timeout(Duration::from_secs(20), heard).await;
        drop(heard.expect("in time").expect("open"));
        delays.push(begun.elapsed());
    }
    delays
}

#[tokio::test]
async fn a_notification_tells_at_once() {
    let delays = delays(|| Postgres::options().poll_every(NEVER), false).await;

    assert!(
        delays.iter().all(|delay| *delay < Duration::from_secs(5)),
        "{delays:?}"
    );
}

#[tokio::test]
async fn a_poll_tells_when_nobody_listens() {
    let options = || {
        Postgres::options()
            .listen(false)
            .poll_every(Duration::from_millis(50))
    };
    let delays = delays(options, false).await;

    assert!(
        delays.iter().all(|delay| *delay < Duration::from_secs(5)),
        "{delays:?}"
    );
}

#[tokio::test]
async fn a_listener_that_is_killed_comes_back_and_makes_up_for_what_it_missed() {
    let delays = delays(|| Postgres::options().poll_every(NEVER), true).await;

    assert!(
        delays.iter().all(|delay| *delay < Duration::from_secs(5)),
        "{delays:?}"
    );
}

#[tokio::test]
async fn many_appends_are_told_of_together() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    let (listener, mut connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .expect("let in");
    let (sender, mut heard) = mpsc::unbounded_channel();
    drop(tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notification) = message {
                let _gone = sender.send(notification);
            }
        }
    }));
    listener
        .batch_execute("LISTEN cqrs_events")
        .await
        .expect("listening");
    let begun = Instant::now();

    make::fill(&store, 300).await;
    let took = begun.elapsed();

    let mut told = 0;
    loop {
        let notification = heard.recv().await.expect("a notification");
        told += 1;
        if notification.payload() == "300" {
            break;
        }
    }
    let most = took.as_millis() / 50 + 2;
    assert!(told <= most, "{told} in {} ms", took.as_millis());
}
