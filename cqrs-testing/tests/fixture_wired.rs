//! The checks of a whole program, in one line each.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "written by `UPDATE_EXPECT=1`"
)]

#[path = "support/failure.rs"]
mod failure;

use cqrs::{
    Aggregate, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext,
    HandlerError, Project, Query, QueryHandler, Recorded, View,
};
use cqrs_testing::{assert_events_compatible, assert_wired};
use expect_test::expect;
use serde::{Deserialize, Serialize};

use self::failure::message;

#[derive(Event, Serialize, Deserialize)]
#[event(formerly("Opened"))]
struct AccountOpened {
    owner: String,
    limit: Option<u64>,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account, create)]
struct OpenAccount {
    #[id]
    id: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(AccountOpened))]
struct Account;

impl Apply<AccountOpened> for Account {
    fn apply(&mut self, _: &AccountOpened) {}
}

impl Decide<OpenAccount> for Account {
    fn decide(
        &self,
        command: &OpenAccount,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), std::convert::Infallible> {
        cx.emit(AccountOpened {
            owner: command.id.clone(),
            limit: None,
        });
        Ok(())
    }
}

#[derive(View, Serialize, Deserialize)]
#[view(events(AccountOpened))]
struct OwnersView {
    owner: String,
}

impl Project<AccountOpened> for OwnersView {
    fn project(_: Option<Self>, _: &String, event: &Recorded<AccountOpened>) -> Option<Self> {
        let owner = event.owner.clone();
        Some(Self { owner })
    }
}

#[derive(Clone)]
struct Rates;

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Exchange, output = u32)]
struct GetRate;

#[derive(Handler)]
struct Exchange {
    rates: Rates,
}

impl QueryHandler<GetRate> for Exchange {
    async fn handle(&self, _: GetRate, _: &HandlerContext) -> Result<u32, HandlerError> {
        let Rates = self.rates;
        Ok(1)
    }
}

#[derive(Handler)]
#[handler(name = "welcome", events(AccountOpened))]
struct Welcome;

impl EventHandler<AccountOpened> for Welcome {
    async fn handle(
        &self,
        _: &Recorded<AccountOpened>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[test]
fn a_program_that_fits_together_passes() {
    assert_wired!(|builder| builder.provide(Rates));
}

#[tokio::test]
async fn it_can_be_checked_in_a_runtime() {
    assert_wired!(|builder| builder.provide(Rates));
}

#[test]
fn what_does_not_fit_together_is_said_as_by_start() {
    let said = message(|| assert_wired!());

    expect![[r#"
        1 wiring fault
          handler `Exchange` needs `rates: fixture_wired::Rates`, which nobody provided
            cqrs-testing/tests/fixture_wired.rs:LINE:5
            give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`"#]]
    .assert_eq(&said);
}

#[test]
fn stored_events_can_be_read() {
    assert_events_compatible!("tests/fixture_events.lock.json");
}

#[test]
fn an_event_that_was_renamed_is_refused() {
    // As the file would be if `AccountOpened` had been `AccountCreated` when events were stored.
    let now = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixture_events.lock.json"
    );
    let now = std::fs::read_to_string(now).expect("the file is committed");
    let directory = tempfile::tempdir().expect("there is room for a file");
    let before = now.replace("AccountOpened", "AccountCreated");
    let path = directory.path().join("events.lock.json");
    std::fs::write(&path, before).expect("it is ours");

    let said = message(|| {
        let directory = directory.path().to_str().expect("it is text");
        cqrs_testing::compatible::assert_events_compatible(directory, "events.lock.json");
    });

    let said = said.replace(&path.display().to_string(), "events.lock.json");
    expect![[r#"
        1 change makes what is stored unreadable (events.lock.json)
          event `AccountCreated` has vanished, and stored ones can no longer be read
            if it is `AccountOpened` now, write `#[event(formerly("AccountCreated"))]` there, or keep its name by `#[event(name = "AccountCreated")]`
        if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]].assert_eq(&said);
}
