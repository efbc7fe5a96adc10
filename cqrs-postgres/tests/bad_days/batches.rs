//! Requests that are sent together have nothing to do with each other.

use std::time::{Duration, Instant};

use cqrs_core::{
    Append, AppendError, EventStore, Expected, Revision,
    store::{append::Reply, error::StoreErrorKind},
};
use cqrs_postgres::Postgres;

use crate::make;

/// T07: 64 requests at once, one with a conflict: the other 63 are stored, in one batch's time.
#[tokio::test]
async fn one_conflict_takes_none_of_63_others_along() {
    let (store, _database) = make::fresh().await;
    for round in 0..40 {
        let stale = Append::new().stream(
            make::stream("s0"),
            Expected::Exactly(Revision::new(1_000)),
            [make::event("stale")],
        );
        let refusal = together(&store, round, stale).await;
        assert!(
            matches!(refusal, AppendError::Conflict { .. }),
            "{refusal:?}"
        );
    }
    make::assert_sound(&store).await;
}

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
        let poison = make::append("poison", [make::event("poison")]);
        let refusal = together(&store, round, poison).await;
        let AppendError::Store(error) = &refusal else {
            panic!("{refusal:?}");
        };
        assert_eq!(error.kind(), StoreErrorKind::Other, "{error:?}");
    }
    make::assert_sound(&store).await;
}

/// Submits 64 at once, of which the one at a random place is `odd`, and answers why that was refused.
async fn together(store: &Postgres, round: u64, odd: Append) -> AppendError {
    let place = round * 13 % 64;
    let before = store.head().await.expect("a head").get();
    let began = Instant::now();
    let waiting: Vec<_> = (0..64)
        .map(|number| {
            let append = if number == place {
                odd.clone()
            } else {
                make::append(&format!("s{number}"), [make::event("good")])
            };
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
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "a batch took {took:?}");
    let after = store.head().await.expect("a head").get();
    assert_eq!(after - before, 63);
    refusal.expect("the odd one is refused")
}
