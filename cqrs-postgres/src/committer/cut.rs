//! How much of what waits is sent together: as far as requests can be judged by what was stored before all of them.

use std::collections::HashSet;

use cqrs_core::{
    Append, EventId, EventQuery, Name, NewEvent, Position, StreamId, Tag,
    store::{append::Condition, query::QueryItem},
};

/// How many requests and bytes go together at most.
const REQUESTS: usize = 1_024;
const BYTES: usize = 8 << 20;

/// How many of the requests, in their order, are the next batch: at least one, when there is one.
///
/// It ends before a request that shares a stream or an event id with an earlier one, or whose condition an event of an
/// earlier one matches. A condition that looks behind the head as far as it is known is alone: whether it is beyond the
/// head depends on what is stored before it.
pub(super) fn length<'a, R>(requests: R, head: Position) -> usize
where
    R: IntoIterator<Item = (&'a Append, usize)>,
{
    let mut earlier = Earlier::default();
    let (mut count, mut bytes) = (0, 0_usize);
    for (append, size) in requests {
        let ahead = append
            .condition
            .as_ref()
            .is_some_and(|condition| condition.after > head);
        if count > 0 && (ahead || bytes + size > BYTES || earlier.clashes(append)) {
            break;
        }
        count += 1;
        bytes += size;
        if ahead || count == REQUESTS {
            break;
        }
        earlier.add(append);
    }
    count
}

/// What the requests so far are about.
#[derive(Default)]
struct Earlier<'a> {
    listed: HashSet<&'a StreamId>,
    written: HashSet<&'a StreamId>,
    ids: HashSet<EventId>,
    events: Vec<&'a NewEvent>,
    names: HashSet<&'a Name>,
    tags: HashSet<&'a Tag>,
}

impl<'a> Earlier<'a> {
    fn add(&mut self, append: &'a Append) {
        for listed in &append.streams {
            self.listed.insert(&listed.stream);
            if !listed.events.is_empty() {
                self.written.insert(&listed.stream);
            }
            for event in &listed.events {
                self.ids.insert(event.id);
                self.names.insert(&event.name);
                self.tags.extend(&event.tags);
                self.events.push(event);
            }
        }
    }

    fn clashes(&self, append: &Append) -> bool {
        // Two that only look at a stream do not disturb each other.
        append.streams.iter().any(|listed| {
            let others = if listed.events.is_empty() {
                &self.written
            } else {
                &self.listed
            };
            others.contains(&listed.stream)
                || listed
                    .events
                    .iter()
                    .any(|event| self.ids.contains(&event.id))
        }) || append
            .condition
            .as_ref()
            .is_some_and(|Condition { query, .. }| self.matches(query))
    }

    fn matches(&self, query: &EventQuery) -> bool {
        if query.matches_all() {
            return !self.events.is_empty();
        }
        query.items().iter().any(|item| self.matches_item(item))
    }

    /// Most have nothing in common, which the sets tell without looking at every event.
    fn matches_item(&self, item: &QueryItem) -> bool {
        let by_name =
            item.names.is_empty() || item.names.iter().any(|name| self.names.contains(name));
        let by_tags = item.tags.iter().all(|tag| self.tags.contains(tag));
        by_name
            && by_tags
            && self
                .events
                .iter()
                .any(|event| item.matches(&event.name, &event.tags))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use cqrs_core::{Expected, Metadata};
    use uuid::Uuid;

    use super::*;

    fn event(name: &'static str, tags: &[&str]) -> NewEvent {
        NewEvent {
            id: EventId::new(Uuid::now_v7()),
            name: name.into(),
            version: 1,
            payload: Bytes::from_static(b"{}"),
            tags: tags
                .iter()
                .map(|tag| Tag::parse(tag).expect("a tag"))
                .collect(),
            metadata: Metadata::new(),
        }
    }

    fn to(id: &str, events: impl IntoIterator<Item = NewEvent>) -> Append {
        let stream = StreamId::new("Account", id).expect("an id");
        Append::new().stream(stream, Expected::Any, events)
    }

    fn together(requests: &[Append]) -> usize {
        length(
            requests.iter().map(|append| (append, append.bytes())),
            Position::new(10),
        )
    }

    #[test]
    fn requests_that_have_nothing_in_common_go_together() {
        assert_eq!(together(&[]), 0);
        let apart: Vec<_> = (0..5)
            .map(|id| to(&id.to_string(), [event("Paid", &["a:1"])]))
            .collect();
        assert_eq!(together(&apart), 5);
    }

    #[test]
    fn a_stream_that_was_written_or_is_to_be_written_ends_the_batch() {
        let write = || to("a", [event("Paid", &[])]);
        let check = || to("a", []);

        assert_eq!(together(&[write(), write()]), 1);
        assert_eq!(together(&[write(), check()]), 1);
        assert_eq!(together(&[check(), write()]), 1);
        assert_eq!(together(&[check(), check()]), 2);
    }

    #[test]
    fn an_event_id_that_was_used_ends_the_batch() {
        let used = event("Paid", &[]);
        assert_eq!(together(&[to("a", [used.clone()]), to("b", [used])]), 1);
    }

    #[test]
    fn a_condition_that_an_earlier_event_matches_ends_the_batch() {
        let first = || {
            to(
                "a",
                [event("Paid", &["mail:x", "town:y"]), event("Sent", &[])],
            )
        };
        let second = |query| to("b", [event("Got", &[])]).only_if_none(query, Position::START);
        let tag = |text| Tag::parse(text).expect("a tag");

        let all = EventQuery::all();
        assert_eq!(together(&[first(), second(all.clone())]), 1);
        assert_eq!(together(&[to("c", []), second(all.clone())]), 2);
        assert_eq!(together(&[first(), second(all.clone().names(["Sent"]))]), 1);
        assert_eq!(together(&[first(), second(all.clone().names(["Lost"]))]), 2);
        let both = all.clone().tag(tag("mail:x")).tag(tag("town:y"));
        assert_eq!(together(&[first(), second(both.clone())]), 1);
        assert_eq!(together(&[first(), second(both.tag(tag("z:z")))]), 2);
        // Name and tag are there, but at different events.
        let apart = all.names(["Sent"]).tag(tag("mail:x"));
        assert_eq!(together(&[first(), second(apart)]), 2);
    }

    #[test]
    fn a_condition_beyond_the_known_head_is_alone() {
        let ahead = || {
            to("x", [event("Got", &[])])
                .only_if_none(EventQuery::all().names(["None"]), Position::new(11))
        };
        let plain = || to("y", [event("Paid", &[])]);

        assert_eq!(together(&[plain(), ahead()]), 1);
        assert_eq!(together(&[ahead(), plain()]), 1);
    }

    #[test]
    fn a_batch_is_bounded() {
        let large = |id| {
            let mut event = event("Paid", &[]);
            event.payload = Bytes::from(vec![b' '; BYTES / 2]);
            to(id, [event])
        };
        assert_eq!(together(&[large("a"), large("b"), large("c")]), 2);
        let many: Vec<_> = (0..2_000).map(|id| to(&id.to_string(), [])).collect();
        assert_eq!(together(&many), REQUESTS);
    }
}
