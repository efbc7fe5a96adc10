//! Views of several aggregates, found by indexes and read by pages.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, Event, EventOf, Handler, HandlerContext,
    HandlerError, Keys, Memory, Project, Recorded, Store, View, Views, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

#[derive(Event, Serialize, Deserialize)]
struct Joined {
    name: String,
    country: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Left;

#[derive(Event, Serialize, Deserialize)]
struct Moved {
    country: String,
}

/// Of a book or of a bicycle.
#[derive(Event, Serialize, Deserialize)]
struct Lent {
    to: String,
}

#[derive(Event, Serialize, Deserialize)]
struct HandedOver {
    from: String,
    to: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Joined, Left, Moved))]
struct Person;

/// Its own read model: how often it was lent.
#[derive(Aggregate, View, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Lent, HandedOver))]
struct Book {
    lent: u32,
    handed_over: u32,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Lent))]
struct Bicycle;

macro_rules! ignores {
    ($($aggregate:ident: $event:ident)*) => {
        $(impl Apply<$event> for $aggregate {
            fn apply(&mut self, _: &$event) {}
        })*
    };
}

ignores!(Person: Joined Person: Left Person: Moved Bicycle: Lent);

impl Apply<Lent> for Book {
    fn apply(&mut self, _: &Lent) {
        self.lent += 1;
    }
}

impl Apply<HandedOver> for Book {
    fn apply(&mut self, _: &HandedOver) {
        self.handed_over += 1;
    }
}

/// A person, and how many things the person has: made of the events of three aggregates.
#[derive(View, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(Joined, Left, Moved, Lent, HandedOver), name = "members")]
struct Member {
    name: String,
    #[index]
    country: String,
    #[index]
    things: u32,
}

impl Project<Joined> for Member {
    fn project(_: Option<Self>, _: &String, event: &Recorded<Joined>) -> Option<Self> {
        Some(Self {
            name: event.name.clone(),
            country: event.country.clone(),
            things: 0,
        })
    }
}

impl Project<Left> for Member {
    fn project(_: Option<Self>, _: &String, _: &Recorded<Left>) -> Option<Self> {
        None
    }
}

impl Project<Moved> for Member {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Moved>) -> Option<Self> {
        let country = event.country.clone();
        view.map(|view| Self { country, ..view })
    }
}

impl Project<Lent> for Member {
    fn keys(event: &Recorded<Lent>) -> Keys<String> {
        Keys::one(event.to.clone())
    }

    fn project(view: Option<Self>, _: &String, _: &Recorded<Lent>) -> Option<Self> {
        let view = view?;
        let things = view.things + 1;
        Some(Self { things, ..view })
    }
}

impl Project<HandedOver> for Member {
    fn keys(event: &Recorded<HandedOver>) -> Keys<String> {
        [event.from.clone(), event.to.clone()].into()
    }

    fn project(view: Option<Self>, key: &String, event: &Recorded<HandedOver>) -> Option<Self> {
        let view = view?;
        let things = if *key == event.from {
            view.things - 1
        } else {
            view.things + 1
        };
        Some(Self { things, ..view })
    }
}

/// Gives the views to a test, when they have seen what was written.
#[derive(Command)]
#[command(handler = Library, output = Library, local)]
struct Lend;

#[derive(Clone, Handler)]
struct Library {
    members: Views<Member>,
    books: Views<Book>,
}

impl CommandHandler<Lend> for Library {
    async fn handle(&self, _: Lend, _: &HandlerContext) -> Result<Self, HandlerError> {
        Ok(self.clone())
    }
}

async fn library(store: impl Store) -> (App, Library) {
    let app = App::builder(store).start().await.unwrap();
    let library = app.dispatch(Lend).await.unwrap().into_output();
    (app, library)
}

async fn record<A: Aggregate<Id = String>>(app: &App, id: &str, event: impl EventOf<A>) {
    app.record::<A>(&id.to_owned(), (event,)).await.unwrap();
}

async fn join(app: &App, id: &str, country: &str) {
    let (name, country) = (id.to_uppercase(), country.to_owned());
    record::<Person>(app, id, Joined { name, country }).await;
}

fn lent(to: &str) -> Lent {
    Lent { to: to.into() }
}

fn member(id: &str, country: &str, things: u32) -> Member {
    Member {
        name: id.to_uppercase(),
        country: country.into(),
        things,
    }
}

fn names(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| &*member.name).collect()
}

#[tokio::test]
async fn one_document_is_made_of_several_aggregates() {
    let (app, library) = library(Memory::new()).await;
    join(&app, "ada", "UK").await;
    record::<Book>(&app, "emma", lent("ada")).await;
    record::<Bicycle>(&app, "red", lent("ada")).await;
    record::<Book>(&app, "ulysses", lent("nobody")).await;
    app.caught_up().await.unwrap();

    let all = library.members.list().await.unwrap();
    assert_eq!(all, [member("ada", "UK", 2)]);
}

#[tokio::test]
async fn one_event_changes_several_documents() {
    let (app, library) = library(Memory::new()).await;
    for id in ["ada", "bob"] {
        join(&app, id, "UK").await;
    }
    record::<Book>(&app, "emma", lent("ada")).await;
    let (from, to) = ("ada".to_owned(), "bob".to_owned());
    record::<Book>(&app, "emma", HandedOver { from, to }).await;
    app.caught_up().await.unwrap();

    let both = library.members.get_many(["bob", "ada"]).await.unwrap();
    let expected = [Some(member("bob", "UK", 1)), Some(member("ada", "UK", 0))];
    assert_eq!(both, expected);
}

