//! What can be looked up: accounts, statements, and totals of days.

use cqrs::{
    Handler, HandlerContext, HandlerError, Keys, Project, Query, QueryHandler, Recorded, View,
    Views,
};
use serde::{Deserialize, Serialize};

use crate::{
    account::{AccountOpened, AliasTaken, Deposited, TransferReceived, TransferSent, Withdrawn},
    day::Day,
    transfer::TransferMade,
};

// Accounts: one document for each, found by its id, its owner or its alias.

#[derive(View, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(
    AccountOpened,
    Deposited,
    Withdrawn,
    TransferSent,
    TransferReceived,
    AliasTaken
))]
pub struct AccountView {
    pub account_id: String,
    #[index]
    pub owner: String,
    #[index]
    pub alias: Option<String>,
    pub balance: u64,
}

impl Project<AccountOpened> for AccountView {
    fn project(_: Option<Self>, id: &String, event: &Recorded<AccountOpened>) -> Option<Self> {
        Some(Self {
            account_id: id.clone(),
            owner: event.owner.clone(),
            alias: None,
            balance: 0,
        })
    }
}

impl Project<Deposited> for AccountView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
        view.map(|view| view.plus(event.cents))
    }
}

impl Project<Withdrawn> for AccountView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Withdrawn>) -> Option<Self> {
        view.map(|view| view.minus(event.cents))
    }
}

impl Project<TransferSent> for AccountView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<TransferSent>) -> Option<Self> {
        view.map(|view| view.minus(event.cents))
    }
}

impl Project<TransferReceived> for AccountView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<TransferReceived>) -> Option<Self> {
        view.map(|view| view.plus(event.cents))
    }
}

impl Project<AliasTaken> for AccountView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<AliasTaken>) -> Option<Self> {
        view.map(|view| Self {
            alias: Some(event.alias.clone()),
            ..view
        })
    }
}

impl AccountView {
    fn plus(self, cents: u64) -> Self {
        let balance = self.balance + cents;
        Self { balance, ..self }
    }

    fn minus(self, cents: u64) -> Self {
        let balance = self.balance - cents;
        Self { balance, ..self }
    }
}

#[derive(Query, Debug, Serialize, Deserialize)]
#[query(view = AccountView)]
pub struct GetAccount {
    #[id]
    pub account_id: String,
}

// Statements: one document for each line, under a key of account and place in the log. One transfer makes two lines.

#[derive(View, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(Deposited, Withdrawn, TransferMade), key = (String, u64))]
pub struct StatementLine {
    #[index]
    pub account_id: String,
    pub text: String,
    pub cents: i64,
}

impl StatementLine {
    fn new((account_id, _): &(String, u64), text: impl Into<String>, cents: i64) -> Option<Self> {
        Some(Self {
            account_id: account_id.clone(),
            text: text.into(),
            cents,
        })
    }
}

impl Project<Deposited> for StatementLine {
    fn keys(event: &Recorded<Deposited>) -> Keys<(String, u64)> {
        Keys::one((event.stream().id().to_owned(), event.position().get()))
    }

    fn project(_: Option<Self>, key: &(String, u64), event: &Recorded<Deposited>) -> Option<Self> {
        Self::new(key, "paid in", event.cents.cast_signed())
    }
}

impl Project<Withdrawn> for StatementLine {
    fn keys(event: &Recorded<Withdrawn>) -> Keys<(String, u64)> {
        Keys::one((event.stream().id().to_owned(), event.position().get()))
    }

    fn project(_: Option<Self>, key: &(String, u64), event: &Recorded<Withdrawn>) -> Option<Self> {
        Self::new(key, "taken out", -event.cents.cast_signed())
    }
}

impl Project<TransferMade> for StatementLine {
    fn keys(event: &Recorded<TransferMade>) -> Keys<(String, u64)> {
        let position = event.position().get();
        [event.from.clone(), event.to.clone()]
            .map(|account_id| (account_id, position))
            .into()
    }

    fn project(
        _: Option<Self>,
        key: &(String, u64),
        event: &Recorded<TransferMade>,
    ) -> Option<Self> {
        let cents = event.cents.cast_signed();
        if key.0 == event.from {
            Self::new(key, format!("to {}", event.to), -cents)
        } else {
            Self::new(key, format!("from {}", event.from), cents)
        }
    }
}

// Days: one document for each, over all accounts.

#[derive(View, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[view(events(Deposited, Withdrawn, TransferMade), key = Day)]
pub struct DailyTotals {
    pub paid_in: u64,
    pub taken_out: u64,
    pub transferred: u64,
}

impl Project<Deposited> for DailyTotals {
    fn keys(event: &Recorded<Deposited>) -> Keys<Day> {
        Keys::one(Day::of(event.recorded_at()))
    }

    fn project(view: Option<Self>, _: &Day, event: &Recorded<Deposited>) -> Option<Self> {
        let mut day = view.unwrap_or_default();
        day.paid_in += event.cents;
        Some(day)
    }
}

impl Project<Withdrawn> for DailyTotals {
    fn keys(event: &Recorded<Withdrawn>) -> Keys<Day> {
        Keys::one(Day::of(event.recorded_at()))
    }

    fn project(view: Option<Self>, _: &Day, event: &Recorded<Withdrawn>) -> Option<Self> {
        let mut day = view.unwrap_or_default();
        day.taken_out += event.cents;
        Some(day)
    }
}

impl Project<TransferMade> for DailyTotals {
    fn keys(event: &Recorded<TransferMade>) -> Keys<Day> {
        Keys::one(Day::of(event.recorded_at()))
    }

    fn project(view: Option<Self>, _: &Day, event: &Recorded<TransferMade>) -> Option<Self> {
        let mut day = view.unwrap_or_default();
        day.transferred += event.cents;
        Some(day)
    }
}

#[derive(Query, Debug, Serialize, Deserialize)]
#[query(view = DailyTotals)]
pub struct GetDay {
    #[id]
    pub day: Day,
}

// What is found by more than a key.

#[derive(Query, Debug, Serialize, Deserialize)]
#[query(handler = BankQueries, output = Vec<AccountView>)]
pub struct GetAccountsOf {
    pub owner: String,
}

#[derive(Query, Debug, Serialize, Deserialize)]
#[query(handler = BankQueries, output = Vec<StatementLine>)]
pub struct GetStatement {
    pub account_id: String,
    pub limit: usize,
}

#[derive(Handler)]
pub struct BankQueries {
    accounts: Views<AccountView>,
    lines: Views<StatementLine>,
}

impl QueryHandler<GetAccountsOf> for BankQueries {
    async fn handle(
        &self,
        query: GetAccountsOf,
        _: &HandlerContext,
    ) -> Result<Vec<AccountView>, HandlerError> {
        let accounts = self.accounts.by(AccountView::OWNER, &query.owner);
        Ok(accounts.take(100).await?)
    }
}

impl QueryHandler<GetStatement> for BankQueries {
    async fn handle(
        &self,
        query: GetStatement,
        _: &HandlerContext,
    ) -> Result<Vec<StatementLine>, HandlerError> {
        let lines = self.lines.by(StatementLine::ACCOUNT_ID, &query.account_id);
        Ok(lines.take(query.limit).await?)
    }
}
