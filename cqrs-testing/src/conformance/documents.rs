//! The documents of views.

use bytes::Bytes;
use cqrs_core::store::documents::{
    Document, DocumentChange, PageCommit, Selection, Subscription, SubscriptionKind,
};

use super::{
    subject::{Subject, broken, holds, same},
    subscriptions::{at, checkpoint, commit, moved, page, view},
};

pub(super) fn put(key: &str, content: &str) -> DocumentChange {
    DocumentChange {
        key: bytes(key),
        content: Some((bytes(content), Vec::new())),
    }
}

pub(super) fn delete(key: &str) -> DocumentChange {
    DocumentChange {
        key: bytes(key),
        content: None,
    }
}

pub(super) fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Commits changes of documents, wherever the view stands.
pub(super) async fn change(
    s: &Subject,
    view: &Subscription,
    documents: impl IntoIterator<Item = DocumentChange>,
) {
    let stands = checkpoint(s, view).await;
    let next = at(stands.map_or(0, |checkpoint| checkpoint.position.get()) + 1);
    commit(
        s,
        PageCommit {
            documents: documents.into_iter().collect(),
            ..page(view, stands, next)
        },
    )
    .await;
}

pub(super) async fn get(s: &Subject, view: &Subscription, keys: &[&str]) -> Vec<Option<Bytes>> {
    let keys: Vec<_> = keys.iter().map(|key| bytes(key)).collect();
    match s.documents(view, &keys).await {
        Ok(reading) => reading.found,
        Err(error) => broken("documents can be read", &error),
    }
}

pub(super) async fn list(s: &Subject, view: &Subscription, selection: &Selection) -> Vec<Document> {
    match s.list(view, selection).await {
        Ok(reading) => reading.found,
        Err(error) => broken("documents can be listed", &error),
    }
}

async fn keys(s: &Subject, view: &Subscription, selection: &Selection) -> Vec<Bytes> {
    let documents = list(s, view, selection).await;
    documents.into_iter().map(|document| document.key).collect()
}

async fn count(s: &Subject, view: &Subscription, selection: &Selection) -> u64 {
    match s.count(view, selection).await {
        Ok(reading) => reading.found,
        Err(error) => broken("documents can be counted", &error),
    }
}

pub(super) async fn a_view_that_never_committed_has_no_documents(s: Subject) {
    let users = view("users");

    same(get(&s, &users, &["a", "b"]).await, vec![None, None], "none");
    let all = Selection::default();
    same(list(&s, &users, &all).await, Vec::new(), "an empty list");
    same(count(&s, &users, &all).await, 0, "none to count");
}

pub(super) async fn documents_come_back_in_the_order_asked_for(s: Subject) {
    let users = view("users");
    change(&s, &users, [put("a", "1"), put("b", "2"), put("c", "3")]).await;

    same(
        get(&s, &users, &["c", "x", "a", "c"]).await,
        vec![Some(bytes("3")), None, Some(bytes("1")), Some(bytes("3"))],
        "one answer a key, in the order of the keys, `None` for one that is not there",
    );
    same(get(&s, &users, &[]).await, vec![], "no keys, no answers");
}

pub(super) async fn many_documents_are_found_at_once(s: Subject) {
    let users = view("users");
    let texts: Vec<_> = (0..2_000).map(|number| number.to_string()).collect();
    change(&s, &users, texts.iter().map(|text| put(text, text))).await;
    let keys: Vec<_> = texts.iter().map(String::as_str).collect();

    let found = get(&s, &users, &keys).await;
    let expected: Vec<_> = texts.iter().map(|text| Some(bytes(text))).collect();
    holds(found == expected, "thousands of keys fit in one question");
}

pub(super) async fn a_document_is_overwritten_and_deleted(s: Subject) {
    let users = view("users");
    change(&s, &users, [put("a", "1"), put("b", "1")]).await;
    change(&s, &users, [put("a", "2"), delete("b"), delete("none")]).await;

    same(
        get(&s, &users, &["a", "b"]).await,
        vec![Some(bytes("2")), None],
        "the last change counts; deleting what is not there is no error",
    );
    change(&s, &users, [put("b", "3")]).await;
    same(
        get(&s, &users, &["b"]).await,
        vec![Some(bytes("3"))],
        "a deleted document can come back",
    );
}

