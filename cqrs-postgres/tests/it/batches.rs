//! A batch is the same as its requests one by one in the order of the queue, whatever way it takes through the store.

use cqrs_core::{
    Append, AppendError, Appended, EventQuery, EventStore, Expected, Memory, NewEvent, Position,
    Revision, Tag, store::append::Reply,
};
use cqrs_postgres::Postgres;

use crate::make;

/// Numbers from a seed.
struct Numbers(u64);

impl Numbers {
    const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }
}

/// A request that is likely to have something to do with others: few streams, names, tags and used ids.
fn request(numbers: &mut Numbers, used: &mut Vec<NewEvent>, head: u64) -> Append {
    let mut append = Append::new();
    let mut streams = vec![0, 1, 2, 3, 4, 5];
    for _ in 0..=numbers.below(2) {
        let at = usize::try_from(numbers.below(streams.len() as u64)).expect("small");
        let id = streams.remove(at).to_string();
        let expected = match numbers.below(6) {
            0 => Expected::NoStream,
            1 => Expected::Exactly(Revision::new(numbers.below(4))),
            _ => Expected::Any,
        };
        let events: Vec<_> = (0..numbers.below(3))
            .map(|_| event(numbers, used))
            .collect();
        append = append.stream(make::stream(&id), expected, events);
    }
    if numbers.below(3) == 0 {
        let mut query = EventQuery::all();
        if numbers.below(2) == 0 {
            query = query.names([format!("N{}", numbers.below(4))]);
        }
        for _ in 0..numbers.below(3) {
            query = query.tag(Tag::new("t", numbers.below(4)).expect("a tag"));
        }
        append = append.only_if_none(query, Position::new(numbers.below(head + 4)));
    }
    append
}

fn event(numbers: &mut Numbers, used: &mut Vec<NewEvent>) -> NewEvent {
    if !used.is_empty() && numbers.below(8) == 0 {
        let at = usize::try_from(numbers.below(used.len() as u64)).expect("small");
        return used[at].clone();
    }
    let mut event = make::event("x");
    event.name = format!("N{}", numbers.below(4)).into();
    let tags = (0..numbers.below(3)).map(|_| Tag::new("t", numbers.below(4)).expect("a tag"));
    event.tags = tags.collect();
    used.push(event.clone());
    event
}

/// What an answer says, the time and any of several matches left aside.
fn told(answer: &Result<Appended, AppendError>) -> String {
    match answer {
        Ok(done) => format!("{} {:?} {}", done.position, done.revisions, done.duplicate),
        Err(AppendError::ConditionFailed { .. }) => "condition".to_owned(),
        Err(other) => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_equals_its_requests_one_by_one() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    let memory = Memory::new();
    let (mut numbers, mut used) = (Numbers(2_026), Vec::new());
    for round in 0..150 {
        let head = memory.head().await.expect("a head").get();
        let batch: Vec<_> = (0..20)
            .map(|_| request(&mut numbers, &mut used, head))
            .collect();
        let mut answers = Vec::new();
        for append in &batch {
            let (reply, answer) = Reply::channel();
            store.submit(append.clone(), reply);
            answers.push(answer);
        }
        for (append, answer) in batch.into_iter().zip(answers) {
            let expected = (&memory as &dyn EventStore).append(append.clone()).await;
            assert_eq!(
                told(&answer.await),
                told(&expected),
                "round {round}: {append:#?}"
            );
        }
    }
    let (own, expected) = (
        make::everything(&store).await,
        make::everything(&memory).await,
    );
    let content = |events: Vec<cqrs_core::StoredEvent>| {
        let events = events
            .into_iter()
            .map(|event| (event.meta.position, event.meta.id, event.payload));
        events.collect::<Vec<_>>()
    };
    assert_eq!(content(own), content(expected));
    make::assert_sound(&store).await;
}
