//! Finding documents by the values of their indexes.

use bytes::Bytes;
use cqrs_core::store::documents::{
    DocumentChange, IndexRange, IndexValue, PageCommit, Selection, Subscription,
};

use super::{
    documents::{bytes, change, delete, list, put},
    subject::{Subject, broken, same},
    subscriptions::{at, checkpoint, commit, page, view},
};

fn indexed(key: &str, values: &[(&'static str, &str)]) -> DocumentChange {
    let values = values.iter().map(|(index, value)| IndexValue {
        index: (*index).into(),
        value: bytes(value),
    });
    DocumentChange {
        key: bytes(key),
        content: Some((bytes(key), values.collect())),
    }
}

fn by(index: &'static str, from: Option<&str>, to: Option<&str>) -> Selection {
    Selection {
        by: Some(IndexRange {
            index: index.into(),
            from: from.map(bytes),
            to: to.map(bytes),
        }),
        ..Selection::default()
    }
}

async fn found(s: &Subject, view: &Subscription, selection: &Selection) -> Vec<String> {
    let documents = list(s, view, selection).await;
    let text = |key: &Bytes| String::from_utf8_lossy(key).into_owned();
    documents
        .iter()
        .map(|document| text(&document.key))
        .collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Five users in three towns, one without.
async fn users(s: &Subject) -> Subscription {
    let users = view("users");
    let documents = [
        indexed("a", &[("town", "Ulm"), ("age", "30")]),
        indexed("b", &[("town", "Bonn"), ("age", "40")]),
        indexed("c", &[("town", "Ulm"), ("age", "20")]),
        indexed("d", &[("town", "Celle")]),
        put("e", "nowhere"),
    ];
    change(s, &users, documents).await;
    users
}

pub(super) async fn an_index_lists_by_value_and_then_key(s: Subject) {
    let users = users(&s).await;

    let towns = found(&s, &users, &by("town", None, None)).await;
    same(towns, texts(&["b", "d", "a", "c"]), "by value, then key");
    let ages = found(&s, &users, &by("age", None, None)).await;
    same(
        ages,
        texts(&["c", "a", "b"]),
        "only documents that have a value",
    );
}

pub(super) async fn an_index_finds_a_value(s: Subject) {
    let users = users(&s).await;

    let ulm = found(&s, &users, &by("town", Some("Ulm"), Some("Ulm"))).await;
    same(ulm, texts(&["a", "c"]), "the documents with that value");
    for other in ["ulm", "Ul", "Ulms", ""] {
        let none = found(&s, &users, &by("town", Some(other), Some(other))).await;
        same(none, texts(&[]), "values are compared whole");
    }
}

pub(super) async fn the_ends_of_a_range_belong_to_it(s: Subject) {
    let users = users(&s).await;

    let range = found(&s, &users, &by("town", Some("Bonn"), Some("Celle"))).await;
    same(range, texts(&["b", "d"]), "from and to are in it");
    let range = found(&s, &users, &by("town", Some("C"), None)).await;
    same(range, texts(&["d", "a", "c"]), "open above");
    let range = found(&s, &users, &by("town", None, Some("Celle"))).await;
    same(range, texts(&["b", "d"]), "open below");
    let range = found(&s, &users, &by("town", Some("Z"), Some("A"))).await;
    same(range, texts(&[]), "a range that is turned is empty");
}

pub(super) async fn an_index_that_nobody_has_is_empty(s: Subject) {
    let users = users(&s).await;

    let none = found(&s, &users, &by("shoe size", None, None)).await;
    same(none, texts(&[]), "no document has it");
}

pub(super) async fn the_values_of_a_changed_document_change(s: Subject) {
    let users = users(&s).await;
    let changes = [
        indexed("a", &[("town", "Aalen")]),
        put("b", "moved away"),
        delete("c"),
    ];
    change(&s, &users, changes).await;

    let towns = found(&s, &users, &by("town", None, None)).await;
    same(
        towns,
        texts(&["a", "d"]),
        "values that are gone find nothing",
    );
    let ages = found(&s, &users, &by("age", None, None)).await;
    same(ages, texts(&[]), "also where no value came instead");
}

pub(super) async fn an_index_is_paged_behind_value_and_key(s: Subject) {
    let users = users(&s).await;
    let mut seen = Vec::new();
    let mut after: Option<(Option<Bytes>, Bytes)> = None;
    for _ in 0..10 {
        let selection = Selection {
            after: after.clone(),
            take: Some(1),
            ..by("town", None, None)
        };
        let page = found(&s, &users, &selection).await;
        let Some(key) = page.into_iter().next() else {
            break;
        };
        let value = match key.as_str() {
            "b" => "Bonn",
            "d" => "Celle",
            _ => "Ulm",
        };
        after = Some((Some(bytes(value)), bytes(&key)));
        seen.push(key);
    }
    same(
        seen,
        texts(&["b", "d", "a", "c"]),
        "each document comes once",
    );
}

pub(super) async fn a_place_before_the_range_changes_nothing(s: Subject) {
    let users = users(&s).await;
    let selection = Selection {
        after: Some((Some(bytes("Bonn")), bytes("b"))),
        ..by("town", Some("Ulm"), Some("Ulm"))
    };

    let ulm = found(&s, &users, &selection).await;
    same(ulm, texts(&["a", "c"]), "the range begins later");
}

pub(super) async fn an_index_skips_and_takes(s: Subject) {
    let users = users(&s).await;
    let selection = Selection {
        skip: 1,
        take: Some(2),
        ..by("town", None, None)
    };

    let some = found(&s, &users, &selection).await;
    same(some, texts(&["d", "a"]), "in the order of the index");
}

pub(super) async fn a_range_is_counted(s: Subject) {
    let users = users(&s).await;
    let mut selection = by("town", Some("C"), None);
    selection.skip = 1;
    selection.take = Some(1);

    match s.count(&users, &selection).await {
        Ok(reading) => same(
            reading.found,
            3,
            "all of the range, skip and take left aside",
        ),
        Err(error) => broken("a range can be counted", &error),
    }
}

pub(super) async fn index_values_are_ordered_by_their_bytes(s: Subject) {
    let users = view("users");
    let sorted: [&[u8]; 6] = [b"", b"\0", b"\0\xff", b"\x7f", b"\x80", b"\xff"];
    let documents = sorted.iter().enumerate().rev().map(|(number, value)| {
        let value = IndexValue {
            index: "value".into(),
            value: Bytes::from_static(value),
        };
        DocumentChange {
            key: bytes(&number.to_string()),
            content: Some((Bytes::new(), vec![value])),
        }
    });
    change(&s, &users, documents).await;

    let listed = found(&s, &users, &by("value", None, None)).await;
    same(
        listed,
        texts(&["0", "1", "2", "3", "4", "5"]),
        "without sign",
    );
}

pub(super) async fn a_reset_empties_the_indexes(s: Subject) {
    let users = users(&s).await;
    let stands = checkpoint(&s, &users).await;
    let again = PageCommit {
        reset: true,
        documents: vec![indexed("a", &[("age", "31")])],
        ..page(&users, stands, at(1))
    };
    commit(&s, again).await;

    let towns = found(&s, &users, &by("town", None, None)).await;
    same(towns, texts(&[]), "no value is left");
    let ages = found(&s, &users, &by("age", None, None)).await;
    same(ages, texts(&["a"]), "but those that came with the reset");
}

pub(super) async fn the_indexes_of_views_are_apart(s: Subject) {
    let users = users(&s).await;
    let second = Subscription {
        version: 2,
        ..users.clone()
    };
    change(&s, &second, [indexed("z", &[("town", "Ulm")])]).await;

    let ulm = by("town", Some("Ulm"), Some("Ulm"));
    same(found(&s, &users, &ulm).await, texts(&["a", "c"]), "its own");
    same(found(&s, &second, &ulm).await, texts(&["z"]), "its own");
    s.forget(&users).await.expect("it can be forgotten");
    same(found(&s, &second, &ulm).await, texts(&["z"]), "others stay");
    same(found(&s, &users, &ulm).await, texts(&[]), "gone");
}
