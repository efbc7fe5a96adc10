//! Event queries as arrays: the same statement serves all of them.

use cqrs_core::{EventQuery, Name, Tag, store::query::QueryItem};

/// The items of a query.
#[derive(Debug, Default)]
pub(crate) struct Items<'a>(pub(crate) Vec<Item<'a>>);

/// One item. Neither names nor tags have line breaks.
#[derive(Debug, Default)]
pub(crate) struct Item<'a> {
    /// The first tag, if there is one.
    pub(crate) tag: Option<&'a str>,
    /// The other tags, one a line.
    pub(crate) more: Option<String>,
    /// The names, one a line; `None` for any.
    pub(crate) names: Option<String>,
}

impl<'a> Items<'a> {
    /// The one item that every event matches.
    pub(crate) fn everything() -> Self {
        Self(vec![Item::default()])
    }

    /// The items of a query that does not match everything: at least one.
    pub(crate) fn of(query: &'a EventQuery) -> Self {
        let mut items: Vec<_> = query.items().iter().filter_map(Item::of).collect();
        if items.is_empty() {
            // No event has the empty tag.
            items.push(Item {
                tag: Some(""),
                ..Item::default()
            });
        }
        Self(items)
    }
}

impl<'a> Item<'a> {
    /// `None` for one that nothing can match.
    fn of(item: &'a QueryItem) -> Option<Self> {
        let (tag, more) = match item.tags.split_first() {
            Some((first, rest)) => (Some(first.as_str()), lines(rest.iter().map(Tag::as_str))),
            None => (None, None),
        };
        let names = lines(possible(&item.names));
        (item.names.is_empty() || names.is_some()).then_some(Self { tag, more, names })
    }
}

/// The names that an event can have at all: without control characters.
fn possible(names: &[Name]) -> impl Iterator<Item = &str> {
    names
        .iter()
        .map(Name::as_str)
        .filter(|name| !name.contains(char::is_control))
}

fn lines<'a, T: Iterator<Item = &'a str>>(texts: T) -> Option<String> {
    let mut lines: Option<String> = None;
    for text in texts {
        match &mut lines {
            None => lines = Some(text.to_owned()),
            Some(lines) => {
                lines.push('\n');
                lines.push_str(text);
            }
        }
    }
    lines
}

/// A query as the parameters of a read: names that stand alone, and items with tags.
#[derive(Debug, Default)]
pub(crate) struct Terms<'a> {
    pub(crate) names: Vec<&'a str>,
    pub(crate) tags: Vec<&'a str>,
    pub(crate) more: Vec<Option<String>>,
    pub(crate) tag_names: Vec<Option<String>>,
}

impl<'a> Terms<'a> {
    /// The terms of a query that does not match everything.
    pub(crate) fn of(query: &'a EventQuery) -> Self {
        let mut terms = Self::default();
        for item in query.items() {
            let Some(Item { tag, more, names }) = Item::of(item) else {
                continue;
            };
            match tag {
                None => terms.names.extend(possible(&item.names)),
                Some(tag) => {
                    terms.tags.push(tag);
                    terms.more.push(more);
                    terms.tag_names.push(names);
                }
            }
        }
        terms.names.sort_unstable();
        terms.names.dedup();
        terms
    }
}
