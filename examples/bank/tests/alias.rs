//! Aliases: once in the whole bank.

use cqrs_testing::AppFixture;

use super::funds;
use crate::{
    account::{Account, AliasTaken},
    alias::{AliasError, TakeAlias},
};

fn take(account_id: &str) -> TakeAlias {
    TakeAlias {
        account_id: account_id.into(),
        alias: "@home".into(),
    }
}

fn taken() -> AliasTaken {
    AliasTaken {
        alias: "@home".into(),
    }
}

#[tokio::test]
async fn a_free_alias_is_taken() {
    AppFixture::new()
        .given::<Account>("jane", funds("Jane", 1))
        .when(take("jane"))
        .await
        .then_events_of::<Account>("jane", [taken()]);
}

#[tokio::test]
async fn an_alias_is_taken_once() {
    AppFixture::new()
        .given::<Account>("jane", funds("Jane", 1))
        .given::<Account>("joe", funds("Joe", 1))
        .given::<Account>("jane", [taken()])
        .when(take("joe"))
        .await
        .then_error_matches(|error| matches!(error, AliasError::Taken(alias) if alias == "@home"));
}

#[tokio::test]
async fn an_alias_belongs_to_an_account_that_is_there() {
    AppFixture::new()
        .when(take("nobody"))
        .await
        .then_error_text("the alias was not taken: Account `nobody` does not exist");
}
