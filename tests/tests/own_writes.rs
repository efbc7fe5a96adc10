//! Reading one's own writes is the default; not to wait, or to wait for others' writes, is said.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{convert::Infallible, sync::Arc, time::Duration};

use cqrs::{
    Aggregate, App, Apply, AskError, Command, CommandHandler, CommandId, Context, Decide,
    DispatchError, Event, Handler, HandlerContext, HandlerError, Memory, Project, Query,
    QueryHandler, ReadViewError, Recorded, Store, Token, View, Views, sqlite::Sqlite,
};
use cqrs_testing::{Faults, FaultyStore};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

#[derive(Command)]
#[command(aggregate = Cart, upsert, local)]
struct AddItem {
    #[id]
    cart: String,
}

#[derive(Command)]
#[command(aggregate = Cart, upsert, local)]
struct Rename {
    #[id]
    cart: String,
}

#[derive(Event, Serialize, Deserialize)]
struct ItemAdded;

#[derive(Event, Serialize, Deserialize)]
struct Renamed;

#[derive(Aggregate, Default)]
#[aggregate(events(ItemAdded, Renamed))]
struct Cart;

impl Decide<AddItem> for Cart {
    fn decide(&self, _: &AddItem, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(ItemAdded);
        Ok(())
    }
}

impl Decide<Rename> for Cart {
    fn decide(&self, _: &Rename, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Renamed);
        Ok(())
    }
}

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, _: &ItemAdded) {}
}

impl Apply<Renamed> for Cart {
    fn apply(&mut self, _: &Renamed) {}
}

/// It follows one of the two events.
#[derive(View, Serialize, Deserialize)]
#[view(events(ItemAdded))]
struct CartView {
    items: u64,
}

impl Project<ItemAdded> for CartView {
    fn project(view: Option<Self>, _: &String, _: &Recorded<ItemAdded>) -> Option<Self> {
        let items = view.map_or(0, |view| view.items) + 1;
        Some(Self { items })
    }
}

#[derive(Query)]
#[query(view = CartView, local)]
struct GetCart {
    #[id]
    cart: String,
}

/// Answered by a handler into which the view is injected.
#[derive(Query)]
#[query(handler = Shop, output = u64, local)]
struct CountCarts;

#[derive(Handler)]
struct Shop {
    carts: Views<CartView>,
}

impl QueryHandler<CountCarts> for Shop {
    async fn handle(&self, _: CountCarts, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(self.carts.count().await?)
    }
}

/// Answered by a handler that says what it reads, and reads it elsewhere.
#[derive(Query)]
#[query(handler = Report, output = Option<u64>, local)]
struct ItemsReported(String);

#[derive(Handler)]
#[handler(reads(CartView))]
struct Report {
    elsewhere: Elsewhere,
}

/// The same documents, by another app on the same store.
#[derive(Clone)]
struct Elsewhere(Option<Arc<App>>);

impl QueryHandler<ItemsReported> for Report {
    async fn handle(
        &self,
        query: ItemsReported,
        _: &HandlerContext,
    ) -> Result<Option<u64>, HandlerError> {
        let Some(app) = &self.elsewhere.0 else {
            return Ok(None);
        };
        let cart = app.eventual().ask(GetCart { cart: query.0 }).await?;
        Ok(cart.map(|cart| cart.items))
    }
}

/// Writes and then reads, in one call.
#[derive(Command)]
#[command(handler = Till, output = Option<u64>, local)]
struct AddAndLook {
    cart: String,
}

#[derive(Handler)]
struct Till;

impl CommandHandler<AddAndLook> for Till {
    async fn handle(
        &self,
        command: AddAndLook,
        cx: &HandlerContext,
    ) -> Result<Option<u64>, HandlerError> {
        let cart = || command.cart.clone();
        cx.dispatch(AddItem { cart: cart() }).await?;
        let cart = cx.ask(GetCart { cart: cart() }).await?;
        Ok(cart.map(|cart| cart.items))
    }
}

async fn app(store: impl Store) -> App {
    let builder = App::builder(store).provide(Elsewhere(None));
    builder.start().await.unwrap()
}

/// An app that keeps no views, so that what its neighbour sees is its neighbour's doing.
async fn writer(store: impl Store) -> App {
    App::builder(store)
        .without_auto_registration()
        .command::<AddItem>()
        .command::<Rename>()
        .event::<ItemAdded>()
        .event::<Renamed>()
        .aggregate::<Cart>()
        .start()
        .await
        .unwrap()
}

/// No view can commit what it has seen, until the store is healed.
fn stall(faults: &Faults) {
    faults.fail_commits(usize::MAX);
}

fn add(cart: &str) -> AddItem {
    AddItem { cart: cart.into() }
}

fn get(cart: &str) -> GetCart {
    GetCart { cart: cart.into() }
}

fn items(cart: Option<CartView>) -> Option<u64> {
    cart.map(|cart| cart.items)
}

