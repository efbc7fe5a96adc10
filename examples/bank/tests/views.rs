//! What can be looked up.

use cqrs_testing::AppFixture;

use super::funds;
use crate::{
    account::{Account, Deposited, Withdrawn},
    alias::TakeAlias,
    day::Day,
    transfer::Transfer,
    views::{
        AccountView, DailyTotals, GetAccount, GetAccountsOf, GetDay, GetStatement, StatementLine,
    },
};

fn rent() -> Transfer {
    Transfer {
        transfer_id: "rent".into(),
        from: "jane".into(),
        to: "joe".into(),
        cents: 300,
    }
}

fn line(account_id: &str, text: &str, cents: i64) -> StatementLine {
    StatementLine {
        account_id: account_id.into(),
        text: text.into(),
        cents,
    }
}

fn statement(account_id: &str) -> GetStatement {
    GetStatement {
        account_id: account_id.into(),
        limit: 10,
    }
}

#[tokio::test]
async fn a_transfer_is_in_both_statements() {
    AppFixture::new()
        .given::<Account>("jane", funds("Jane", 500))
        .given::<Account>("joe", funds("Joe", 1))
        .given_command(rent())
        .when_query(statement("jane"))
        .await
        .then_answer(vec![
            line("jane", "paid in", 500),
            line("jane", "to joe", -300),
        ])
        .and()
        .when_query(statement("joe"))
        .await
        .then_answer(vec![
            line("joe", "paid in", 1),
            line("joe", "from jane", 300),
        ]);
}

#[tokio::test]
async fn an_account_is_shown_as_it_is() {
    AppFixture::new()
        .given::<Account>("jane", funds("Jane", 500))
        .given::<Account>("jane", [Withdrawn { cents: 200 }])
        .given_command(TakeAlias {
            account_id: "jane".into(),
            alias: "@home".into(),
        })
        .when_query(GetAccount {
            account_id: "jane".into(),
        })
        .await
        .then_answer(Some(AccountView {
            account_id: "jane".into(),
            owner: "Jane".into(),
            alias: Some("@home".into()),
            balance: 300,
        }));
}

#[tokio::test]
async fn accounts_are_found_by_their_owner() {
    AppFixture::new()
        .given::<Account>("jane-1", funds("Jane", 1))
        .given::<Account>("joe-1", funds("Joe", 2))
        .given::<Account>("jane-2", funds("Jane", 3))
        .when_query(GetAccountsOf {
            owner: "Jane".into(),
        })
        .await
        .then_answer_with(|accounts| {
            let ids: Vec<_> = accounts.iter().map(|it| it.account_id.as_str()).collect();
            assert_eq!(ids, ["jane-1", "jane-2"]);
        });
}

#[tokio::test]
async fn each_day_has_its_totals() {
    let day = |day| Day {
        year: 2025,
        month: 2,
        day,
    };

    AppFixture::new()
        .given_time("2025-02-28T23:59:59Z")
        .given::<Account>("jane", funds("Jane", 500))
        .given::<Account>("joe", funds("Joe", 1))
        .given_time("2025-03-01")
        .given::<Account>("jane", [Deposited { cents: 40 }])
        .given_command(rent())
        .when_query(GetDay { day: day(28) })
        .await
        .then_answer(Some(DailyTotals {
            paid_in: 501,
            taken_out: 0,
            transferred: 0,
        }))
        .and()
        .when_query(GetDay {
            day: Day { month: 3, ..day(1) },
        })
        .await
        .then_answer(Some(DailyTotals {
            paid_in: 40,
            taken_out: 0,
            transferred: 300,
        }));
}