pub(super) async fn keys_and_contents_are_any_bytes(s: Subject) {
    let users = view("users");
    let long = vec![7; 100_000];
    let odd: &[&[u8]] = &[b"", b"\0", b"\xff\xfe", b"%", b"'", &long];
    let document = |bytes: &&[u8]| DocumentChange {
        key: Bytes::copy_from_slice(&bytes[..bytes.len().min(200)]),
        content: Some((Bytes::copy_from_slice(bytes), Vec::new())),
    };
    change(&s, &users, odd.iter().map(document)).await;

    let keys: Vec<_> = odd.iter().map(|bytes| document(bytes).key).collect();
    let reading = s.documents(&users, &keys).await.expect("they can be read");
    for (found, given) in reading.found.iter().zip(odd) {
        holds(found.as_deref() == Some(given), "bytes come back as given");
    }
}

pub(super) async fn documents_are_listed_by_the_bytes_of_their_keys(s: Subject) {
    let users = view("users");
    let sorted: Vec<Bytes> = [
        &b""[..],
        b"\0",
        b"\0\0",
        b"A",
        b"B",
        b"a",
        b"a\0",
        b"aa",
        b"b",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\xff\0",
    ]
    .map(Bytes::from_static)
    .into();
    let changes = sorted.iter().rev().map(|key| DocumentChange {
        key: key.clone(),
        content: Some((key.clone(), Vec::new())),
    });
    change(&s, &users, changes).await;

    let listed = keys(&s, &users, &Selection::default()).await;
    same(listed, sorted, "bytes without sign, the shorter one first");
}

/// A view with the documents `0` to `9`.
async fn ten(s: &Subject) -> Subscription {
    let users = view("users");
    let digits = (0..10).map(|digit| digit.to_string());
    let digits: Vec<_> = digits.map(|digit| put(&digit, &digit)).collect();
    change(s, &users, digits).await;
    users
}

pub(super) async fn a_list_skips_and_takes(s: Subject) {
    let users = ten(&s).await;
    let part = |skip, take| Selection {
        skip,
        take,
        ..Selection::default()
    };

    let some = keys(&s, &users, &part(2, Some(3))).await;
    same(some, ["2", "3", "4"].map(bytes).into(), "skip and take");
    let rest = keys(&s, &users, &part(8, Some(5))).await;
    same(rest, ["8", "9"].map(bytes).into(), "until the end");
    let rest = keys(&s, &users, &part(9, None)).await;
    same(rest, vec![bytes("9")], "without take: all of the rest");
    for (skip, take) in [(10, None), (u64::MAX, None), (0, Some(0))] {
        same(keys(&s, &users, &part(skip, take)).await, vec![], "nothing");
    }
    let all = keys(&s, &users, &part(0, Some(u64::MAX))).await;
    same(all.len(), 10, "no number is too large");
}

pub(super) async fn a_list_goes_on_behind_a_key(s: Subject) {
    let users = ten(&s).await;
    let behind = |key, skip| Selection {
        after: Some((None, bytes(key))),
        skip,
        take: Some(2),
        ..Selection::default()
    };

    let some = keys(&s, &users, &behind("3", 0)).await;
    same(some, ["4", "5"].map(bytes).into(), "behind the key");
    let some = keys(&s, &users, &behind("35", 0)).await;
    same(
        some,
        ["4", "5"].map(bytes).into(),
        "a key that is not there",
    );
    let some = keys(&s, &users, &behind("3", 1)).await;
    same(some, ["5", "6"].map(bytes).into(), "skip counts from there");
    same(keys(&s, &users, &behind("9", 0)).await, vec![], "the end");
}

pub(super) async fn pages_of_a_list_are_stable_while_others_write(s: Subject) {
    let users = ten(&s).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let selection = Selection {
            after: after.take().map(|key| (None, key)),
            take: Some(3),
            ..Selection::default()
        };
        let page = keys(&s, &users, &selection).await;
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        // Before the cursor: it moves nothing.
        change(&s, &users, [delete("0"), put("00", "new")]).await;
        seen.extend(page);
    }
    let expected: Vec<_> = (0..10).map(|digit| bytes(&digit.to_string())).collect();
    same(seen, expected, "each document that was there comes once");
}

