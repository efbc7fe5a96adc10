//! Reading the log.

use cqrs_core::{EventId, EventQuery, Position, Range, ReadError, Revision, StoredEvent};
use uuid::Uuid;

use super::subject::{
    Subject, add, broken, event, holds, in_order, positions, same, stream, tag, tagged,
};

/// Ten events of two streams: odd positions are `Paid` in `a`, even ones `Taken` in `b`; 3, 6 and 9 are tagged.
async fn ten_events(s: &Subject) {
    for position in 1..=10 {
        let (stream, name) = if position % 2 == 1 {
            (stream("a"), "Paid")
        } else {
            (stream("b"), "Taken")
        };
        let tags: &[&str] = if position % 3 == 0 {
            &["third:yes"]
        } else {
            &[]
        };
        s.stored(add(&stream, tagged(name, tags))).await;
    }
}

const fn at(position: u64) -> Position {
    Position::new(position)
}

async fn read(s: &Subject, query: &EventQuery, range: Range) -> Vec<u64> {
    let (events, head) = s.page(query, range).await;
    same(head, s.end().await, "a page carries the head of the log");
    positions(&events)
}

pub(super) async fn an_empty_store_reads_as_empty(s: Subject) {
    let (events, head) = s.page(&EventQuery::all(), Range::after(at(0))).await;
    same(events, Vec::new(), "there are no events");
    same(head, Position::START, "the head of an empty store is 0");
    same(s.end().await, Position::START, "also when asked alone");
    let all = EventQuery::all();
    same(read(&s, &all, Range::backward()).await, vec![], "backward");
}

pub(super) async fn the_log_reads_in_order(s: Subject) {
    ten_events(&s).await;

    let log = s.log().await;
    same(log.len(), 10, "every event is there");
    in_order(&log);
}

pub(super) async fn a_range_forward_begins_behind_its_position(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    let four = read(&s, &all, Range::after(at(4)).limit(4)).await;
    same(four, vec![5, 6, 7, 8], "`limit` events after `after`");
    let rest = read(&s, &all, Range::after(at(8)).limit(4)).await;
    same(
        rest,
        vec![9, 10],
        "a page shorter than the limit is the last",
    );
    let none = read(&s, &all, Range::after(at(10))).await;
    same(none, vec![], "behind the head is nothing yet");
}

pub(super) async fn a_range_forward_ends_with_its_until(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    let some = read(&s, &all, Range::after(at(4)).until(at(7))).await;
    same(some, vec![5, 6, 7], "up to and with `until`");
    let one = read(&s, &all, Range::after(at(4)).until(at(7)).limit(1)).await;
    same(one, vec![5], "`limit` counts within `until`");
    let none = read(&s, &all, Range::after(at(4)).until(at(4))).await;
    same(none, vec![], "`until` at `after`");
    let none = read(&s, &all, Range::after(at(4)).until(at(0))).await;
    same(none, vec![], "`until` before `after`");
}

pub(super) async fn a_range_backward_begins_with_the_newest(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    let newest = read(&s, &all, Range::backward().limit(3)).await;
    same(newest, vec![10, 9, 8], "the newest first");
    let older = read(&s, &all, Range::backward().until(at(7)).limit(3)).await;
    same(older, vec![7, 6, 5], "from `until` downward");
    let all_of_them = read(&s, &all, Range::backward()).await;
    same(
        all_of_them,
        (1..=10).rev().collect(),
        "down to the first event",
    );
    let after = Range {
        after: at(8),
        ..Range::backward()
    };
    same(read(&s, &all, after).await, vec![10, 9], "down to `after`");
}

pub(super) async fn a_limit_of_0_reads_nothing(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    let none = read(&s, &all, Range::after(at(0)).limit(0)).await;
    same(none, vec![], "forward");
    let none = read(&s, &all, Range::backward().limit(0)).await;
    same(none, vec![], "backward");
}

pub(super) async fn the_largest_limit_reads_everything(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    let log = read(&s, &all, Range::after(at(0)).limit(usize::MAX)).await;
    same(log.len(), 10, "no limit is too large");
}

pub(super) async fn an_after_above_the_head_is_an_error(s: Subject) {
    ten_events(&s).await;

    for position in [11, i64::MAX as u64 + 1, u64::MAX] {
        match s.read(&EventQuery::all(), Range::after(at(position))).await {
            Err(ReadError::BeyondHead {
                position: said,
                head,
            }) if said == at(position) && head == at(10) => {}
            other => broken(
                "an `after` above the head is of another store or history: `BeyondHead`",
                &other,
            ),
        }
    }
}

pub(super) async fn an_until_above_the_head_means_the_head(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    for until in [11, i64::MAX as u64 + 1, u64::MAX] {
        let some = read(&s, &all, Range::after(at(8)).until(at(until))).await;
        same(some, vec![9, 10], "forward");
        let some = read(&s, &all, Range::backward().until(at(until)).limit(2)).await;
        same(some, vec![10, 9], "backward");
    }
}

pub(super) async fn a_query_by_name_finds_its_events(s: Subject) {
    ten_events(&s).await;

    let paid = EventQuery::all().names(["Paid"]);
    let found = read(&s, &paid, Range::after(at(0))).await;
    same(found, vec![1, 3, 5, 7, 9], "events with that name");
    let both = EventQuery::all().names(["Paid", "Taken", "Paid"]);
    let found = read(&s, &both, Range::after(at(0))).await;
    same(found, (1..=10).collect(), "events with any of the names");
}

