//! The rules of one account: nothing is stored, nothing is awaited.

use cqrs_testing::Fixture;

use crate::account::{
    Account, AccountError, AccountOpened, Deposit, Deposited, OpenAccount, TransferReceived,
    Withdraw, Withdrawn,
};

fn opened() -> AccountOpened {
    AccountOpened {
        owner: "Jane".into(),
    }
}

fn withdraw(cents: u64) -> Withdraw {
    Withdraw {
        account_id: "jane-1".into(),
        cents,
    }
}

#[test]
fn an_account_is_opened_once() {
    let open = || OpenAccount {
        account_id: "jane-1".into(),
        owner: "Jane".into(),
    };

    Fixture::<Account>::new()
        .given_no_prior_activity()
        .when(open())
        .then_events([opened()])
        .and()
        .when(open())
        .then_already_exists();
}

#[test]
fn what_is_taken_out_was_there() {
    Fixture::<Account>::new()
        .given((opened(), Deposited { cents: 500 }))
        .when(withdraw(200))
        .then_events([Withdrawn { cents: 200 }])
        .then_output(300);
}

#[test]
fn what_came_by_transfer_counts() {
    let received = TransferReceived {
        transfer_id: "t1".into(),
        cents: 200,
    };

    Fixture::<Account>::new()
        .given((opened(), received))
        .when(withdraw(200))
        .then_output(0);
}

#[test]
fn more_than_there_is_cannot_be_taken_out() {
    Fixture::<Account>::new()
        .given((opened(), Deposited { cents: 500 }))
        .when(withdraw(501))
        .then_error(AccountError::InsufficientFunds {
            wanted: 501,
            balance: 500,
        });
}

#[test]
fn nothing_is_no_amount() {
    Fixture::<Account>::new()
        .given([opened()])
        .when(Deposit {
            account_id: "jane-1".into(),
            cents: 0,
        })
        .then_error(AccountError::InvalidAmount(0));
}

#[test]
fn nothing_is_paid_into_an_account_that_is_not_there() {
    Fixture::<Account>::new()
        .given_no_prior_activity()
        .when(withdraw(1))
        .then_not_found();
}
