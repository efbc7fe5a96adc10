//! Everything that can be wrong between crates, at once: one is linked and one is not, a name is there twice, a need is not
//! met. The text alone must be enough to mend all of it.

#[path = "support/places.rs"]
mod places;

use contracts_messages::OpenBill;
use cqrs::{
    App, Command, CommandHandler, Event, EventHandler, Handler, HandlerContext, HandlerError,
    Memory, Recorded, app::StartError,
};
use serde::{Deserialize, Serialize};

/// What nobody provides.
#[derive(Clone)]
struct Printer;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Reminders, name = "PayBill")]
struct RemindOfBill;

/// Listed by an aggregate of the crate that is not linked, if by any.
#[derive(Event, Serialize, Deserialize)]
struct BillPrinted;

#[derive(Handler)]
#[handler(name = "reminders", events(BillPrinted))]
struct Reminders {
    printer: Printer,
}

impl CommandHandler<RemindOfBill> for Reminders {
    async fn handle(&self, _: RemindOfBill, _: &HandlerContext) -> Result<(), HandlerError> {
        let Printer = self.printer;
        Ok(())
    }
}

impl EventHandler<BillPrinted> for Reminders {
    async fn handle(
        &self,
        _: &Recorded<BillPrinted>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[tokio::test]
async fn one_report_says_all_that_is_to_mend() {
    // The messages are linked, as they are named; who serves them is not.
    let _linked = size_of::<OpenBill>();
    let error = App::builder(Memory::new()).start().await.unwrap_err();

    let StartError::Wiring(error) = error else {
        panic!("not the wiring: {error}");
    };
    assert_eq!(places::without_lines(&error.to_string()), "7 wiring faults
  command name `PayBill` is claimed twice:
    examples/contracts/messages/src/lib.rs
    tests/tests/faults_together.rs
    give one of them `#[command(name = \"...\")]`
  command `OpenBill` (examples/contracts/messages/src/lib.rs) has no handler
    say who takes it: `#[command(aggregate = ..)]` or `#[command(handler = ..)]` on it, or `#[aggregate(commands(OpenBill))]` or `#[handler(commands(OpenBill))]` on who does
    if another crate says so, it may not be linked: add `use that_crate as _;`
    or it uses another version of `cqrs`: see `cargo tree -d`
    no list that was found names a command
  command `SettleBill` (examples/contracts/messages/src/lib.rs) has no handler
    say who takes it: `#[command(aggregate = ..)]` or `#[command(handler = ..)]` on it, or `#[aggregate(commands(SettleBill))]` or `#[handler(commands(SettleBill))]` on who does
    if another crate says so, it may not be linked: add `use that_crate as _;`
    or it uses another version of `cqrs`: see `cargo tree -d`
    no list that was found names a command
  command `PayBill` (examples/contracts/messages/src/lib.rs) has no handler
    say who takes it: `#[command(aggregate = ..)]` or `#[command(handler = ..)]` on it, or `#[aggregate(commands(PayBill))]` or `#[handler(commands(PayBill))]` on who does
    if another crate says so, it may not be linked: add `use that_crate as _;`
    or it uses another version of `cqrs`: see `cargo tree -d`
    no list that was found names a command
  query `GetBill` (examples/contracts/messages/src/lib.rs) has no handler
    say who answers it: `#[query(view = ..)]` or `#[query(handler = ..)]` on it, or `#[handler(queries(GetBill))]` on who does
    if another crate says so, it may not be linked: add `use that_crate as _;`
    or it uses another version of `cqrs`: see `cargo tree -d`
    no list that was found names a query
  handler `reminders` follows `BillPrinted`, which no aggregate records
    tests/tests/faults_together.rs
    list the event in an aggregate's `#[aggregate(events(..))]`, or link the crate that does
  handler `reminders` needs `printer: faults_together::Printer`, which nobody provided
    tests/tests/faults_together.rs
    give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`");
}
