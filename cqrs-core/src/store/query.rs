//! Which events to read.

use super::event::{StoredEvent, Tag};
use crate::{Event, Name, Position, Revision, event::EventKind};

/// Which events: any of its items; without items, every event.
///
/// ```
/// use cqrs_core::{EventQuery, Tag};
/// # use cqrs_core::Event;
/// # #[derive(serde::Serialize, serde::Deserialize)] struct UserCreated {}
/// # impl Event for UserCreated {
/// #     const NAME: &'static str = "UserCreated";
/// #     const FORMERLY: &'static [&'static str] = &["UserRegistered"];
/// # }
///
/// let query = EventQuery::all()
///     .event::<UserCreated>()
///     .names(["EmailChanged"])
///     .tag(Tag::new("email", "john@example.com")?);
/// assert_eq!(query.items().len(), 1);
/// assert_eq!(query.items()[0].names, ["UserCreated", "UserRegistered", "EmailChanged"]);
/// # Ok::<(), cqrs_core::InvalidText>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    items: Vec<QueryItem>,
}

/// Any of these names, and all of these tags; no names means any name, no tags means any tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryItem {
    /// The stored names, any of which matches.
    pub names: Vec<Name>,
    /// The tags, all of which must be there.
    pub tags: Vec<Tag>,
}

impl QueryItem {
    /// Whether an event with this name and these tags matches.
    #[must_use]
    pub fn matches(&self, name: &str, tags: &[Tag]) -> bool {
        (self.names.is_empty() || self.names.iter().any(|wanted| wanted == name))
            && self.tags.iter().all(|wanted| tags.contains(wanted))
    }
}

impl EventQuery {
    /// Every event.
    #[must_use]
    pub const fn all() -> Self {
        Self { items: Vec::new() }
    }

    /// Narrows the last item to this kind of event, under all names it is or was stored under, beside those it has.
    #[must_use]
    pub fn event<E: Event>(self) -> Self {
        self.names(EventKind::of::<E>().names())
    }

    /// Narrows the last item to any of these names, beside those it has.
    #[must_use]
    pub fn names<N: Into<Name>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.last_item()
            .names
            .extend(names.into_iter().map(Into::into));
        self
    }

    /// Narrows the last item to events with this tag.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        self.last_item().tags.push(tag);
        self
    }

    /// Widens the query by what another one matches.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        // Without items a query matches everything, and so does everything or something else.
        if self.matches_all() || other.matches_all() {
            return Self::all();
        }
        self.items.extend(other.items);
        self
    }

    /// The items.
    #[must_use]
    pub fn items(&self) -> &[QueryItem] {
        &self.items
    }

    /// Whether every event matches.
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.items.is_empty()
            || self
                .items
                .iter()
                .any(|item| item.names.is_empty() && item.tags.is_empty())
    }

    /// Whether an event with this name and these tags matches.
    #[must_use]
    pub fn matches(&self, name: &str, tags: &[Tag]) -> bool {
        self.matches_all() || self.items.iter().any(|item| item.matches(name, tags))
    }

    fn last_item(&mut self) -> &mut QueryItem {
        if self.items.is_empty() {
            self.items.push(QueryItem::default());
        }
        let last = self.items.len() - 1;
        &mut self.items[last]
    }
}

/// Which part of the log, and in which direction.
///
/// ```
/// use cqrs_core::{Position, Range};
///
/// let newest_ten = Range::backward().limit(10);
/// let next_page = Range::after(Position::new(500)).limit(500);
/// # let _ = (newest_ten, next_page);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Only positions greater than this.
    pub after: Position,
    /// Only positions up to and with this, when given.
    pub until: Option<Position>,
    /// At most this many events.
    pub limit: usize,
    /// From which end.
    pub direction: Direction,
}

/// From which end to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    Forward,
    /// The newest first.
    Backward,
}

impl Range {
    /// The events in one page when nothing else is said.
    pub const PAGE: usize = 500;

    /// Forward, after this position, one page.
    #[must_use]
    pub const fn after(position: Position) -> Self {
        Self {
            after: position,
            until: None,
            limit: Self::PAGE,
            direction: Direction::Forward,
        }
    }

    /// From the newest, one page.
    #[must_use]
    pub const fn backward() -> Self {
        Self {
            after: Position::START,
            until: None,
            limit: Self::PAGE,
            direction: Direction::Backward,
        }
    }

    /// Up to and with this position.
    #[must_use]
    pub const fn until(mut self, position: Position) -> Self {
        self.until = Some(position);
        self
    }

    /// At most this many events.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// Events of the log, and the head of the snapshot they were read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The events, in the direction of the range.
    pub events: Vec<StoredEvent>,
    /// The last position when they were read.
    pub head: Position,
}

/// Events of one stream, and where stream and log stood when they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamPage {
    /// The events, in order.
    pub events: Vec<StoredEvent>,
    /// The revision of the stream's last event.
    pub revision: Revision,
    /// The last position of the log.
    pub head: Position,
}
