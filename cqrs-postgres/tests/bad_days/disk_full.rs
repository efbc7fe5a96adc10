//! No space left on the server's disk.

use cqrs_core::{EventStore, store::error::StoreErrorKind};
use tokio::task::JoinSet;

use crate::make;

/// T25: what needs space fails with an error that says so, reading goes on, and so does writing when there is space again.
///
/// The server says what it says when a file cannot grow, from a trigger.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reading_goes_on_and_so_does_writing_when_there_is_space_again() {
    let (store, database) = make::fresh().await;
    make::fill(&store, 20).await;
    let client = make::client(database.url()).await;
    make::run(
        &client,
        "CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF length(NEW.payload) > 100 THEN
                 RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER f BEFORE INSERT ON cqrs.events FOR EACH ROW EXECUTE FUNCTION public.full()",
    )
    .await;
    let tasks = (0..64).map(|task| {
        let store = store.clone();
        let large = task % 2 == 0;
        let payload = if large {
            "x".repeat(1_000)
        } else {
            "x".to_owned()
        };
        async move {
            let append = make::append(&format!("d{task}"), [make::event(&payload)]);
            (large, make::store(&store, append).await)
        }
    });
    for (large, answer) in tasks.collect::<JoinSet<_>>().join_all().await {
        if large {
            let error = make::failure(answer);
            assert_eq!(error.kind(), StoreErrorKind::Full, "{error:?}");
            assert!(error.is_transient());
        } else {
            answer.expect("there is space for it");
        }
    }
    assert_eq!(store.head().await.expect("a head").get(), 20 + 32);
    assert_eq!(make::everything(&store).await.len(), 20 + 32);

    make::run(&client, "DROP TRIGGER f ON cqrs.events").await;
    let append = make::append("d0", [make::event(&"x".repeat(1_000))]);
    make::store(&store, append)
        .await
        .expect("there is space again");
    make::assert_sound(&store).await;
}
