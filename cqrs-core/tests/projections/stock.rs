//! A stock of items, and views of it, written by hand.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use cqrs_core::{
    Aggregate, AggregateEvent, App, DecodeError, DecodeReason, EncodeError, Event, EventId,
    EventKind, EventOf, Follow, FollowedBy, Handler, Index, Indexes, Injector, Keys, NewEvent,
    Project, Query, QueryResult, Recorded, Registration, Store, StoredEvent, View, Views,
    app::AppBuilder, call::QueryCall, encode_event,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Added {
    pub(crate) amount: u64,
    pub(crate) group: String,
    /// Sets off whoever is told to trip over it.
    #[serde(default)]
    pub(crate) trap: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Removed;

impl Event for Added {
    const NAME: &'static str = "Added";
}

impl Event for Removed {
    const NAME: &'static str = "Removed";
}

pub(crate) fn added(amount: u64) -> Added {
    Added {
        amount,
        group: "all".into(),
        trap: String::new(),
    }
}

pub(crate) fn trapped(amount: u64, trap: &str) -> Added {
    Added {
        trap: trap.into(),
        ..added(amount)
    }
}

static TRAPS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// From now on this is tripped over, or not any more.
pub(crate) fn set_trap(trap: &str, set: bool) {
    let mut traps = TRAPS.lock().unwrap_or_else(PoisonError::into_inner);
    if set {
        traps.insert(trap.to_owned());
    } else {
        traps.remove(trap);
    }
}

pub(crate) fn is_set(trap: &str) -> bool {
    let traps = TRAPS.lock().unwrap_or_else(PoisonError::into_inner);
    traps.contains(trap)
}

/// Traps for mail are not for views.
fn mind(event: &Added) {
    let trips = is_set(&event.trap) && !event.trap.starts_with("mail");
    assert!(!trips, "tripped over `{}`", event.trap);
}

pub(crate) enum ItemEvent {
    Added(Added),
    Removed(Removed),
}

impl AggregateEvent for ItemEvent {
    const KINDS: &'static [EventKind] = &[EventKind::of::<Added>(), EventKind::of::<Removed>()];

    fn decode(stored: &StoredEvent) -> Result<Self, DecodeError> {
        let (version, payload) = (stored.meta.version, &stored.payload);
        match &*stored.meta.name {
            Added::NAME => Added::decode(version, payload).map(Self::Added),
            Removed::NAME => Removed::decode(version, payload).map(Self::Removed),
            _ => Err(DecodeReason::Name { of: Item::NAME }),
        }
        .map_err(|reason| DecodeError::new(&stored.meta, reason))
    }

    fn encode(&self, id: EventId) -> Result<NewEvent, EncodeError> {
        match self {
            Self::Added(event) => encode_event(event, id),
            Self::Removed(event) => encode_event(event, id),
        }
    }

    fn kind(&self) -> EventKind {
        match self {
            Self::Added(_) => EventKind::of::<Added>(),
            Self::Removed(_) => EventKind::of::<Removed>(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Item;

impl Aggregate for Item {
    const NAME: &'static str = "Item";
    type Id = String;
    type Event = ItemEvent;
    type Error = String;

    fn apply(&mut self, _: &ItemEvent) {}
}

impl EventOf<Item> for Added {
    fn into_event(self) -> ItemEvent {
        ItemEvent::Added(self)
    }
}

impl EventOf<Item> for Removed {
    fn into_event(self) -> ItemEvent {
        ItemEvent::Removed(self)
    }
}

/// What there is of each item. Its versions are views of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Total<const VERSION: u32 = 1> {
    pub(crate) item: String,
    pub(crate) amount: u64,
    pub(crate) group: String,
}

impl<const VERSION: u32> Total<VERSION> {
    pub(crate) const AMOUNT: Index<Self, u64> = Index::new("amount");
    pub(crate) const GROUP: Index<Self, String> = Index::new("group");
}

impl<const VERSION: u32> View for Total<VERSION> {
    const NAME: &'static str = "Total";
    const VERSION: u32 = VERSION;
    const INDEXES: &'static [&'static str] = &["amount", "group"];
    type Key = String;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Added>(), Follow::event::<Removed>()]
    }

    fn key_of_stream(id: &str) -> Option<String> {
        Some(id.to_owned())
    }

    fn index(&self, indexes: &mut Indexes) {
        indexes.add("amount", &self.amount);
        indexes.add("group", &self.group);
    }
}

impl<const VERSION: u32> FollowedBy<Total<VERSION>> for Added {}
impl<const VERSION: u32> FollowedBy<Total<VERSION>> for Removed {}

impl<const VERSION: u32> Project<Added> for Total<VERSION> {
    fn project(view: Option<Self>, item: &String, event: &Recorded<Added>) -> Option<Self> {
        mind(event);
        Some(Self {
            item: item.clone(),
            amount: view.map_or(0, |view| view.amount) + event.amount,
            group: event.group.clone(),
        })
    }
}

impl<const VERSION: u32> Project<Removed> for Total<VERSION> {
    fn project(_: Option<Self>, _: &String, _: &Recorded<Removed>) -> Option<Self> {
        None
    }
}

/// What there is of each group of items: documents of many streams.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) events: u64,
    pub(crate) amount: u64,
}

