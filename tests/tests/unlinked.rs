//! A crate that is a dependency and is never named is not linked: `start` says whose handlers are missing.

use contracts_messages::OpenBill;
use cqrs::{App, DispatchError, Memory, app::StartError};

#[tokio::test]
async fn an_unlinked_crate_is_found_by_start() {
    let error = App::builder(Memory::new()).start().await.unwrap_err();

    let StartError::Wiring(error) = error else {
        panic!("not the wiring: {error}");
    };
    let faults: Vec<_> = error.faults().collect();
    let missing = |fault: &str, name: &str| {
        fault.starts_with(name)
            && fault.contains("examples/contracts/messages/src/lib.rs:")
            && fault.contains("has no handler\n")
            && fault.contains("add `use that_crate as _;`")
    };
    assert_eq!(faults.len(), 4, "{error}");
    assert!(missing(&faults[0], "command `OpenBill` ("), "{error}");
    assert!(missing(&faults[1], "command `SettleBill` ("), "{error}");
    assert!(missing(&faults[2], "command `PayBill` ("), "{error}");
    assert!(missing(&faults[3], "query `GetBill` ("), "{error}");
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
