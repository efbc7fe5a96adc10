//! What must hold for years: everything fits together, and what was stored can be read.

use std::{error::Error, fs, panic};

use cqrs_testing::{assert_events_compatible, assert_wired};
use tokio::sync::mpsc::unbounded_channel;

use crate::large_deposits::Desk;

#[test]
fn everything_fits_together() {
    assert_wired!(|builder| builder.provide(Desk(unbounded_channel().0)));
}

#[test]
fn what_was_stored_can_be_read() {
    assert_events_compatible!("bank/events.lock.json");
}

/// An event was named otherwise when the file was written: what the check says then.
#[test]
fn a_renamed_event_keeps_its_old_name() -> Result<(), Box<dyn Error>> {
    if std::env::var_os("CQRS_BLESS").is_some() {
        return Ok(()); // then the check writes, and says nothing
    }
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/bank/events.lock.json");
    let before = fs::read_to_string(lock)?.replace("\"Deposited\"", "\"MoneyPaidIn\"");
    let renamed = std::env::temp_dir().join(format!("bank-{}.lock.json", std::process::id()));
    fs::write(&renamed, before)?;
    let path = renamed.to_str().ok_or("the path is text")?.to_owned();

    let failed = panic::catch_unwind(move || assert_events_compatible!(&path));
    fs::remove_file(&renamed)?;

    let said = failed.expect_err("stored events could not be read");
    let said = said.downcast_ref::<String>().ok_or("it says why")?;
    println!("{said}");
    assert!(said.contains("`MoneyPaidIn`"), "{said}");
    assert!(said.contains("formerly(\"MoneyPaidIn\")"), "{said}");
    Ok(())
}
