//! How a view is when it is read.

use cqrs_core::{
    Position,
    store::documents::{Checkpoint, PageCommit, Selection, Subscription},
};

use super::{
    documents::{bytes, delete, put},
    subject::{Subject, broken, same},
    subscriptions::{at, commit, page, view},
};

/// How a view is and what it has, by each way to read it: whether it is built, and whether `a` and `b` are there.
async fn looks(s: &Subject, view: &Subscription) -> [(bool, Position, [bool; 2]); 3] {
    let wanted = ["a", "b"].map(bytes);
    let found = match s.documents(view, &wanted).await {
        Ok(reading) => (reading.built, reading.position, {
            [reading.found[0].is_some(), reading.found[1].is_some()]
        }),
        Err(error) => broken("documents can be read", &error),
    };
    let all = Selection::default();
    let listed = match s.list(view, &all).await {
        Ok(reading) => (reading.built, reading.position, {
            let listed = |key| reading.found.iter().any(|document| document.key == key);
            wanted.each_ref().map(listed)
        }),
        Err(error) => broken("documents can be listed", &error),
    };
    let counted = match s.count(view, &all).await {
        Ok(reading) => (reading.built, reading.position, {
            [reading.found > 0, reading.found > 1]
        }),
        Err(error) => broken("documents can be counted", &error),
    };
    [found, listed, counted]
}

fn built(position: u64) -> Checkpoint {
    Checkpoint {
        built: true,
        ..at(position)
    }
}

pub(super) async fn a_reading_says_how_the_view_is(s: Subject) {
    let users = view("users");
    let nothing = [(false, Position::START, [false; 2]); 3];
    same(looks(&s, &users).await, nothing, "it has never committed");
    commit(
        &s,
        PageCommit {
            documents: vec![put("a", "1")],
            ..page(&users, None, at(3))
        },
    )
    .await;
    let half = [(false, Position::new(3), [true, false]); 3];
    same(looks(&s, &users).await, half, "it is not built yet");
    commit(
        &s,
        PageCommit {
            documents: vec![put("b", "1")],
            ..page(&users, Some(at(3)), built(7))
        },
    )
    .await;
    let whole = [(true, Position::new(7), [true, true]); 3];
    same(looks(&s, &users).await, whole, "it is built");
    commit(
        &s,
        PageCommit {
            documents: vec![delete("a"), delete("b")],
            ..page(&users, Some(built(7)), built(8))
        },
    )
    .await;
    let empty = [(true, Position::new(8), [false; 2]); 3];
    same(
        looks(&s, &users).await,
        empty,
        "it has nothing, and is built",
    );
    let none = match s.documents(&users, &[]).await {
        Ok(none) => (none.built, none.position, none.found),
        Err(error) => broken("no documents can be read", &error),
    };
    let expected = (true, Position::new(8), Vec::new());
    same(none, expected, "also to who asks for nothing");
    if let Err(error) = s.forget(&users).await {
        broken("a subscription can be forgotten", &error);
    }
    same(looks(&s, &users).await, nothing, "it is forgotten");
}

pub(super) async fn what_is_found_in_a_built_view_is_all_of_it(s: Subject) {
    let users = view("users");
    let builder = tokio::spawn({
        let (s, users) = (s.clone(), users.clone());
        async move {
            let mut stands = None;
            for _ in 0..60 {
                let begun = PageCommit {
                    reset: true,
                    ..page(&users, stands, at(0))
                };
                let half = PageCommit {
                    documents: vec![put("a", "1")],
                    ..page(&users, Some(at(0)), at(1))
                };
                let whole = PageCommit {
                    documents: vec![put("b", "1")],
                    ..page(&users, Some(at(1)), built(2))
                };
                for next in [begun, half, whole] {
                    commit(&s, next).await;
                    tokio::task::yield_now().await;
                }
                stands = Some(built(2));
            }
        }
    });
    while !builder.is_finished() {
        for (is_built, position, found) in looks(&s, &users).await {
            let expected = match position.get() {
                0 => (false, [false, false]),
                1 => (false, [true, false]),
                _ => (true, [true, true]),
            };
            same(
                (is_built, found),
                expected,
                "how the view is and what is found in it are of one moment",
            );
        }
        tokio::task::yield_now().await;
    }
    builder.await.expect("the builder builds");
}
