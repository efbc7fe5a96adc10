//! Event ids that are used again for something else.

use cqrs_core::{Append, AppendError, EventStore, Expected, NewEvent};
use cqrs_postgres::Postgres;

use crate::make::{self, Rng};

/// T06: 500 random appends with ids that are in use, but not the same append: each is refused, and nothing is written.
#[tokio::test]
async fn an_id_that_is_used_for_something_else_is_refused() {
    let (store, _database) = make::fresh().await;
    let seed = make::seed();
    println!("seed {seed}");
    let mut rng = Rng::seeded(seed);
    let mut stored: Vec<(String, Vec<NewEvent>)> = Vec::new();
    for number in 0..40 {
        let stream = format!("s{}", number % 5);
        let events: Vec<_> = (0..2 + rng.below(3))
            .map(|nth| make::event(&format!("{number} {nth}")))
            .collect();
        make::store(&store, make::append(&stream, events.clone()))
            .await
            .expect("appended");
        stored.push((stream, events));
    }
    let head = store.head().await.expect("a head");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let append = other(&mut rng, &stored);
        let store = store.clone();
        tasks.spawn(refused(store, append));
    }
    tasks.join_all().await;
    assert_eq!(store.head().await.expect("a head"), head);
    make::assert_sound(&store).await;
}

/// An append with some ids of one that is stored.
fn other(rng: &mut Rng, stored: &[(String, Vec<NewEvent>)]) -> Append {
    let pick = |rng: &mut Rng| {
        let index = usize::try_from(rng.below(stored.len() as u64)).expect("small");
        stored[index].clone()
    };
    let (mut stream, mut events) = pick(rng);
    match rng.below(6) {
        // A part of it, and then something new.
        0 => {
            events.pop();
            events.push(make::event("new"));
        }
        1 => events.reverse(),
        2 => "elsewhere".clone_into(&mut stream),
        3 => events[0].payload = "\"other\"".into(),
        // Something new before it.
        4 => events.insert(0, make::event("new")),
        // Two that do not lie side by side.
        _ => {
            let (_, mut more) = pick(rng);
            if more == events {
                more = vec![make::event("new")];
            }
            events.truncate(1);
            events.extend(more.pop());
        }
    }
    Append::new().stream(make::stream(&stream), Expected::Any, events)
}

async fn refused(store: Postgres, append: Append) {
    let answer = make::store(&store, append.clone()).await;
    assert!(
        matches!(answer, Err(AppendError::EventIdReused { .. })),
        "{append:?} got {answer:?}"
    );
}
