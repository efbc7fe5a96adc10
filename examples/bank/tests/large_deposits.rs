//! The side effect: what is told, and what becomes of it when nobody listens.

use cqrs_testing::AppFixture;
use tokio::sync::mpsc::unbounded_channel;

use super::funds;
use crate::{
    account::{Account, Deposited},
    large_deposits::{Desk, LARGE},
};

#[tokio::test]
async fn only_large_deposits_are_told() {
    let (desk, mut notes) = unbounded_channel();

    AppFixture::new()
        .with(|builder| builder.provide(Desk(desk)))
        .given::<Account>("jane", funds("Jane", 1))
        .when_event::<Account>(
            "jane",
            [Deposited { cents: LARGE - 1 }, Deposited { cents: LARGE }],
        )
        .await
        .then_nothing_parked();

    let note = notes.try_recv().expect("the large one is told");
    assert_eq!((note.account_id.as_str(), note.cents), ("jane", LARGE));
    assert!(notes.try_recv().is_err(), "and no other");
}

#[tokio::test]
async fn what_nobody_takes_is_parked() {
    let (desk, notes) = unbounded_channel();
    drop(notes);

    AppFixture::new()
        .with(|builder| builder.provide(Desk(desk)))
        .when_event::<Account>("jane", funds("Jane", LARGE))
        .await
        .then_parked("large-deposits");
}
