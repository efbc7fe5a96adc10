//! Reading documents: by key, in order, by index, page by page.

use cqrs_core::{Memory, ReadViewError};

use crate::stock::{Added, Total, added, get, record, with_view};

fn items(totals: &[Total]) -> Vec<&str> {
    totals.iter().map(|total| &*total.item).collect()
}

#[tokio::test]
async fn documents_are_found_by_key_alone_and_together() {
    let (app, views) = with_view::<Total>(Memory::new()).await;
    for (number, item) in ["b", "a", "c"].into_iter().enumerate() {
        record(&app, item, added(number as u64)).await;
    }
    app.caught_up().await.unwrap();

    assert_eq!(views.get("a").await.unwrap().unwrap().amount, 1);
    assert_eq!(views.get(&"b".to_owned()).await.unwrap().unwrap().amount, 0);
    assert!(views.get("d").await.unwrap().is_none());
    let many = views.get_many(["c", "d", "a"]).await.unwrap();
    let many: Vec<_> = many
        .iter()
        .map(|total| total.as_ref().map(|total| &*total.item))
        .collect();
    assert_eq!(many, [Some("c"), None, Some("a")]);
    assert_eq!(views.count().await.unwrap(), 3);
    assert_eq!(items(&views.list().await.unwrap()), ["a", "b", "c"]);
    assert_eq!(items(&views.list().skip(1).take(1).await.unwrap()), ["b"]);
}

#[tokio::test]
async fn pages_by_cursor_are_stable_while_others_write() {
    let (app, views) = with_view::<Total>(Memory::new()).await;
    for number in (10..60).step_by(2) {
        record(&app, &format!("item{number}"), added(number)).await;
    }
    app.caught_up().await.unwrap();
    let (mut seen, mut last, mut number) = (Vec::new(), String::new(), 11);
    loop {
        let page = views.list().after(&last).take(3).await.unwrap();
        let Some(end) = page.last() else { break };
        last.clone_from(&end.item);
        seen.extend(page.into_iter().map(|total| total.amount));
        // In front of the cursor and behind it.
        for item in [format!("item{number}"), "item00".into()] {
            record(&app, &item, added(number)).await;
        }
        app.caught_up().await.unwrap();
        number += 2;
    }
    let even: Vec<_> = seen
        .iter()
        .copied()
        .filter(|amount| amount % 2 == 0)
        .collect();
    assert_eq!(even, (10..60).step_by(2).collect::<Vec<_>>());
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(seen, once);
}

#[tokio::test]
async fn an_index_finds_orders_and_pages() {
    let (app, views) = with_view::<Total>(Memory::new()).await;
    for (item, amount, group) in [
        ("a", 300, "x"),
        ("b", 5, "y"),
        ("c", 5, "x"),
        ("d", 1_000, "y"),
    ] {
        let event = Added {
            amount,
            group: group.into(),
            trap: String::new(),
        };
        record(&app, item, event).await;
    }
    get::<Total>(&app, "a").await;

    assert_eq!(
        items(&views.by(Total::GROUP, "x").await.unwrap()),
        ["a", "c"]
    );
    assert_eq!(views.by(Total::GROUP, "x").count().await.unwrap(), 2);
    let next = views.by(Total::GROUP, "x").after("a").await.unwrap();
    assert_eq!(items(&next), ["c"]);
    assert_eq!(
        items(&views.by(Total::AMOUNT, &5).await.unwrap()),
        ["b", "c"]
    );

    let all = views.range(Total::AMOUNT, ..).await.unwrap();
    assert_eq!(items(&all), ["b", "c", "a", "d"]);
    let middle = views.range(Total::AMOUNT, 5..=300);
    assert_eq!(items(&middle.await.unwrap()), ["b", "c", "a"]);
    assert_eq!(views.range(Total::AMOUNT, 300..).count().await.unwrap(), 2);
    let page = views
        .range(Total::AMOUNT, ..=300)
        .after_entry(&5, "b")
        .take(1);
    assert_eq!(items(&page.await.unwrap()), ["c"]);

    // What changes moves in the index.
    record(&app, "b", added(1)).await;
    get::<Total>(&app, "b").await;
    assert_eq!(items(&views.by(Total::AMOUNT, &5).await.unwrap()), ["c"]);
    assert_eq!(items(&views.by(Total::AMOUNT, &6).await.unwrap()), ["b"]);
}

#[tokio::test]
async fn a_document_of_another_shape_is_told_and_no_panic() {
    let store = Memory::new();
    let (app, views) = with_view::<Total>(store.clone()).await;
    record(&app, "pen", added(1)).await;
    app.caught_up().await.unwrap();
    app.shutdown().await.unwrap();
    let (of, stored) = cqrs_core::store::documents::ViewStore::subscriptions(&store.clone())
        .await
        .unwrap()
        .remove(0);
    let key = cqrs_core::ordered_bytes("pen").unwrap().into();
    let other = cqrs_core::store::documents::PageCommit {
        subscription: of,
        expected: Some(stored),
        checkpoint: stored,
        reset: false,
        documents: vec![cqrs_core::store::documents::DocumentChange {
            key,
            content: Some((b"{\"old\":1}".as_slice().into(), Vec::new())),
        }],
        park: Vec::new(),
        unpark: Vec::new(),
    };
    cqrs_core::store::documents::ViewStore::commit(&store.clone(), other)
        .await
        .unwrap();
    drop(views);

    let (app, views) = with_view::<Total>(store).await;
    let error = views.get("pen").await.unwrap_err();
    assert!(matches!(error, ReadViewError::Shape { .. }), "{error:?}");
    record(&app, "pen", added(1)).await;
    let error = app.ask(crate::stock::Get::<Total>("pen".into())).await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("raise the view's version")
    );
}
