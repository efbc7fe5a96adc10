//! Several nodes that write, read and send again at once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use cqrs_core::{
    Append, AppendError, Appended, EventQuery, EventStore, Expected, Range, ReadError, Revision,
    store::{append::Reply, query::Page},
};
use cqrs_postgres::Postgres;
use cqrs_testing::{Tailing, retry_race, revision_race, tailing_reader};
use temporary_postgres::Database;

use crate::{
    make,
    twist::{Twist, Twisted},
};

/// Another handle to the same database, which takes turns with the first.
#[derive(Debug)]
struct Turns {
    second: Postgres,
    turn: AtomicUsize,
}

impl Turns {
    fn node<'a>(&'a self, first: &'a Postgres) -> &'a Postgres {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if turn.is_multiple_of(2) {
            first
        } else {
            &self.second
        }
    }
}

#[async_trait]
impl Twist<Postgres> for Turns {
    fn submit(&self, first: &Postgres, append: Append, reply: Reply) {
        self.node(first).submit(append, reply);
    }

    async fn read(
        &self,
        first: &Postgres,
        query: &EventQuery,
        range: Range,
    ) -> Result<Page, ReadError> {
        self.node(first).read(query, range).await
    }
}

async fn two_nodes() -> (Twisted<Postgres>, Database) {
    let (first, database) = make::fresh().await;
    let second = Postgres::connect(database.url()).await.expect("a store");
    let turns = Turns {
        second,
        turn: AtomicUsize::new(0),
    };
    (Twisted::around(first, turns), database)
}

/// What a node knows of streams from having written them is no more than a guess once another node writes.
#[tokio::test]
async fn a_node_is_told_where_another_has_left_a_stream() {
    let (first, database) = make::fresh().await;
    let second = Postgres::connect(database.url()).await.expect("a store");
    let exactly = |node, revision| {
        let expected = Expected::Exactly(Revision::new(revision));
        let append = Append::new().stream(make::stream("a"), expected, [make::event("x")]);
        make::store(node, append)
    };
    let stands = |answer: Result<Appended, AppendError>| match answer {
        Ok(appended) => appended.revisions[0].get(),
        Err(AppendError::Conflict { actual, .. }) => 100 + actual.get(),
        Err(error) => panic!("{error}"),
    };

    for revision in 0..3 {
        assert_eq!(stands(exactly(&first, revision).await), revision + 1);
    }
    // Nobody else has written, and what a sender claims is still not believed.
    assert_eq!(stands(exactly(&first, 2).await), 103);
    assert_eq!(stands(exactly(&first, 7).await), 103);
    assert_eq!(stands(exactly(&second, 3).await), 4);
    assert_eq!(stands(exactly(&first, 3).await), 104);
    // The first one writes again elsewhere, and knows no more of this stream than before.
    let elsewhere = make::append("b", [make::event("x")]);
    make::store(&first, elsewhere).await.expect("appended");
    assert_eq!(stands(exactly(&second, 4).await), 5);
    assert_eq!(stands(exactly(&first, 3).await), 105);
    assert_eq!(stands(exactly(&first, 5).await), 6);
    // Reading is not knowing: the last event seen is the last one, and not of this node.
    assert_eq!(stands(exactly(&second, 6).await), 7);
    make::everything(&first).await;
    assert_eq!(stands(exactly(&first, 6).await), 107);
    assert_eq!(stands(exactly(&first, 7).await), 8);
    make::assert_sound(&first).await;
}

/// T08: 16 writers over two nodes, 7 readers over both: each sees every event once and in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_everything_once_and_in_order_while_two_nodes_write() {
    let tailing = Tailing {
        appends: 60,
        patience: Duration::from_secs(60),
        ..Tailing::default()
    };
    tailing_reader(&two_nodes, tailing).await;
}

/// T04: of tasks on two nodes that expect one revision one wins, each revision.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_nodes_wins_each_revision() {
    revision_race(&two_nodes, 16, 8).await;
}

/// T05: what is sent by both nodes at once is stored once, and answered alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_both_nodes_send_is_stored_once() {
    let seed = make::seed();
    println!("seed {seed}");
    retry_race(&two_nodes, 200, seed).await;
}
