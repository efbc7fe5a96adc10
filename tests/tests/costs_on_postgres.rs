//! What things cost on PostgreSQL in statements that are sent, each a round trip; the server's log counts them.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{convert::Infallible, sync::OnceLock, time::Duration};

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, Context, Decide, Event, EventQuery, Events,
    Expected, Handler, HandlerContext, HandlerError, Project, Query, Range, Recorded, Tag, View,
    app::AppBuilder, postgres::Postgres,
};
use serde::{Deserialize, Serialize};
use temporary_postgres::{Options, Server};
use tokio::task::JoinSet;

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = User, upsert)]
struct Rename {
    #[id]
    user: String,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = User, upsert)]
struct LeaveAlone {
    #[id]
    user: String,
}

#[derive(Event, Clone, Serialize, Deserialize)]
struct Renamed;

#[derive(Event, Clone, Serialize, Deserialize)]
struct EmailTaken {
    #[tag]
    email: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Renamed, EmailTaken))]
struct User;

impl Decide<Rename> for User {
    fn decide(&self, _: &Rename, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Renamed);
        Ok(())
    }
}

impl Decide<LeaveAlone> for User {
    fn decide(&self, _: &LeaveAlone, _: &mut Context<'_, Self>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Apply<Renamed> for User {
    fn apply(&mut self, _: &Renamed) {}
}

impl Apply<EmailTaken> for User {
    fn apply(&mut self, _: &EmailTaken) {}
}

/// Takes an address that nobody else has.
#[derive(Command, Serialize, Deserialize)]
#[command(handler = Emails)]
struct TakeEmail {
    user: String,
    email: String,
}

#[derive(Handler)]
struct Emails {
    events: Events,
}

impl CommandHandler<TakeEmail> for Emails {
    async fn handle(&self, command: TakeEmail, cx: &HandlerContext) -> Result<(), HandlerError> {
        let TakeEmail { user, email } = command;
        let tag = Tag::new("email", &email)?;
        let same = EventQuery::all().event::<EmailTaken>().tag(tag);
        let found = self.events.read(&same, Range::backward().limit(1)).await?;
        if !found.is_empty() {
            return Err(HandlerError::permanent("the address is taken"));
        }
        let append = self.events.append().within(cx);
        let append = append.to::<User>(&user, Expected::Any, [EmailTaken { email }]);
        append.only_if_none(same, found.head()).commit().await?;
        Ok(())
    }
}

#[derive(View, Serialize, Deserialize)]
#[view(events(Renamed))]
struct UserView {
    renamed: u64,
}

impl Project<Renamed> for UserView {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Renamed>) -> Option<Self> {
        let renamed = view.map_or(0, |view| view.renamed) + 1;
        Some(Self { renamed })
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = UserView)]
struct GetUser {
    #[id]
    user: String,
}

/// A database of a server that logs every statement with the database's name before it.
struct Logged {
    url: String,
    prefix: String,
    /// How much of the log was looked at.
    seen: usize,
}

/// What nobody waits for: telling others of news, looking whether the history is still the same, signs of life.
const IN_THE_BACKGROUND: [&str; 3] = ["pg_notify", "restore_epoch", "beat_v1"];

impl Logged {
    fn database() -> Self {
        let url = server().create_database();
        let (_, name) = url.rsplit_once('/').unwrap();
        Self {
            prefix: format!("{name} LOG:  "),
            url,
            seen: 0,
        }
    }

    async fn app(&self) -> AppBuilder {
        let never = Duration::from_secs(100_000);
        let store = Postgres::options().poll_every(never);
        App::builder(store.connect(&self.url).await.unwrap())
            .without_auto_registration()
            .event::<Renamed>()
            .event::<EmailTaken>()
            .aggregate::<User>()
            .command::<Rename>()
            .command::<LeaveAlone>()
            .command::<TakeEmail>()
            .handler::<Emails>()
    }

    /// The table or function of the store that each statement begins with which was sent since this was asked.
    fn take(&mut self) -> Vec<String> {
        let log = server().log();
        let new = log.get(self.seen..).unwrap_or_default();
        let statements = self.statements(new);
        self.seen = log.len();
        let sent = statements.iter();
        sent.filter_map(|statement| called(statement)).collect()
    }

    /// A statement's further lines are indented.
    fn statements(&self, log: &str) -> Vec<String> {
        let mut statements = Vec::new();
        let mut is_ours = false;
        for line in log.lines() {
            if let Some(further) = line.strip_prefix('\t') {
                if let Some(statement) = statements.last_mut().filter(|_| is_ours) {
                    *statement += further;
                }
                continue;
            }
            let statement = line.strip_prefix(&*self.prefix);
            let sent = statement.filter(|text| text.starts_with("execute"));
            is_ours = sent.is_some();
            statements.extend(sent.map(str::to_owned));
        }
        statements
    }
}

