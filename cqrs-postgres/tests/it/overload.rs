//! More than fits.

use cqrs_core::{AppendError, EventStore, store::Limits, store::append::Reply};
use cqrs_postgres::Postgres;

use crate::make;

#[tokio::test]
async fn what_waits_is_bounded_and_the_rest_is_told_so_at_once() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::options()
        .limits(Limits::default().queued(10))
        .connect(database.url())
        .await
        .expect("a store");
    let owner = make::owner(database.url()).await;
    owner
        .batch_execute("BEGIN; SELECT cqrs.lock_log_v1()")
        .await
        .expect("locked");

    let mut answers = Vec::new();
    for index in 0..50 {
        let (reply, answer) = Reply::channel();
        store.submit(make::append(&index.to_string(), [make::event("x")]), reply);
        answers.push(answer);
        tokio::task::yield_now().await;
    }
    owner.batch_execute("ROLLBACK").await.expect("let go");

    let (mut stored, mut refused) = (0, 0);
    for answer in answers {
        match answer.await {
            Ok(_) => stored += 1,
            Err(AppendError::Overloaded { waiting }) => {
                assert_eq!(waiting, 10);
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(
        stored >= 10 && refused > 0,
        "{stored} stored, {refused} refused"
    );
    make::assert_sound(&store).await;
}
