//! What things cost in statements and commits, which no machine's mood changes.

use std::{cell::RefCell, sync::Arc};

use bytes::Bytes;
use cqrs_core::{
    Append, EventQuery, Expected, Metadata, NewEvent, Position, Range, Revision, StreamId, Tag,
    clock::{Ids, RandomIds, SystemClock},
    store::append::Reply,
};
use rusqlite::{
    Connection,
    trace::{TraceEvent, TraceEventCodes},
};

use crate::{
    interned::Texts,
    reader::events,
    schema::tests::memory,
    writer::{AppendWork, Session, Source, Work, batch},
};

thread_local! {
    static STATEMENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The statements that are run meanwhile.
fn statements(connection: &Connection, work: impl FnOnce()) -> Vec<String> {
    STATEMENTS.take();
    connection.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(|event| {
            if let TraceEvent::Stmt(_, sql) = event {
                STATEMENTS.with_borrow_mut(|statements| statements.push(sql.to_owned()));
            }
        }),
    );
    work();
    connection.trace_v2(TraceEventCodes::empty(), None);
    STATEMENTS.take()
}

fn count(statements: &[String], beginning: &str) -> usize {
    let begins = |sql: &&String| sql.trim_start().starts_with(beginning);
    statements.iter().filter(begins).count()
}

fn source() -> Source {
    Source {
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

/// Appends to as many streams, one event each.
fn appends(streams: usize, tag: Option<&Tag>) -> Vec<Box<dyn Work>> {
    let append = |number| {
        let event = NewEvent {
            id: cqrs_core::EventId::new(RandomIds.next()),
            name: "Renamed".into(),
            version: 1,
            payload: Bytes::from_static(b"{}"),
            tags: tag.cloned().into_iter().collect(),
            metadata: Metadata::new(),
        };
        let stream = StreamId::new("User", format!("u-{number}")).expect("it is short");
        let append = Append::new().stream(stream, Expected::Any, [event]);
        let (reply, _answer) = Reply::channel();
        Box::new(AppendWork::new(append, reply)) as Box<dyn Work>
    };
    (0..streams).map(append).collect()
}

fn commit(session: &mut Session<'_>, mut work: Vec<Box<dyn Work>>) {
    let failures = batch::commit(session, &mut work);
    assert!(failures.iter().all(Option::is_none), "{failures:?}");
}

#[test]
fn what_waits_is_committed_once_whatever_its_number() {
    let connection = memory();
    let source = source();
    let mut session = Session::new(&connection, &source).expect("a session");
    commit(&mut session, appends(64, None));

    for number in [1, 64] {
        let run = statements(&connection, || commit(&mut session, appends(number, None)));
        assert_eq!(count(&run, "BEGIN"), 1, "{run:#?}");
        assert_eq!(count(&run, "COMMIT"), 1, "{run:#?}");
        // Whether its id is there already, and the event: of the stream everything is known.
        assert_eq!(run.len() - 2, 2 * number, "{run:#?}");
    }
}

#[test]
fn a_tag_is_one_statement_more() {
    let connection = memory();
    let source = source();
    let mut session = Session::new(&connection, &source).expect("a session");
    commit(&mut session, appends(1, None));
    let tag = Tag::new("email", "jane@example.com").expect("a tag");

    let run = statements(&connection, || commit(&mut session, appends(1, Some(&tag))));

    assert_eq!(run.len() - 2, 3, "{run:#?}");
}

#[test]
fn a_page_costs_as_many_statements_as_a_single_event() {
    let connection = memory();
    let source = source();
    let mut session = Session::new(&connection, &source).expect("a session");
    commit(&mut session, appends(500, None));
    let mut texts = Texts::default();
    let mut page = |limit| {
        let read = || {
            let range = Range::after(Position::START).limit(limit);
            let page = events::page(&connection, &mut texts, &EventQuery::all(), range);
            assert_eq!(page.expect("a page").events.len(), limit);
        };
        statements(&connection, read).len()
    };

    // The texts of streams and names are looked up once for each connection.
    page(500);

    assert_eq!((page(1), page(500)), (2, 2));
}

#[test]
fn loading_a_stream_costs_as_many_statements_as_a_single_event() {
    let connection = memory();
    let source = source();
    let mut session = Session::new(&connection, &source).expect("a session");
    for _ in 0..100 {
        commit(&mut session, appends(1, None));
    }
    let stream = StreamId::new("User", "u-0").expect("it is short");
    let mut texts = Texts::default();
    let mut load = |limit| {
        let read = || {
            let page = events::stream(&connection, &mut texts, &stream, Revision::NONE, limit);
            assert_eq!(page.expect("a page").events.len(), limit);
        };
        statements(&connection, read).len()
    };

    load(100);

    assert_eq!((load(1), load(100)), (4, 4));
}