async fn many_tasks_read_what_each_has_written(store: impl Store) {
    let app = app(store).await;
    let mut tasks = JoinSet::new();
    for task in 0..32 {
        let app = app.clone();
        tasks.spawn(async move {
            let cart = format!("cart-{task}");
            for number in 1..=20 {
                app.dispatch(add(&cart)).await.unwrap();
                let seen = items(app.ask(get(&cart)).await.unwrap());
                assert_eq!(seen, Some(number), "{cart}");
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(app.ask(CountCarts).await.unwrap(), 32);
    app.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_task_reads_its_own_writes() {
    many_tasks_read_what_each_has_written(Memory::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_task_reads_its_own_writes_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db")).unwrap();
    many_tasks_read_what_each_has_written(store).await;
}

#[tokio::test(start_paused = true)]
async fn an_eventual_query_waits_for_nothing() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = app(store).await;
    stall(&faults);
    app.dispatch(add("a")).await.unwrap();

    let seen = app.eventual().ask(get("a")).await.unwrap();
    assert_eq!(items(seen), None);
    assert_eq!(app.eventual().ask(CountCarts).await.unwrap(), 0);

    faults.heal();
    assert_eq!(items(app.ask(get("a")).await.unwrap()), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_runs_out_names_the_view_and_how_far_it_is_behind() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = App::builder(store)
        .provide(Elsewhere(None))
        .wait_limit(Duration::from_millis(300))
        .start()
        .await
        .unwrap();
    app.dispatch(add("a")).await.unwrap();
    app.ask(get("a")).await.unwrap();
    stall(&faults);
    app.dispatch(add("a")).await.unwrap();
    app.dispatch(add("b")).await.unwrap();

    let start = tokio::time::Instant::now();
    let behind = app.ask(get("a")).await.map(items).unwrap_err();
    assert_eq!(start.elapsed().as_millis(), 300);
    let AskError::View(ReadViewError::Behind { view, behind, .. }) = &behind else {
        panic!("{behind}");
    };
    assert_eq!((view.as_str(), *behind), ("Cart", 2));

    let text = "view `Cart` is at position 1, 2 events behind the 3 that was asked for";
    for error in [
        app.ask(get("a")).await.map(drop).unwrap_err(),
        app.ask(CountCarts).await.map(drop).unwrap_err(),
        app.ask(ItemsReported("a".into()))
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_waits_only_for_events_that_its_view_follows() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = app(store).await;
    app.dispatch(add("a")).await.unwrap();
    app.ask(get("a")).await.unwrap();
    stall(&faults);

    let start = tokio::time::Instant::now();
    let cart = "a".to_owned();
    app.dispatch(Rename { cart }).await.unwrap();
    assert_eq!(items(app.ask(get("a")).await.unwrap()), Some(1));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_told_of_by_its_repetition_is_waited_for() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    let app = app(store).await;
    let id = CommandId::from_key("one");
    faults.lose_acknowledgements(1);
    let lost = app.with_id(id).dispatch(add("a")).await;
    assert!(matches!(lost, Err(DispatchError::Unknown { .. })));

    let again = app.with_id(id).dispatch(add("a")).await;
    assert!(matches!(again, Err(DispatchError::AlreadyHandled { .. })));
    assert_eq!(items(app.ask(get("a")).await.unwrap()), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_token_from_another_app_is_waited_for() {
    let store = Memory::new();
    let stalled = FaultyStore::new(store.clone());
    let faults = stalled.faults();
    let (here, there) = (app(stalled).await, writer(store).await);
    stall(&faults);
    let token = there.dispatch(add("a")).await.unwrap().position;

    let unaware = here.ask(get("a")).await.unwrap();
    assert_eq!(items(unaware), None, "nobody has told it of the write");
    let behind = here.after(token).ask(get("a")).await;
    assert!(
        matches!(
            behind,
            Err(AskError::View(ReadViewError::Behind { behind: 1, .. }))
        ),
        "{:?}",
        behind.map(items)
    );

    faults.heal();
    // As a client would bring it along.
    let token: Token = token.to_string().parse().unwrap();
    assert_eq!(
        items(here.after(token).ask(get("a")).await.unwrap()),
        Some(1)
    );
    assert_eq!(here.after(token).ask(CountCarts).await.unwrap(), 1);
}

#[tokio::test]
async fn a_token_of_another_store_is_refused() {
    let (here, there) = (app(Memory::new()).await, writer(Memory::new()).await);
    here.dispatch(add("a")).await.unwrap();
    let token = there.dispatch(add("a")).await.unwrap().position;

    for refused in [
        here.after(token).ask(get("a")).await.map(drop).unwrap_err(),
        here.after(token)
            .ask(CountCarts)
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert!(
            matches!(refused, AskError::ForeignToken(refused) if refused == token),
            "{refused}"
        );
    }
    assert!("no token".parse::<Token>().is_err());
}

#[tokio::test]
async fn a_handler_that_says_what_it_reads_waits_for_it() {
    let store = Memory::new();
    let elsewhere = app(store.clone()).await;
    let here = App::builder(store)
        .provide(Elsewhere(Some(Arc::new(elsewhere))))
        .start()
        .await
        .unwrap();
    for number in 1..=50 {
        here.dispatch(add("a")).await.unwrap();
        let reported = here.ask(ItemsReported("a".into())).await.unwrap();
        assert_eq!(reported, Some(number));
    }
}

#[tokio::test]
async fn a_handler_reads_what_it_has_just_sent() {
    let app = app(Memory::new()).await;
    for number in 1..=50 {
        let cart = "a".to_owned();
        let looked = app.dispatch(AddAndLook { cart }).await.unwrap();
        assert_eq!(looked.output, Some(number));
    }
}
