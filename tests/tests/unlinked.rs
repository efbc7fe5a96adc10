//! A crate that is a dependency and is never named is not linked: `start` says whose handlers are missing.

#[path = "support/places.rs"]
mod places;

use contracts_messages::OpenBill;
use cqrs::{App, DispatchError, Memory, app::StartError};

#[tokio::test]
async fn an_unlinked_crate_is_found_by_start() {
    let error = App::builder(Memory::new()).start().await.unwrap_err();

    let StartError::Wiring(error) = error else {
        panic!("not the wiring: {error}");
    };
    assert_eq!(
        places::without_lines(&error.to_string()),
        "4 wiring faults
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
    no list that was found names a query"
    );
}

#[tokio::test]
async fn without_the_check_the_sender_is_told() {
    let app = App::builder(Memory::new())
        .without_auto_registration()
        .start()
        .await
        .unwrap();
    let open = OpenBill {
        bill_id: "1".into(),
        cents: 1,
    };
    let unserved = app.dispatch(open).await.unwrap_err();
    assert!(matches!(unserved, DispatchError::Unserved(_)), "{unserved}");
    assert!(unserved.to_string().contains("`OpenBill`"), "{unserved}");
}