impl View for Group {
    const NAME: &'static str = "Group";
    type Key = String;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Added>()]
    }

    fn key_of_stream(_: &str) -> Option<String> {
        None
    }
}

impl FollowedBy<Group> for Added {}

impl Project<Added> for Group {
    fn keys(event: &Recorded<Added>) -> Keys<String> {
        assert!(!is_set(&format!("keys of {}", event.trap)), "no keys");
        Keys::one(event.group.clone())
    }

    fn project(view: Option<Self>, _: &String, event: &Recorded<Added>) -> Option<Self> {
        let before = view.unwrap_or_default();
        Some(Self {
            events: before.events + 1,
            amount: before.amount + event.amount,
        })
    }
}

/// A query that is answered by the document with a key.
pub(crate) struct Get<V: View>(pub(crate) V::Key);

impl<V: View> Query for Get<V> {
    const NAME: &'static str = "Get";
    type Output = Option<V>;
    type Error = String;

    async fn __route(self, call: QueryCall<'_>) -> QueryResult<Self> {
        call.document::<V, Self>(&self.0).await
    }
}

pub(crate) async fn get<V: View<Key = String>>(app: &App, key: &str) -> Option<V> {
    app.ask(Get::<V>(key.into())).await.unwrap()
}

/// Takes a view out of the app that it is injected into.
pub(crate) struct Probe<V>(std::marker::PhantomData<fn() -> V>);

/// Where it puts the view.
pub(crate) struct Found<V>(Arc<OnceLock<Views<V>>>);

impl<V> Clone for Found<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V: View> Handler for Probe<V> {
    const NAME: &'static str = "Probe";

    fn inject(from: &mut Injector<'_>) -> Option<Self> {
        let found = from.field::<Found<V>>("found")?;
        let _first = found.0.set(from.field("views")?).is_ok();
        Some(Self(std::marker::PhantomData))
    }
}

/// An app with these and the view `V`, and the view to read.
pub(crate) async fn with_view<V: View>(store: impl Store) -> (App, Views<V>) {
    let found = Found::<V>(Arc::default());
    let app = bare(store)
        .provide(found.clone())
        .register(Registration::view::<V>())
        .register(Registration::handler::<Probe<V>>(&[]))
        .start()
        .await
        .unwrap();
    let views = found.0.get().cloned().unwrap();
    (app, views)
}

pub(crate) fn bare(store: impl Store) -> AppBuilder {
    App::builder(store)
        .without_auto_registration()
        .register(Registration::aggregate::<Item>(&[]))
}

pub(crate) async fn record<E: EventOf<Item>>(app: &App, item: &str, event: E) {
    app.record::<Item>(&item.to_owned(), [event]).await.unwrap();
}
