//! Transfers: both sides or none, and once for each id.

use cqrs::{App, Memory};
use cqrs_testing::AppFixture;
use tokio::task::JoinSet;

use super::funds;
use crate::{
    account::{Account, AccountError, TransferReceived, TransferSent, Withdraw},
    large_deposits::Desk,
    transfer::{Transfer, TransferError, TransferMade},
};

fn rent() -> Transfer {
    Transfer {
        transfer_id: "rent".into(),
        from: "jane".into(),
        to: "joe".into(),
        cents: 300,
    }
}

fn jane_and_joe() -> AppFixture {
    AppFixture::new()
        .given::<Account>("jane", funds("Jane", 500))
        .given::<Account>("joe", funds("Joe", 1))
}

#[tokio::test]
async fn both_sides_are_recorded_with_the_transfer() {
    jane_and_joe().when(rent()).await.then_events((
        TransferMade {
            from: "jane".into(),
            to: "joe".into(),
            cents: 300,
        },
        TransferSent {
            transfer_id: "rent".into(),
            cents: 300,
        },
        TransferReceived {
            transfer_id: "rent".into(),
            cents: 300,
        },
    ));
}

#[tokio::test]
async fn the_same_transfer_again_moves_nothing() {
    jane_and_joe()
        .given_command(rent())
        .when(rent())
        .await
        .then_ok()
        .then_no_events();
}

#[tokio::test]
async fn another_transfer_needs_another_id() {
    let other = Transfer { cents: 1, ..rent() };

    jane_and_joe()
        .given_command(rent())
        .when(other)
        .await
        .then_error_matches(|error| matches!(error, TransferError::IdReused(id) if id == "rent"));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_sent() {
    let too_much = Transfer {
        cents: 501,
        ..rent()
    };
    let insufficient = AccountError::InsufficientFunds {
        wanted: 501,
        balance: 500,
    };

    jane_and_joe().when(too_much).await.then_error_matches(
        |error| matches!(error, TransferError::Refused(it) if *it == insufficient),
    );
}

#[tokio::test]
async fn nothing_leaves_for_an_account_that_is_not_there() {
    AppFixture::new()
        .given::<Account>("jane", funds("Jane", 500))
        .when(rent())
        .await
        .then_error_text("there is no account `joe`");
}

#[tokio::test]
async fn money_stays_in_its_account() {
    let to_herself = Transfer {
        to: "jane".into(),
        ..rent()
    };

    jane_and_joe()
        .when(to_herself)
        .await
        .then_error_matches(|error| matches!(error, TransferError::SameAccount));
}

/// A real app: many senders of few transfers, each sent several times, all at once.
#[tokio::test(flavor = "multi_thread")]
async fn under_way_at_the_same_time_each_transfer_is_made_once() -> Result<(), TestError> {
    let (desk, _notes) = tokio::sync::mpsc::unbounded_channel();
    let app = App::builder(Memory::new())
        .provide(Desk(desk))
        .start()
        .await?;
    for account_id in ["jane", "joe"] {
        app.record::<Account>(&account_id.into(), funds(account_id, 1_000))
            .await?;
    }

    let mut sent = JoinSet::new();
    for number in 0..12 {
        let app = app.clone();
        let (from, to) = if number % 2 == 0 {
            ("jane", "joe")
        } else {
            ("joe", "jane")
        };
        let transfer = Transfer {
            transfer_id: format!("t{}", number % 4),
            from: from.into(),
            to: to.into(),
            cents: 1 + number % 4,
        };
        sent.spawn(async move {
            // Busy accounts are no reason to give up, since a transfer is made once however often it is sent.
            while let Err(error) = app.dispatch(transfer.clone()).await {
                assert!(error.to_string().contains("busy"), "{error}");
            }
        });
    }
    sent.join_all().await;

    // 1 and 3 cents went to Joe, 2 and 4 to Jane, each once.
    let all = |account_id: &str, cents| Withdraw {
        account_id: account_id.into(),
        cents,
    };
    assert_eq!(app.dispatch(all("jane", 1_002)).await?.into_output(), 0);
    assert_eq!(app.dispatch(all("joe", 998)).await?.into_output(), 0);
    app.shutdown().await?;
    Ok(())
}

type TestError = Box<dyn std::error::Error + Send + Sync>;
