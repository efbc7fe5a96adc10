//! What was made of an erased stream goes with it.

use cqrs_core::{EventStore, Memory, StreamId};

use crate::stock::{Get, Group, Total, added, get, record, set_trap, trapped, with_view};

fn stream(item: &str) -> StreamId {
    StreamId::new("Item", item).unwrap()
}

#[tokio::test]
async fn the_document_of_an_erased_stream_goes_and_no_other() {
    let store = Memory::new();
    let (app, views) = with_view::<Total>(store.clone()).await;
    for item in ["pen", "ink"] {
        record(&app, item, added(1)).await;
    }
    app.caught_up().await.unwrap();

    store.erase(&stream("pen")).await.unwrap();
    // Of another aggregate, with the id of an item.
    let other = StreamId::new("Other", "ink").unwrap();
    assert_eq!(store.erase(&other).await.unwrap(), 0);
    app.caught_up().await.unwrap();
    assert_eq!(get::<Total>(&app, "pen").await, None);
    assert_eq!(get::<Total>(&app, "ink").await.unwrap().amount, 1);
    // Nothing of it is found by an index either.
    assert_eq!(views.by(Total::AMOUNT, &1).count().await.unwrap(), 1);

    // The stream goes on from nothing.
    record(&app, "pen", added(5)).await;
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 5);
    app.shutdown().await.unwrap();

    // A restart, and a generation that is built from the erased log, see the same.
    let (again, _) = with_view::<Total>(store.clone()).await;
    assert_eq!(get::<Total>(&again, "pen").await.unwrap().amount, 5);
    let (anew, _) = with_view::<Total<2>>(store).await;
    assert_eq!(get::<Total<2>>(&anew, "pen").await.unwrap().amount, 5);
    assert_eq!(get::<Total<2>>(&anew, "ink").await.unwrap().amount, 1);
}

#[tokio::test]
async fn what_is_parked_of_an_erased_stream_goes_with_it() {
    let trap = "what_is_parked_of_an_erased_stream";
    set_trap(trap, true);
    let store = Memory::new();
    let (app, _) = with_view::<Total>(store.clone()).await;
    record(&app, "pen", added(1)).await;
    record(&app, "pen", trapped(1, trap)).await;
    app.caught_up().await.unwrap();
    assert_eq!(app.parked().await.unwrap().len(), 1);

    store.erase(&stream("pen")).await.unwrap();
    record(&app, "pen", added(3)).await;
    assert_eq!(get::<Total>(&app, "pen").await.unwrap().amount, 3);
    assert!(app.parked().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_view_whose_documents_mix_streams_is_built_again_without_the_erased_one() {
    let store = Memory::new();
    let (app, _) = with_view::<Group>(store.clone()).await;
    for item in ["pen", "ink", "pen"] {
        record(&app, item, added(10)).await;
    }
    assert_eq!(get::<Group>(&app, "all").await.unwrap().amount, 30);

    store.erase(&stream("pen")).await.unwrap();
    app.caught_up().await.unwrap();
    let group = get::<Group>(&app, "all").await.unwrap();
    assert_eq!((group.events, group.amount), (1, 10));

    record(&app, "pen", added(5)).await;
    assert_eq!(get::<Group>(&app, "all").await.unwrap().amount, 15);
    // A second erasing finds only what came since.
    store.erase(&stream("pen")).await.unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(get::<Group>(&app, "all").await.unwrap().amount, 10);
    app.shutdown().await.unwrap();
    let (app, _) = with_view::<Group>(store).await;
    assert_eq!(get::<Group>(&app, "all").await.unwrap().amount, 10);
    assert!(
        app.ask(Get::<Group>("none".into()))
            .await
            .unwrap()
            .is_none()
    );
}