#[tokio::test]
async fn an_event_that_names_a_document_twice_changes_it_once() {
    let (app, library) = library(Memory::new()).await;
    join(&app, "ada", "UK").await;
    for book in ["emma", "ulysses"] {
        record::<Book>(&app, book, lent("ada")).await;
    }
    let (from, to) = ("ada".to_owned(), "ada".to_owned());
    record::<Book>(&app, "emma", HandedOver { from, to }).await;
    app.caught_up().await.unwrap();

    let ada = library.members.get("ada").await.unwrap();
    assert_eq!(ada, Some(member("ada", "UK", 1)));
}

#[tokio::test]
async fn a_document_that_is_no_more_is_found_nowhere() {
    let (app, library) = library(Memory::new()).await;
    for id in ["ada", "bob"] {
        join(&app, id, "UK").await;
    }
    record::<Person>(&app, "ada", Left).await;
    record::<Book>(&app, "emma", lent("ada")).await;
    app.caught_up().await.unwrap();

    let members = &library.members;
    assert_eq!(members.get("ada").await.unwrap(), None);
    assert_eq!(members.count().await.unwrap(), 1);
    let british = members.by(Member::COUNTRY, "UK").await.unwrap();
    assert_eq!(names(&british), ["BOB"]);

    join(&app, "ada", "FR").await;
    app.caught_up().await.unwrap();
    assert_eq!(
        members.get("ada").await.unwrap(),
        Some(member("ada", "FR", 0)),
        "nothing is left of the first time"
    );
}

async fn an_index_is_kept(store: impl Store) {
    let (app, library) = library(store).await;
    for (id, country, things) in [
        ("ada", "UK", 10),
        ("bob", "JM", 9),
        ("cy", "US", 9),
        ("dee", "UK", 2),
    ] {
        join(&app, id, country).await;
        for _ in 0..things {
            record::<Book>(&app, "emma", lent(id)).await;
        }
    }
    app.caught_up().await.unwrap();
    let members = &library.members;

    let british = members.by(Member::COUNTRY, "UK");
    assert_eq!(names(&british.await.unwrap()), ["ADA", "DEE"]);
    let second = members.by(Member::COUNTRY, "UK").after("ada").take(1);
    assert_eq!(names(&second.await.unwrap()), ["DEE"]);
    let by_things = members.range(Member::THINGS, ..).await.unwrap();
    assert_eq!(names(&by_things), ["DEE", "BOB", "CY", "ADA"]);
    let some = members.range(Member::THINGS, 9..=9);
    assert_eq!(names(&some.await.unwrap()), ["BOB", "CY"]);
    assert_eq!(members.range(Member::THINGS, 9..).count().await.unwrap(), 3);
    let page = members
        .range(Member::THINGS, ..=9)
        .after_entry(&9, "bob")
        .take(5);
    assert_eq!(names(&page.await.unwrap()), ["CY"]);

    let country = "FR".to_owned();
    record::<Person>(&app, "ada", Moved { country }).await;
    app.caught_up().await.unwrap();
    let british = members.by(Member::COUNTRY, "UK");
    assert_eq!(names(&british.await.unwrap()), ["DEE"]);
    let french = members.by(Member::COUNTRY, "FR");
    assert_eq!(names(&french.await.unwrap()), ["ADA"]);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_index_finds_orders_pages_and_follows_its_field() {
    an_index_is_kept(Memory::new()).await;
}

#[tokio::test]
async fn an_index_finds_orders_pages_and_follows_its_field_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    an_index_is_kept(Sqlite::open(folder.path().join("store.db")).unwrap()).await;
}

#[tokio::test]
async fn a_view_of_its_own_aggregate_sees_no_other_s_events() {
    let (app, library) = library(Memory::new()).await;
    record::<Book>(&app, "red", lent("ada")).await;
    record::<Bicycle>(&app, "red", lent("ada")).await;
    record::<Bicycle>(&app, "blue", lent("ada")).await;
    app.caught_up().await.unwrap();

    let lent_once = Book {
        lent: 1,
        handed_over: 0,
    };
    assert_eq!(library.books.list().await.unwrap(), [lent_once]);
}

/// Reads all members by the cursor while others join before, behind and between.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_by_cursor_miss_and_repeat_nothing_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db")).unwrap();
    let (app, library) = library(store).await;
    let before: Vec<_> = (0..100).map(|number| format!("M{number:03}")).collect();
    for id in &before {
        join(&app, id, "UK").await;
    }
    app.caught_up().await.unwrap();

    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let app = app.clone();
        writers.spawn(async move {
            for number in 0..100 {
                join(&app, &format!("M{number:03}-{writer}"), "FR").await;
            }
        });
    }
    let mut readings = 0;
    while !writers.is_empty() || readings < 3 {
        let (mut seen, mut last) = (Vec::new(), String::new());
        loop {
            let listing = library.members.list().after(&last).take(7);
            let page = listing.await.unwrap();
            let Some(end) = page.last() else { break };
            last.clone_from(&end.name);
            seen.extend(page.into_iter().map(|member| member.name));
        }
        assert!(seen.is_sorted_by(|a, b| a < b), "in order, each once");
        seen.retain(|name| before.contains(name));
        assert_eq!(seen, before);
        readings += 1;
        while let Some(ended) = writers.try_join_next() {
            ended.unwrap();
        }
    }
    app.caught_up().await.unwrap();
    assert_eq!(library.members.count().await.unwrap(), 500);
    app.shutdown().await.unwrap();
}