pub(super) async fn a_count_leaves_skip_after_and_take_aside(s: Subject) {
    let users = ten(&s).await;
    let part = Selection {
        skip: 3,
        take: Some(2),
        after: Some((None, bytes("5"))),
        by: None,
    };

    same(count(&s, &users, &part).await, 10, "all documents count");
    change(&s, &users, [delete("5")]).await;
    same(count(&s, &users, &part).await, 9, "all that are there");
}

pub(super) async fn the_documents_of_views_are_apart(s: Subject) {
    let second = Subscription {
        version: 2,
        ..view("users")
    };
    let handler = Subscription {
        kind: SubscriptionKind::Handler,
        ..view("users")
    };
    let views = [view("users"), second, handler, view("accounts")];
    for (number, view) in views.iter().enumerate() {
        change(&s, view, [put("a", &number.to_string())]).await;
    }

    for (number, view) in views.iter().enumerate() {
        same(
            get(&s, view, &["a"]).await,
            vec![Some(bytes(&number.to_string()))],
            "each generation of each view has its own",
        );
        same(count(&s, view, &Selection::default()).await, 1, "its own");
    }
}

pub(super) async fn a_late_commit_changes_no_document(s: Subject) {
    let users = view("users");
    change(&s, &users, [put("a", "1")]).await;
    let late = PageCommit {
        documents: vec![put("a", "late"), put("b", "late")],
        reset: true,
        ..page(&users, None, at(9))
    };

    moved(&s, late, "the checkpoint is another").await;
    same(
        get(&s, &users, &["a", "b"]).await,
        vec![Some(bytes("1")), None],
        "of a commit that is late nothing is stored",
    );
}

pub(super) async fn a_reset_deletes_what_was_there_first(s: Subject) {
    let users = ten(&s).await;
    let other = view("accounts");
    change(&s, &other, [put("a", "1")]).await;
    let stands = checkpoint(&s, &users).await;
    let again = PageCommit {
        reset: true,
        documents: vec![put("3", "new"), put("x", "new")],
        ..page(&users, stands, at(1))
    };
    commit(&s, again).await;

    let listed = keys(&s, &users, &Selection::default()).await;
    same(listed, ["3", "x"].map(bytes).into(), "only what is new");
    same(checkpoint(&s, &users).await, Some(at(1)), "it may go back");
    same(
        get(&s, &other, &["a"]).await,
        vec![Some(bytes("1"))],
        "others",
    );
}

pub(super) async fn forgetting_leaves_nothing_of_a_subscription(s: Subject) {
    let users = ten(&s).await;
    let other = view("accounts");
    change(&s, &other, [put("a", "1")]).await;
    for _ in 0..2 {
        if let Err(error) = s.forget(&users).await {
            broken("a subscription can be forgotten, more than once", &error);
        }
    }

    same(checkpoint(&s, &users).await, None, "no checkpoint");
    same(
        count(&s, &users, &Selection::default()).await,
        0,
        "no document",
    );
    let listed = s.subscriptions().await.expect("they can be listed");
    same(listed.len(), 1, "it is not listed");
    same(
        get(&s, &other, &["a"]).await,
        vec![Some(bytes("1"))],
        "others",
    );
    change(&s, &users, [put("a", "again")]).await;
}

pub(super) async fn a_reader_sees_whole_commits(s: Subject) {
    let users = view("users");
    change(&s, &users, [put("a", "0"), put("b", "0")]).await;
    let writer = tokio::spawn({
        let (s, users) = (s.clone(), users.clone());
        async move {
            for number in 1..200 {
                let number = number.to_string();
                change(&s, &users, [put("a", &number), put("b", &number)]).await;
            }
        }
    });
    while !writer.is_finished() {
        let found = get(&s, &users, &["a", "b"]).await;
        same(
            &found[0],
            &found[1],
            "documents of one commit change together",
        );
        let listed = list(&s, &users, &Selection::default()).await;
        same(&listed[0].content, &listed[1].content, "in a list too");
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer writes");
}
