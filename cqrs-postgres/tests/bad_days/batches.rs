//! Requests that are sent together have nothing to do with each other.

use cqrs_core::{
    AppendError, EventStore,
    store::{append::Reply, error::StoreErrorKind},
};
use cqrs_postgres::Postgres;

use crate::make;

/// T07: 64 requests at once, one of which the database cannot hold: the other 63 are stored.
#[tokio::test]
async fn one_poison_takes_none_of_63_others_along() {
    let (store, database) = make::fresh().await;
    let client = make::client(database.url()).await;
    make::run(
        &client,
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.payload = '\"poison\"' THEN RAISE EXCEPTION USING ERRCODE = 'data_exception'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON cqrs.events FOR EACH ROW EXECUTE FUNCTION public.refuse()",
    )
    .await;
    for round in 0..6 {
        let refusal = together(&store, round).await;
        let AppendError::Store(error) = &refusal else {
            panic!("{refusal:?}");
        };
        assert_eq!(error.kind(), StoreErrorKind::Other, "{error:?}");
    }
    make::assert_sound(&store).await;
}

/// Submits 64 at once, of which the one at some place is poison, and answers why that was refused.
async fn together(store: &Postgres, round: u64) -> AppendError {
    let place = round * 13 % 64;
    let before = store.head().await.expect("a head").get();
    let waiting: Vec<_> = (0..64)
        .map(|number| {
            let payload = if number == place { "poison" } else { "good" };
            let append = make::append(&format!("s{number}"), [make::event(payload)]);
            let (reply, answer) = Reply::channel();
            store.submit(append, reply);
            answer
        })
        .collect();
    let mut refusal = None;
    for (number, answer) in (0..).zip(waiting) {
        match answer.await {
            Err(error) if number == place => refusal = Some(error),
            answer => drop(answer.expect("the others are stored")),
        }
    }
    let after = store.head().await.expect("a head").get();
    assert_eq!(after - before, 63);
    refusal.expect("the odd one is refused")
}
