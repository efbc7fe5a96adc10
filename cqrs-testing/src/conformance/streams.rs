//! Reading one stream.

use cqrs_core::{Position, Revision, StreamId, store::query::StreamPage};

use super::subject::{Subject, broken, names, same, stream};

async fn read(s: &Subject, stream: &StreamId, after: u64, limit: usize) -> StreamPage {
    match s.read_stream(stream, Revision::new(after), limit).await {
        Ok(page) => page,
        Err(error) => broken("a stream can be read", &error),
    }
}

/// Five events in `a`, with those of `b` between.
async fn five_events(s: &Subject) -> StreamId {
    let a = stream("a");
    for name in ["One", "Two", "Three", "Four", "Five"] {
        s.record(&a, &[name]).await;
        s.record(&stream("b"), &["Between"]).await;
    }
    a
}

pub(super) async fn a_stream_that_is_not_there_is_empty(s: Subject) {
    s.record(&stream("b"), &["Opened"]).await;

    let page = read(&s, &stream("a"), 0, 10).await;
    same(page.events, Vec::new(), "it has no events");
    same(page.revision, Revision::NONE, "it is at revision 0");
    same(page.head, Position::new(1), "the page has the log's head");
}

pub(super) async fn a_stream_reads_in_order(s: Subject) {
    let a = five_events(&s).await;

    let page = read(&s, &a, 0, 10).await;
    same(
        names(&page.events),
        vec!["One", "Two", "Three", "Four", "Five"],
        "its own events, in order",
    );
    for (index, event) in page.events.iter().enumerate() {
        let revision = Revision::new(index as u64 + 1);
        same(event.meta.revision, revision, "revisions are 1, 2, 3 ..");
        same(&event.meta.stream, &a, "each event says its stream");
    }
}

pub(super) async fn a_page_of_a_stream_begins_behind_its_revision(s: Subject) {
    let a = five_events(&s).await;

    let page = read(&s, &a, 2, 2).await;
    same(
        names(&page.events),
        vec!["Three", "Four"],
        "after and limit",
    );
    let page = read(&s, &a, 4, 2).await;
    same(
        names(&page.events),
        vec!["Five"],
        "the last page is shorter",
    );
}

pub(super) async fn a_page_of_a_stream_says_where_stream_and_log_stand(s: Subject) {
    let a = five_events(&s).await;

    for (after, limit) in [(0, 1), (0, 0), (3, 1), (5, 10)] {
        let page = read(&s, &a, after, limit).await;
        same(
            (page.revision, page.head),
            (Revision::new(5), Position::new(10)),
            "revision and head are those of stream and log, whatever the page has",
        );
    }
}

pub(super) async fn behind_the_end_of_a_stream_is_nothing(s: Subject) {
    let a = five_events(&s).await;

    for after in [5, 6, i64::MAX as u64 + 1, u64::MAX] {
        let page = read(&s, &a, after, 10).await;
        same(page.events, Vec::new(), "no events behind the last");
        same(page.revision, Revision::new(5), "its revision all the same");
    }
}

pub(super) async fn the_largest_limit_reads_a_whole_stream(s: Subject) {
    let a = five_events(&s).await;

    let page = read(&s, &a, 0, usize::MAX).await;
    same(page.events.len(), 5, "no limit is too large");
}
