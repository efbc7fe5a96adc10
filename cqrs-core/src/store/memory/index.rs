//! Which events have a name or a tag, so that a query costs what it finds and not what the log holds.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, binary_heap::PeekMut},
};

use crate::{
    Name, Position, Tag,
    store::{
        event::EventMeta,
        query::{Direction, EventQuery, QueryItem},
    },
};

/// Positions by name and by tag, each list in order.
#[derive(Debug, Default)]
pub(super) struct Index {
    names: HashMap<Name, Vec<Position>>,
    tags: HashMap<Tag, Vec<Position>>,
}

/// The part of the log that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) after: Position,
    pub(super) until: Position,
    pub(super) direction: Direction,
}

impl Index {
    pub(super) fn add(&mut self, event: &EventMeta) {
        match self.names.get_mut(&event.name) {
            Some(positions) => positions.push(event.position),
            None => {
                self.names.insert(event.name.clone(), vec![event.position]);
            }
        }
        for (index, tag) in event.tags.iter().enumerate() {
            if event.tags[..index].contains(tag) {
                continue;
            }
            match self.tags.get_mut(tag) {
                Some(positions) => positions.push(event.position),
                None => {
                    self.tags.insert(tag.clone(), vec![event.position]);
                }
            }
        }
    }

    /// Forgets tags of events. Each list is gone through once, however many of its events are named.
    pub(super) fn remove_tags(&mut self, removed: BTreeMap<Tag, Vec<Position>>) {
        for (tag, gone) in removed {
            if let Some(positions) = self.tags.get_mut(&tag) {
                positions.retain(|position| gone.binary_search(position).is_err());
                if positions.is_empty() {
                    self.tags.remove(&tag);
                }
            }
        }
    }

    /// The positions in `span` at which an event may match an item of the query, each once, with that item. What is
    /// left to do is to hold the event against the item.
    pub(super) fn candidates<'a>(&'a self, query: &'a EventQuery, span: Span) -> Candidates<'a> {
        let lists = query
            .items()
            .iter()
            .flat_map(|item| self.lists(item).into_iter().map(move |list| (item, list)))
            .map(|(item, list)| List::new(item, list, span));
        let mut candidates = Candidates {
            lists: lists.collect(),
            next: BinaryHeap::new(),
        };
        candidates.next = (0..candidates.lists.len())
            .filter_map(|at| Some((Reverse(candidates.lists[at].key()?), at)))
            .collect();
        candidates
    }

    /// The shortest lists that hold every event that an item matches.
    fn lists(&self, item: &QueryItem) -> Vec<&[Position]> {
        let by_name = || {
            let names = item.names.iter().enumerate();
            names
                .filter(|(index, name)| !item.names[..*index].contains(name))
                .filter_map(|(_, name)| self.names.get(name).map(Vec::as_slice))
                .collect::<Vec<_>>()
        };
        let by_tag = item
            .tags
            .iter()
            .map(|tag| self.tags.get(tag).map_or(&[][..], Vec::as_slice))
            .min_by_key(|list| list.len());
        match by_tag {
            None => by_name(),
            Some(by_tag) if item.names.is_empty() => vec![by_tag],
            Some(by_tag) => {
                let by_name = by_name();
                if by_name.iter().map(|list| list.len()).sum::<usize>() < by_tag.len() {
                    by_name
                } else {
                    vec![by_tag]
                }
            }
        }
    }
}

/// What [`Index::candidates`] found: several ordered lists, merged.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    lists: Vec<List<'a>>,
    next: BinaryHeap<(Reverse<u64>, usize)>,
}

#[derive(Debug)]
struct List<'a> {
    item: &'a QueryItem,
    rest: &'a [Position],
    direction: Direction,
}

impl<'a> List<'a> {
    fn new(item: &'a QueryItem, list: &'a [Position], span: Span) -> Self {
        let from = list.partition_point(|position| *position <= span.after);
        let to = list.partition_point(|position| *position <= span.until);
        Self {
            item,
            rest: list.get(from..to).unwrap_or_default(),
            direction: span.direction,
        }
    }

    const fn peek(&self) -> Option<Position> {
        match self.direction {
            Direction::Forward => self.rest.first().copied(),
            Direction::Backward => self.rest.last().copied(),
        }
    }

    /// What is least for the list whose turn it is.
    fn key(&self) -> Option<u64> {
        let position = self.peek()?.get();
        match self.direction {
            Direction::Forward => Some(position),
            Direction::Backward => Some(u64::MAX - position),
        }
    }

    fn advance(&mut self) {
        self.rest = match (self.direction, self.rest) {
            (Direction::Forward, [_, rest @ ..]) | (Direction::Backward, [rest @ .., _]) => rest,
            (_, []) => &[],
        };
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = (Position, &'a QueryItem);

    fn next(&mut self) -> Option<Self::Item> {
        let mut first = self.next.peek_mut()?;
        let list = &mut self.lists[first.1];
        let candidate = (list.peek()?, list.item);
        list.advance();
        match list.key() {
            Some(key) => first.0 = Reverse(key),
            None => {
                PeekMut::pop(first);
            }
        }
        Some(candidate)
    }
}
