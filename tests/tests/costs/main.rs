//! What things cost in round trips and rows, which no machine's mood changes.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod counting;

use std::convert::Infallible;

use cqrs::{
    Aggregate, App, Apply, Command, Context, Decide, Event, Project, Query, Recorded, View,
    app::AppBuilder,
};
use serde::{Deserialize, Serialize};

use crate::counting::{Counting, Counts};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = User, upsert)]
struct Rename {
    #[id]
    user: String,
}

#[derive(Event, Clone, Serialize, Deserialize)]
struct Renamed;

#[derive(Aggregate, Default)]
#[aggregate(events(Renamed))]
struct User;

impl Decide<Rename> for User {
    fn decide(&self, _: &Rename, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Renamed);
        Ok(())
    }
}

impl Apply<Renamed> for User {
    fn apply(&mut self, _: &Renamed) {}
}

macro_rules! views {
    ($($view:ident)+) => { $(
        #[derive(View, Serialize, Deserialize)]
        #[view(events(Renamed))]
        struct $view {
            renamed: u64,
        }

        impl Project<Renamed> for $view {
            fn project(view: Option<Self>, _: &String, _: &Recorded<Renamed>) -> Option<Self> {
                let renamed = view.map_or(0, |view| view.renamed) + 1;
                Some(Self { renamed })
            }
        }
    )+ };
}

views!(View1 View2 View3 View4 View5 View6 View7 View8 View9 View10);

#[derive(Query, Serialize, Deserialize)]
#[query(view = View1)]
struct GetUser {
    #[id]
    user: String,
}

fn rename(user: u64) -> Rename {
    let user = format!("u-{user}");
    Rename { user }
}

fn app(store: &Counting) -> AppBuilder {
    App::builder(store.clone())
        .without_auto_registration()
        .event::<Renamed>()
        .aggregate::<User>()
        .command::<Rename>()
}

fn with_one_view(builder: AppBuilder) -> AppBuilder {
    builder.view::<View1>().query::<GetUser>()
}

fn with_ten_views(builder: AppBuilder) -> AppBuilder {
    with_one_view(builder)
        .view::<View2>()
        .view::<View3>()
        .view::<View4>()
        .view::<View5>()
        .view::<View6>()
        .view::<View7>()
        .view::<View8>()
        .view::<View9>()
        .view::<View10>()
}

#[tokio::test]
async fn a_command_on_an_aggregate_in_use_is_one_round_trip() {
    let store = Counting::default();
    let app = app(&store).start().await.unwrap();
    app.dispatch(rename(1)).await.unwrap();
    store.take();

    app.dispatch(rename(1)).await.unwrap();

    let one_append = Counts {
        appends: 1,
        ..Counts::default()
    };
    assert_eq!(store.take(), one_append);
}

#[tokio::test]
async fn a_command_on_another_aggregate_is_two_round_trips() {
    let store = Counting::default();
    let app = app(&store).start().await.unwrap();
    store.take();

    app.dispatch(rename(1)).await.unwrap();

    let load_and_append = Counts {
        appends: 1,
        streams: 1,
        ..Counts::default()
    };
    assert_eq!(store.take(), load_and_append);
}

#[tokio::test]
async fn a_document_is_one_round_trip() {
    let store = Counting::default();
    let app = with_one_view(app(&store)).start().await.unwrap();
    app.dispatch(rename(1)).await.unwrap();
    app.caught_up().await.unwrap();
    store.take();

    let user = String::from("u-1");
    let found = app.ask(GetUser { user }).await.unwrap();

    assert_eq!(found.map(|user| user.renamed), Some(1));
    let one_document = Counts {
        documents: 1,
        ..Counts::default()
    };
    assert_eq!(store.take(), one_document);
}

/// Writes a log, and counts what an app with these views asks until they have caught up with it.
async fn catching_up(events: u64, with_views: impl Fn(AppBuilder) -> AppBuilder) -> Counts {
    let store = Counting::default();
    let writer = app(&store).start().await.unwrap();
    for number in 0..events {
        writer.dispatch(rename(number % 100)).await.unwrap();
    }
    drop(writer);
    store.take();

    let app = with_views(app(&store)).start().await.unwrap();
    app.caught_up().await.unwrap();
    store.take()
}

#[tokio::test]
async fn ten_views_at_one_position_read_the_log_once() {
    let events = 5_000;

    let one = catching_up(events, with_one_view).await;
    let ten = catching_up(events, with_ten_views).await;

    assert_eq!((one.rows, ten.rows), (events, events));
    assert_eq!(one.pages, ten.pages);
    assert_eq!(ten.commits, 10 * one.commits, "each commits by itself");
}

#[tokio::test]
async fn a_new_view_commits_once_a_page_and_looks_for_no_document() {
    let counts = catching_up(5_000, with_one_view).await;

    assert!(counts.commits <= counts.pages, "{counts:?}");
    // None was there before, and those that it makes it still has in memory.
    assert_eq!(counts.documents, 0, "{counts:?}");
}
