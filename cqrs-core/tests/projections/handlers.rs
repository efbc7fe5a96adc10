//! Handlers are given each event at least once, in the order of its stream, whatever fails.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use cqrs_core::{
    App, CommandId, EventHandler, EventStore, Follow, FollowedBy, FollowedByHandler, Handler,
    HandlerContext, HandlerError, Injector, Listen, Memory, Project, Query, QueryResult, Recorded,
    Registration, Store, View, app::SubscriptionState, call::QueryCall,
    store::documents::SubscriptionKind,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{
    stock::{Added, Total, added, bare, is_set, record, set_trap, trapped},
    stores::Moody,
};

/// What a handler was given: item and amount, and the id of the first command it would send.
#[derive(Clone, Default)]
struct Mail(Arc<Sent>);

#[derive(Default)]
struct Sent {
    calls: Mutex<Vec<(String, u64)>>,
    ids: Mutex<BTreeMap<u64, Vec<CommandId>>>,
    failures: watch::Sender<usize>,
}

impl Mail {
    fn calls(&self) -> Vec<(String, u64)> {
        let calls = self.0.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn amounts(&self, item: &str) -> Vec<u64> {
        let calls = self.calls().into_iter();
        let own = calls.filter(|(called, _)| called == item);
        own.map(|(_, amount)| amount).collect()
    }

    fn failures(&self) -> usize {
        *self.0.failures.borrow()
    }
}

struct Mailer(Mail);

impl Handler for Mailer {
    const NAME: &'static str = "mailer";

