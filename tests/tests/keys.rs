//! Documents are listed in the order of their keys, not of the keys' texts.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, Event, Handler, HandlerContext, HandlerError,
    Keys, Memory, Project, Recorded, Store, View, Views, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Lent;

#[derive(Aggregate, Default)]
#[aggregate(events(Lent))]
struct Thing;

impl Apply<Lent> for Thing {
    fn apply(&mut self, _: &Lent) {}
}

/// One loan of a thing: its key is a pair.
#[derive(View, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(Lent), key = (i64, String))]
struct Loan {
    place: (i64, String),
}

impl Project<Lent> for Loan {
    fn keys(event: &Recorded<Lent>) -> Keys<(i64, String)> {
        // Negative numbers come first, and 10 after 9.
        let number = i64::try_from(event.revision().get()).unwrap_or(i64::MAX) - 3;
        Keys::one((number, event.stream().id().to_owned()))
    }

    fn project(_: Option<Self>, key: &(i64, String), _: &Recorded<Lent>) -> Option<Self> {
        let place = key.clone();
        Some(Self { place })
    }
}

/// Gives the view to a test.
#[derive(Command)]
#[command(handler = Library, output = Views<Loan>, local)]
struct Lend;

#[derive(Handler)]
struct Library {
    loans: Views<Loan>,
}

impl CommandHandler<Lend> for Library {
    async fn handle(&self, _: Lend, _: &HandlerContext) -> Result<Views<Loan>, HandlerError> {
        Ok(self.loans.clone())
    }
}

async fn keys_have_their_own_order(store: impl Store) {
    let app = App::builder(store).start().await.unwrap();
    let loans = app.dispatch(Lend).await.unwrap().into_output();
    for (thing, times) in [("emma", 15), ("Red", 2)] {
        let lent: Vec<_> = (0..times).map(|_| Lent).collect();
        app.record::<Thing>(&thing.to_owned(), lent).await.unwrap();
    }
    app.caught_up().await.unwrap();

    let mut expected: Vec<_> = (-2..=12)
        .map(|number| (number, "emma".to_owned()))
        .collect();
    expected.extend([(-2, "Red".to_owned()), (-1, "Red".to_owned())]);
    expected.sort();
    let places = |loans: Vec<Loan>| -> Vec<_> {
        let loans = loans.into_iter();
        loans.map(|loan| loan.place).collect()
    };
    assert_eq!(places(loans.list().await.unwrap()), expected);

    // Page by page, and behind a key that no document has.
    let (mut seen, mut last) = (Vec::new(), (i64::MIN, String::new()));
    loop {
        let page = places(loans.list().after(&last).take(4).await.unwrap());
        let Some(end) = page.last() else { break };
        last = end.clone();
        seen.extend(page);
    }
    assert_eq!(seen, expected);
    let skipped = loans.list().skip(15).take(9).await.unwrap();
    assert_eq!(places(skipped), expected[15..]);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn keys_are_listed_in_their_own_order() {
    keys_have_their_own_order(Memory::new()).await;
}

#[tokio::test]
async fn keys_are_listed_in_their_own_order_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    keys_have_their_own_order(Sqlite::open(folder.path().join("store.db")).unwrap()).await;
}