fn called(statement: &str) -> Option<String> {
    if IN_THE_BACKGROUND
        .iter()
        .any(|text| statement.contains(text))
    {
        return None;
    }
    // They are read together with whether their view is whole.
    if statement.contains("\"cqrs_views\".documents ") {
        return Some("documents".to_owned());
    }
    let places = ["\"cqrs\".", "\"cqrs_views\"."].map(|schema| {
        let begin = statement.find(schema)? + schema.len();
        Some((begin, statement.get(begin..)?))
    });
    let (_, rest) = places.into_iter().flatten().min()?;
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let end = rest.find(|character| !is_part(character));
    Some(rest.get(..end.unwrap_or(rest.len()))?.to_owned())
}

/// One server for all tests. It ends by its watchdog, since nothing drops a static.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let options = Options::new()
            .set("log_statement", "all")
            .set("log_parameter_max_length", 0)
            .set("log_line_prefix", "%d ");
        Server::with(options).unwrap()
    })
}

fn rename(user: u64) -> Rename {
    let user = format!("u-{user}");
    Rename { user }
}

#[tokio::test]
async fn a_command_on_an_aggregate_in_use_is_one_statement() {
    let mut database = Logged::database();
    let app = database.app().await.start().await.unwrap();
    app.dispatch(rename(1)).await.unwrap();
    database.take();

    app.dispatch(rename(1)).await.unwrap();

    assert_eq!(database.take(), ["append_v1"]);
}

#[tokio::test]
async fn so_is_one_that_comes_to_nothing() {
    let mut database = Logged::database();
    let app = database.app().await.start().await.unwrap();
    app.dispatch(rename(1)).await.unwrap();
    database.take();

    let user = String::from("u-1");
    app.dispatch(LeaveAlone { user }).await.unwrap();

    assert_eq!(database.take(), ["append_v1"]);
}

#[tokio::test]
async fn a_command_on_another_aggregate_is_two_statements() {
    let mut database = Logged::database();
    let app = database.app().await.start().await.unwrap();
    app.dispatch(rename(1)).await.unwrap();
    database.take();

    app.dispatch(rename(2)).await.unwrap();

    assert_eq!(database.take(), ["events", "append_v1"]);
}

#[tokio::test]
async fn so_is_one_on_an_aggregate_whose_events_fill_a_page() {
    let mut database = Logged::database();
    let app = database.app().await.start().await.unwrap();
    let renamed = vec![Renamed; 1_000];
    let user = String::from("u-1");
    app.record::<User>(&user, renamed).await.unwrap();
    database.take();

    app.dispatch(rename(1)).await.unwrap();

    assert_eq!(database.take(), ["events", "append_v1"]);
}

#[tokio::test]
async fn so_is_one_with_a_condition() {
    let mut database = Logged::database();
    let app = database.app().await.start().await.unwrap();
    let take_email = |email: &str| TakeEmail {
        user: String::from("u-1"),
        email: email.to_owned(),
    };
    app.dispatch(take_email("a@example.com")).await.unwrap();
    database.take();

    app.dispatch(take_email("b@example.com")).await.unwrap();

    assert_eq!(database.take(), ["events", "append_v1"]);
}

#[tokio::test]
async fn commands_that_wait_at_once_are_one_statement() {
    let mut database = Logged::database();
    let app = database.app().await.start().await.unwrap();
    for user in 0..64 {
        app.dispatch(rename(user)).await.unwrap();
    }
    database.take();

    let mut senders = JoinSet::new();
    for user in 0..64 {
        let app = app.clone();
        senders.spawn(async move { app.dispatch(rename(user)).await.map(drop) });
    }
    for sent in senders.join_all().await {
        sent.unwrap();
    }

    assert_eq!(database.take(), ["append_v1"]);
}

#[tokio::test]
async fn a_document_is_one_statement() {
    let mut database = Logged::database();
    let app = database.app().await.view::<UserView>().query::<GetUser>();
    let app = app.start().await.unwrap();
    app.dispatch(rename(1)).await.unwrap();
    app.caught_up().await.unwrap();
    database.take();

    let user = String::from("u-1");
    let found = app.ask(GetUser { user }).await.unwrap();

    assert_eq!(found.map(|user| user.renamed), Some(1));
    assert_eq!(database.take(), ["documents"]);
}

#[tokio::test]
async fn a_new_view_reads_and_commits_page_by_page() {
    let mut database = Logged::database();
    let writer = database.app().await.start().await.unwrap();
    for turn in 0..20 {
        let renamed = vec![Renamed; 100];
        let user = format!("u-{}", turn % 4);
        writer.record::<User>(&user, renamed).await.unwrap();
    }
    drop(writer);
    let app = database.app().await.view::<UserView>();
    database.take();

    let app = app.start().await.unwrap();
    app.caught_up().await.unwrap();

    let statements = database.take();
    let count = |name: &str| statements.iter().filter(|found| *found == name).count();
    // Four pages, or some more, and where the log ends, at the beginning and between.
    assert!((4..=16).contains(&count("events")), "{statements:?}");
    assert!((1..=6).contains(&count("commit_page_v1")), "{statements:?}");
    // None was there before, and those that it makes it still has in memory.
    assert_eq!(count("documents"), 0, "{statements:?}");
}