pub(super) async fn a_query_by_tag_finds_its_events(s: Subject) {
    ten_events(&s).await;

    let third = EventQuery::all().tag(tag("third:yes"));
    let found = read(&s, &third, Range::after(at(0))).await;
    same(found, vec![3, 6, 9], "events with that tag");
    let neither = third.tag(tag("third:no"));
    let found = read(&s, &neither, Range::after(at(0))).await;
    same(found, vec![], "all tags of an item must be there");
}

pub(super) async fn a_query_by_name_and_tag_needs_both(s: Subject) {
    ten_events(&s).await;

    let query = EventQuery::all().names(["Paid"]).tag(tag("third:yes"));
    let found = read(&s, &query, Range::after(at(0))).await;
    same(found, vec![3, 9], "name and tag");
}

pub(super) async fn an_event_that_two_items_match_comes_once(s: Subject) {
    ten_events(&s).await;

    let query = EventQuery::all()
        .tag(tag("third:yes"))
        .or(EventQuery::all().names(["Paid"]))
        .or(EventQuery::all().names(["Paid"]).tag(tag("third:yes")));
    let found = read(&s, &query, Range::after(at(0))).await;
    same(
        found,
        vec![1, 3, 5, 6, 7, 9],
        "the union of the items, in order, each event once",
    );
    let found = read(&s, &query, Range::backward().limit(4)).await;
    same(found, vec![9, 7, 6, 5], "backward too");
}

pub(super) async fn a_query_for_what_is_not_there_finds_nothing(s: Subject) {
    ten_events(&s).await;

    for query in [
        EventQuery::all().names(["paid"]),
        EventQuery::all().names(["Pai"]),
        EventQuery::all().tag(tag("third:y")),
        EventQuery::all().names(["Paid"]).tag(tag("fourth:yes")),
    ] {
        let found = read(&s, &query, Range::after(at(0))).await;
        same(found, vec![], "names and tags are compared whole");
    }
}

pub(super) async fn a_limit_counts_what_matches(s: Subject) {
    ten_events(&s).await;

    let taken = EventQuery::all().names(["Taken"]);
    let found = read(&s, &taken, Range::after(at(2)).limit(2)).await;
    same(found, vec![4, 6], "forward");
    let found = read(&s, &taken, Range::backward().until(at(9)).limit(2)).await;
    same(found, vec![8, 6], "backward");
    let found = read(&s, &taken, Range::after(at(3)).until(at(6))).await;
    same(found, vec![4, 6], "within a range");
}

pub(super) async fn pages_forward_cover_the_log_once(s: Subject) {
    ten_events(&s).await;

    for query in [EventQuery::all(), EventQuery::all().names(["Paid"])] {
        let whole = positions(&s.matching(&query).await);
        let (mut seen, mut after) = (Vec::new(), at(0));
        loop {
            let page = read(&s, &query, Range::after(after).limit(3)).await;
            seen.extend(&page);
            match page.last() {
                Some(last) if page.len() == 3 => after = at(*last),
                _ => break,
            }
        }
        same(seen, whole, "page after page, each event comes once");
    }
}

pub(super) async fn pages_backward_cover_the_log_once(s: Subject) {
    ten_events(&s).await;
    let all = EventQuery::all();

    let (mut seen, mut until) = (Vec::new(), at(10));
    while until > at(0) {
        let page = read(&s, &all, Range::backward().until(until).limit(3)).await;
        seen.extend(&page);
        until = at(page.last().map_or(0, |last| last - 1));
    }
    same(seen, (1..=10).rev().collect(), "each event comes once");
}

pub(super) async fn an_event_is_found_by_its_id(s: Subject) {
    ten_events(&s).await;
    let seventh = s.log().await[6].clone();

    match s.find(seventh.meta.id).await {
        Ok(found) => same(found, Some(seventh), "the event with that id"),
        Err(error) => broken("an event can be found", &error),
    }
    match s.find(EventId::new(Uuid::now_v7())).await {
        Ok(found) => same(found, None, "an id that was never used"),
        Err(error) => broken("an id that is not there is no error", &error),
    }
}

pub(super) async fn every_way_to_read_shows_the_same_event(s: Subject) {
    let a = stream("a");
    s.record(&a, &["Opened"]).await;
    s.stored(add(&a, tagged("Paid", &["plan:gold", "month:may"])))
        .await;
    let read: StoredEvent = s.log().await[1].clone();

    let page = s.read_stream(&a, Revision::new(1), 10).await;
    let page = page.expect("a stream can be read");
    same(&page.events[0], &read, "by stream and by position");
    let tagged = s.matching(&EventQuery::all().tag(tag("plan:gold"))).await;
    same(&tagged[0], &read, "by tag and by position");
    let found = s.find(read.meta.id).await.expect("an event can be found");
    same(found.as_ref(), Some(&read), "by id and by position");
    let (newest, _) = s.page(&EventQuery::all(), Range::backward().limit(1)).await;
    same(&newest[0], &read, "backward and forward");
}

pub(super) async fn times_are_in_whole_microseconds(s: Subject) {
    let appended = s.stored(add(&stream("a"), event("Opened"))).await;

    let nanos = appended
        .recorded_at
        .duration_since(std::time::UNIX_EPOCH)
        .map(|since| since.subsec_nanos());
    holds(
        nanos.is_ok_and(|nanos| nanos % 1_000 == 0),
        "`recorded_at` is in whole microseconds, in the answer too",
    );
}