    fn inject(from: &mut Injector<'_>) -> Option<Self> {
        Some(Self(from.field("mail")?))
    }
}

impl FollowedByHandler<Mailer> for Added {}

impl EventHandler<Added> for Mailer {
    async fn handle(
        &self,
        event: &Recorded<Added>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let Mail(sent) = &self.0;
        if is_set(&event.trap) {
            sent.failures.send_modify(|failures| *failures += 1);
            return match event.trap.split(' ').nth(1) {
                Some("permanent") => Err(HandlerError::permanent("no such address")),
                Some("transient") => Err(HandlerError::transient("the server is busy")),
                Some("panic") => panic!("the mailer panicked"),
                _ => Err("something is wrong".into()),
            };
        }
        let call = (event.stream().id().to_owned(), event.amount);
        let mut calls = sent.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
        Ok(())
    }
}

const LISTENS: &[Listen] = &[Listen::to::<Mailer, Added>()];

async fn mailing(store: impl Store, from_beginning: bool) -> (App, Mail) {
    let mail = Mail::default();
    let mailer = Registration::handler::<Mailer>(&[]).subscribing(LISTENS, from_beginning);
    let app = bare(store)
        .provide(mail.clone())
        .register(Registration::view::<Total>())
        .register(mailer)
        .start()
        .await
        .unwrap();
    (app, mail)
}

#[tokio::test]
async fn a_new_handler_starts_at_the_end_of_the_log_unless_it_says_otherwise() {
    let store = Memory::new();
    let writer = bare(store.clone()).start().await.unwrap();
    record(&writer, "pen", added(1)).await;

    let (app, mail) = mailing(store.clone(), false).await;
    record(&app, "pen", added(2)).await;
    app.caught_up().await.unwrap();
    assert_eq!(mail.amounts("pen"), [2]);
    app.shutdown().await.unwrap();
    record(&writer, "pen", added(3)).await;

    // It goes on where it was, with what it has missed.
    let (app, mail) = mailing(store, false).await;
    app.caught_up().await.unwrap();
    assert_eq!(mail.amounts("pen"), [3]);

    let store = Memory::new();
    let writer = bare(store.clone()).start().await.unwrap();
    record(&writer, "pen", added(1)).await;
    let (app, mail) = mailing(store, true).await;
    app.caught_up().await.unwrap();
    assert_eq!(mail.amounts("pen"), [1]);
}

#[tokio::test]
async fn events_are_given_in_order_and_once_when_nothing_fails() {
    let (app, mail) = mailing(Memory::new(), false).await;
    for number in 0..500 {
        record(&app, ["pen", "ink"][number % 2], added(number as u64)).await;
    }
    app.caught_up().await.unwrap();
    let amounts: Vec<_> = mail.calls().into_iter().map(|(_, amount)| amount).collect();
    assert_eq!(amounts, (0..500).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn what_is_transient_is_tried_until_it_works_and_nothing_is_parked() {
    let trap = "mail transient 1";
    set_trap(trap, true);
    let (app, mail) = mailing(Memory::new(), false).await;
    record(&app, "pen", trapped(1, trap)).await;
    let mut failures = mail.0.failures.subscribe();
    failures.wait_for(|failures| *failures == 30).await.unwrap();
    let status = app.status().await.unwrap();
    let status = status
        .iter()
        .find(|status| status.name == "mailer")
        .unwrap();
    assert_eq!(status.last_error.as_deref(), Some("the server is busy"));
    set_trap(trap, false);
    app.caught_up().await.unwrap();
    assert_eq!(mail.amounts("pen"), [1]);
    assert!(app.parked().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_keeps_failing_is_parked_by_stream_and_others_go_on() {
    for (trap, attempts, error) in [
        ("mail permanent 1", 1, "no such address"),
        ("mail unclear 1", 8, "something is wrong"),
        ("mail panic 1", 8, "panicked: the mailer panicked"),
    ] {
        set_trap(trap, true);
        let store = Memory::new();
        let (app, mail) = mailing(store.clone(), false).await;
        record(&app, "pen", added(1)).await;
        record(&app, "pen", trapped(2, trap)).await;
        record(&app, "ink", added(7)).await;
        record(&app, "pen", added(3)).await;
        app.caught_up().await.unwrap();
        assert_eq!(mail.amounts("ink"), [7], "{trap}");
        assert_eq!(mail.amounts("pen"), [1], "{trap}");
        assert_eq!(mail.failures(), attempts);
        app.shutdown().await.unwrap();

        let (app, mail) = mailing(store, false).await;
        record(&app, "pen", added(4)).await;
        app.caught_up().await.unwrap();
        let parked = app.parked().await.unwrap();
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].key_text, "Item `pen`");
        assert_eq!(parked[0].error, error);
        assert_eq!(parked[0].attempts as usize, attempts);
        let positions: Vec<_> = parked[0].positions.iter().map(|at| at.get()).collect();
        assert_eq!(positions, [2, 4, 5]);

        let again = app.retry_parked(&parked[0]).await.unwrap();
        assert_eq!((again.done, again.left), (0, 3));
        assert_eq!(again.error.as_deref(), Some(error));
        set_trap(trap, false);
        let done = app.retry_parked(&parked[0]).await.unwrap();
        assert_eq!((done.done, done.left), (3, 0));
        assert_eq!(mail.amounts("pen"), [2, 3, 4], "{trap}");
        record(&app, "pen", added(5)).await;
        app.caught_up().await.unwrap();
        assert_eq!(mail.amounts("pen"), [2, 3, 4, 5], "{trap}");
    }
}

#[tokio::test]
async fn what_failed_can_be_left_out_and_the_rest_goes_on_in_order() {
    let trap = "mail permanent 2";
    set_trap(trap, true);
    let (app, mail) = mailing(Memory::new(), false).await;
    record(&app, "pen", trapped(1, trap)).await;
    record(&app, "pen", added(2)).await;
    record(&app, "pen", trapped(3, trap)).await;
    record(&app, "pen", added(4)).await;
    app.caught_up().await.unwrap();

    let parked = app.parked().await.unwrap();
    let dropped = app.drop_parked(&parked[0]).await.unwrap();
    assert_eq!((dropped.done, dropped.left), (2, 2));
    assert_eq!(mail.amounts("pen"), [2]);
    let parked = app.parked().await.unwrap();
    let dropped = app.drop_parked(&parked[0]).await.unwrap();
    assert_eq!((dropped.done, dropped.left), (2, 0));
    assert_eq!(mail.amounts("pen"), [2, 4]);
    record(&app, "pen", added(5)).await;
    app.caught_up().await.unwrap();
    assert_eq!(mail.amounts("pen"), [2, 4, 5]);
}

#[tokio::test]
async fn failures_over_many_streams_pause_the_handler_and_park_no_more() {
    let trap = "mail permanent 3";
    set_trap(trap, true);
    let (app, mail) = mailing(Memory::new(), false).await;
    for number in 0..40 {
        record(&app, &format!("item{number}"), trapped(number, trap)).await;
    }
    app.caught_up().await.unwrap();
    assert_eq!(app.parked().await.unwrap().len(), 20);
    let status = app.status().await.unwrap();
    let mailer = status
        .iter()
        .find(|status| status.name == "mailer")
        .unwrap();
    let SubscriptionState::Stopped { reason } = &mailer.state else {
        panic!("{mailer:?}");
    };
    assert!(
        reason.starts_with("more than 20 streams failed among the last 100 events"),
        "{reason}"
    );
    assert_eq!(mailer.position.get(), 20);
    // The view goes on.
    let view = status.iter().find(|status| status.name == "Total").unwrap();
    assert_eq!((view.position.get(), view.lag_events), (40, 0));

    set_trap(trap, false);
    app.resume(SubscriptionKind::Handler, "mailer")
        .await
        .unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(mail.calls().len(), 20);
}

#[tokio::test]
async fn erased_events_are_not_given() {
    let store = Memory::new();
    let (app, mail) = mailing(store.clone(), false).await;
    app.pause(SubscriptionKind::Handler, "mailer")
        .await
        .unwrap();
    record(&app, "pen", added(1)).await;
    let pen = cqrs_core::StreamId::new("Item", "pen").unwrap();
    store.erase(&pen).await.unwrap();
    record(&app, "pen", added(2)).await;
    app.resume(SubscriptionKind::Handler, "mailer")
        .await
        .unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(mail.amounts("pen"), [2]);
}

#[tokio::test(start_paused = true)]
async fn what_was_erased_while_a_handler_tries_is_not_given() {
    let trap = "mail transient erased";
    set_trap(trap, true);
    let store = Moody::default();
    let writer = bare(store.inner.clone()).start().await.unwrap();
    record(&writer, "pen", trapped(1, trap)).await;
    // More than a page, and then what is erased.
    for _ in 0..600 {
        record(&writer, "cap", added(2)).await;
    }
    record(&writer, "ink", added(3)).await;
    // Nothing else follows the log, which would read the mark of it.
    let mail = Mail::default();
    let app = bare(store.clone())
        .provide(mail.clone())
        .register(Registration::handler::<Mailer>(&[]).subscribing(LISTENS, true))
        .start()
        .await
        .unwrap();
    let mut failures = mail.0.failures.subscribe();
    failures.wait_for(|failures| *failures == 30).await.unwrap();
    let ink = cqrs_core::StreamId::new("Item", "ink").unwrap();
    store.erase(&ink).await.unwrap();
    set_trap(trap, false);
    app.caught_up().await.unwrap();

    assert_eq!(mail.amounts("cap").len(), 600);
    assert_eq!(mail.amounts("ink"), [0_u64; 0]);
}

/// Sends a command for each event that was removed; here only its id is kept.
struct Restock(Mail);

impl Handler for Restock {
    const NAME: &'static str = "restock";

    fn inject(from: &mut Injector<'_>) -> Option<Self> {
        Some(Self(from.field("mail")?))
    }
}

impl FollowedByHandler<Restock> for Added {}

/// Answered with what it was sent with.
struct WhoAmI;

impl Query for WhoAmI {
    const NAME: &'static str = "WhoAmI";
    type Output = (CommandId, cqrs_core::CausationId, cqrs_core::CorrelationId);
    type Error = HandlerError;

    async fn __route(self, call: QueryCall<'_>) -> QueryResult<Self> {
        call.handle::<Mirror, Self>(self).await
    }
}

struct Mirror;

impl Handler for Mirror {
    const NAME: &'static str = "Mirror";

    fn inject(_: &mut Injector<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl cqrs_core::AnsweredBy<Mirror> for WhoAmI {}

impl cqrs_core::QueryHandler<WhoAmI> for Mirror {
    async fn handle(
        &self,
        _: WhoAmI,
        cx: &HandlerContext,
    ) -> Result<<WhoAmI as Query>::Output, HandlerError> {
        let metadata = cx.metadata();
        Ok((
            metadata.command_id().ok_or("no id")?,
            metadata.causation_id().ok_or("no cause")?,
            metadata.correlation_id().ok_or("no flow")?,
        ))
    }
}

impl EventHandler<Added> for Restock {
    async fn handle(
        &self,
        event: &Recorded<Added>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let (id, cause, flow) = cx.ask(WhoAmI).await?;
        assert_eq!(cause, event.id().into());
        assert_eq!(Some(flow), event.metadata().correlation_id());
        let mut ids = self.0.0.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.entry(event.amount).or_default().push(id);
        if is_set(&event.trap) {
            return Err("something is wrong".into());
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_redelivery_repeats_the_ids_of_commands_and_keeps_the_flow() {
    const LISTENS: &[Listen] = &[Listen::to::<Restock, Added>()];
    let trap = "mail unclear 2";
    set_trap(trap, true);
    let mail = Mail::default();
    let app = bare(Memory::new())
        .provide(mail.clone())
        .register(Registration::handler::<Mirror>(&[]))
        .register(Registration::handler::<Restock>(&[]).subscribing(LISTENS, false))
        .start()
        .await
        .unwrap();
    record(&app, "pen", trapped(1, trap)).await;
    record(&app, "ink", added(2)).await;
    app.caught_up().await.unwrap();

    let ids = mail.0.ids.lock().unwrap().clone();
    assert_eq!(ids[&1].len(), 8);
    assert!(ids[&1].iter().all(|id| *id == ids[&1][0]));
    assert_eq!(ids[&2].len(), 1);
    assert_ne!(ids[&1][0], ids[&2][0]);
}

/// A view that is slow to be asked for, to be read from a handler.
#[derive(Serialize, Deserialize)]
struct Seen(u64);

impl View for Seen {
    const NAME: &'static str = "Seen";
    type Key = String;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Added>()]
    }

    fn key_of_stream(id: &str) -> Option<String> {
        Some(id.to_owned())
    }
}

impl FollowedBy<Seen> for Added {}

impl Project<Added> for Seen {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Added>) -> Option<Self> {
        Some(Self(view.map_or(0, |view| view.0) + 1))
    }
}

struct Asker(Mail);

impl Handler for Asker {
    const NAME: &'static str = "asker";

    fn inject(from: &mut Injector<'_>) -> Option<Self> {
        Some(Self(from.field("mail")?))
    }
}

impl FollowedByHandler<Asker> for Added {}

impl EventHandler<Added> for Asker {
    async fn handle(
        &self,
        event: &Recorded<Added>,
        cx: &HandlerContext,
    ) -> Result<(), HandlerError> {
        let id = event.stream().id().to_owned();
        let seen = cx.ask(crate::stock::Get::<Seen>(id.clone())).await;
        let seen = seen.map_err(|error| error.to_string())?;
        let mut calls = self
            .0
            .0
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        calls.push((id, seen.map_or(0, |seen| seen.0)));
        Ok(())
    }
}

#[tokio::test]
async fn what_a_handler_asks_has_seen_the_event_in_hand() {
    const LISTENS: &[Listen] = &[Listen::to::<Asker, Added>()];
    let mail = Mail::default();
    let app = bare(Memory::new())
        .provide(mail.clone())
        .register(Registration::view::<Seen>())
        .register(Registration::handler::<Asker>(&[]).subscribing(LISTENS, false))
        .start()
        .await
        .unwrap();
    for _ in 0..50 {
        record(&app, "pen", added(1)).await;
        app.caught_up().await.unwrap();
    }
    assert_eq!(mail.amounts("pen"), (1..=50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failing_commit_gives_events_again_and_loses_none() {
    let store = Moody::default();
    let (app, mail) = mailing(store.clone(), false).await;
    for number in 0..20 {
        store.mood.loses_an_answer.store(true, Ordering::SeqCst);
        record(&app, "pen", added(number)).await;
    }
    app.caught_up().await.unwrap();
    let mut amounts = mail.amounts("pen");
    amounts.dedup();
    assert_eq!(amounts, (0..20).collect::<Vec<_>>());
}
