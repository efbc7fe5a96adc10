//! Users who are renamed.

use std::convert::Infallible;

use cqrs_bench_harness::{self as harness, stream_id};
use disintegrate::{Decision, Event, StateMutate, StateQuery};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(UserEvent, [Renamed])]
#[stream(EmailEvent, [EmailTaken])]
pub(crate) enum DomainEvent {
    Renamed(Renamed),
    EmailTaken(EmailTaken),
}

/// The event of all contestants; ids are columns too, and none of these can be called `user`.
#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
pub(crate) struct Renamed {
    #[id]
    #[serde(rename = "user")]
    user_id: String,
    email: String,
    name: String,
    age: u32,
    active: bool,
}

/// The same, found by its address too.
#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
pub(crate) struct EmailTaken {
    #[id]
    #[serde(rename = "user")]
    user_id: String,
    #[id]
    email: String,
    name: String,
    age: u32,
    active: bool,
}

impl Renamed {
    fn sample(stream: usize, number: u64) -> Self {
        let harness::Renamed {
            user,
            email,
            name,
            age,
            active,
        } = harness::Renamed::sample(stream, number);
        Self {
            user_id: user,
            email,
            name,
            age,
            active,
        }
    }
}

/// A user, by what has happened to it alone.
#[derive(Clone, Debug, StateQuery, Serialize, Deserialize)]
#[state_query(UserEvent)]
pub(crate) struct User {
    #[id]
    user_id: String,
    renamed: u64,
    name: String,
}

impl User {
    pub(crate) const fn new(user_id: String) -> Self {
        Self {
            user_id,
            renamed: 0,
            name: String::new(),
        }
    }

    pub(crate) const fn renamed(&self) -> u64 {
        self.renamed
    }
}

impl StateMutate for User {
    fn mutate(&mut self, event: UserEvent) {
        let UserEvent::Renamed(renamed) = event;
        self.renamed += 1;
        self.name = renamed.name;
    }
}

/// As many events as there are.
pub(crate) struct Rename {
    user: String,
    to: Vec<Renamed>,
}

impl Rename {
    pub(crate) fn one(stream: usize, number: u64) -> Self {
        Self {
            user: stream_id(stream),
            to: vec![Renamed::sample(stream, number)],
        }
    }

    pub(crate) fn many(stream: usize, events: usize) -> Self {
        let numbers = (0..).take(events);
        Self {
            user: stream_id(stream),
            to: numbers
                .map(|number| Renamed::sample(stream, number))
                .collect(),
        }
    }
}

impl Decision for Rename {
    type Event = DomainEvent;
    type StateQuery = User;
    type Error = Infallible;

    fn state_query(&self) -> User {
        User::new(self.user.clone())
    }

    fn process(&self, _: &User) -> Result<Vec<DomainEvent>, Infallible> {
        Ok(self.to.iter().cloned().map(DomainEvent::Renamed).collect())
    }
}

/// Whether somebody has an address.
#[derive(Clone, Debug, StateQuery, Serialize, Deserialize)]
#[state_query(EmailEvent)]
pub(crate) struct Email {
    #[id]
    email: String,
    taken: bool,
}

impl StateMutate for Email {
    fn mutate(&mut self, event: EmailEvent) {
        let EmailEvent::EmailTaken(_) = event;
        self.taken = true;
    }
}

/// Takes an address that nobody else has.
pub(crate) struct TakeEmail(EmailTaken);

impl TakeEmail {
    pub(crate) fn new(stream: usize, number: u64) -> Self {
        let Renamed {
            user_id,
            email,
            name,
            age,
            active,
        } = Renamed::sample(stream, number);
        Self(EmailTaken {
            user_id,
            email,
            name,
            age,
            active,
        })
    }
}

impl Decision for TakeEmail {
    type Event = DomainEvent;
    type StateQuery = Email;
    type Error = &'static str;

    fn state_query(&self) -> Email {
        Email {
            email: self.0.email.clone(),
            taken: false,
        }
    }

    fn process(&self, state: &Email) -> Result<Vec<DomainEvent>, &'static str> {
        if state.taken {
            return Err("the address is taken");
        }
        Ok(vec![DomainEvent::EmailTaken(self.0.clone())])
    }
}
