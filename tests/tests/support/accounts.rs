//! Accounts that many use at once, and what must be true of them whatever happened meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    time::Duration,
};

use cqrs::{
    Aggregate, App, Apply, Command, CommandId, Context, Decide, DispatchError, Event, EventQuery,
    EventStore, Keys, Position, Project, Query, Range, Recorded, View,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task::JoinSet};

const ACCOUNTS: u64 = 20;

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account, upsert)]
pub(crate) struct Deposit {
    #[id]
    pub(crate) account: String,
    /// Another for each deposit.
    pub(crate) number: u64,
}

#[derive(Event, Serialize, Deserialize)]
pub(crate) struct Deposited {
    pub(crate) number: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Deposited))]
pub(crate) struct Account;

impl Decide<Deposit> for Account {
    fn decide(&self, command: &Deposit, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Deposited {
            number: command.number,
        });
        Ok(())
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, _: &Deposited) {}
}

/// Another one if an event is missing, came twice, or in another order.
#[derive(View, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[view(events(Deposited), name = "balances")]
pub(crate) struct Balance {
    count: u64,
    hash: u64,
}

impl Balance {
    const fn with(self, number: u64) -> Self {
        Self {
            count: self.count + 1,
            hash: self.hash.wrapping_mul(31).wrapping_add(number),
        }
    }
}

impl Project<Deposited> for Balance {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
        Some(view.unwrap_or_default().with(event.number))
    }
}

/// The deposits by the last digit of their number: events of all accounts in one document.
#[derive(View, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[view(events(Deposited), key = u64, name = "digits")]
pub(crate) struct Digit {
    sum: u64,
}

impl Project<Deposited> for Digit {
    fn keys(event: &Recorded<Deposited>) -> Keys<u64> {
        Keys::one(event.number % 10)
    }

    fn project(view: Option<Self>, _: &u64, event: &Recorded<Deposited>) -> Option<Self> {
        let sum = view.unwrap_or_default().sum + event.number;
        Some(Self { sum })
    }
}

#[derive(Query)]
#[query(view = Balance, local)]
pub(crate) struct GetBalance {
    #[id]
    pub(crate) account: String,
}

#[derive(Query)]
#[query(view = Digit, local)]
pub(crate) struct GetDigit {
    #[id]
    digit: u64,
}

/// Deposits once, and answers what came of it.
pub(crate) async fn deposit(app: &App, number: u64) -> Result<(), DispatchError<Infallible>> {
    let id = CommandId::from_key(&number.to_string());
    let account = (number % ACCOUNTS).to_string();
    match app.with_id(id).dispatch(Deposit { account, number }).await {
        Ok(_) | Err(DispatchError::AlreadyHandled { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Deposits until it is acknowledged. What is told meanwhile says that trying again is worth it.
pub(crate) async fn deposit_surely(app: &App, number: u64) {
    while let Err(error) = deposit(app, number).await {
        assert!(error.is_transient(), "{error}: {error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Users that deposit all the time.
pub(crate) struct Load {
    stop: watch::Sender<bool>,
    acknowledged: watch::Sender<u64>,
    users: JoinSet<Vec<u64>>,
}

impl Load {
    /// Four users of each app, whose numbers are above `first`.
    pub(crate) fn on(apps: &[&App], first: u64) -> Self {
        let stop = watch::Sender::new(false);
        let acknowledged = watch::Sender::new(0);
        let mut users = JoinSet::new();
        for &app in apps {
            for _ in 0..4 {
                let first = first + u64::try_from(users.len()).unwrap() * 1_000_000;
                let (app, stopped, counter) = (app.clone(), stop.subscribe(), acknowledged.clone());
                users.spawn(async move {
                    let mut numbers = Vec::new();
                    for number in first.. {
                        if *stopped.borrow() {
                            break;
                        }
                        deposit_surely(&app, number).await;
                        numbers.push(number);
                        counter.send_modify(|count| *count += 1);
                    }
                    numbers
                });
            }
        }
        Self {
            stop,
            acknowledged,
            users,
        }
    }

    /// Waits until so many more are acknowledged.
    pub(crate) async fn goes_on(&self, more: u64) {
        let mut acknowledged = self.acknowledged.subscribe();
        let enough = *acknowledged.borrow() + more;
        let waited = acknowledged.wait_for(|count| *count >= enough);
        let waited = tokio::time::timeout(Duration::from_secs(20), waited).await;
        waited.expect("deposits are acknowledged").unwrap();
    }

    /// Waits for the users, and answers what was acknowledged to them.
    pub(crate) async fn ends(self) -> BTreeSet<u64> {
        self.stop.send_replace(true);
        let all = tokio::time::timeout(Duration::from_secs(20), self.users.join_all()).await;
        all.expect("the users end").into_iter().flatten().collect()
    }
}

/// Holds both views against the log, and answers the numbers in it, each of which is there once.
pub(crate) async fn audited(app: &App, store: &dyn EventStore) -> BTreeSet<u64> {
    let (mut balances, mut digits) = (BTreeMap::new(), BTreeMap::new());
    let (mut numbers, mut after) = (BTreeSet::new(), Position::START);
    loop {
        let range = Range::after(after).limit(1_000);
        let page = store.read(&EventQuery::all(), range).await.unwrap();
        let Some(last) = page.events.last() else {
            break;
        };
        after = last.meta.position;
        for event in page.events {
            let Deposited { number } = serde_json::from_slice(&event.payload).unwrap();
            assert!(numbers.insert(number), "deposit {number} is there twice");
            let balance: &mut Balance = balances
                .entry(event.meta.stream.id().to_owned())
                .or_default();
            *balance = balance.clone().with(number);
            *digits.entry(number % 10).or_default() += number;
        }
    }
    let caught_up = tokio::time::timeout(Duration::from_secs(20), app.caught_up()).await;
    caught_up.expect("the views catch up").unwrap();
    for (account, expected) in balances {
        let id = account.clone();
        let seen = app.ask(GetBalance { account: id }).await.unwrap();
        assert_eq!(seen, Some(expected), "account {account}");
    }
    for (digit, sum) in digits {
        let seen = app.ask(GetDigit { digit }).await.unwrap();
        assert_eq!(seen, Some(Digit { sum }), "digit {digit}");
    }
    assert_eq!(app.parked().await.unwrap(), []);
    numbers
}
