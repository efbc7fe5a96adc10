//! Several nodes that write, read and send again at once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use cqrs_core::{
    Append, EventQuery, EventStore, Range, ReadError,
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
