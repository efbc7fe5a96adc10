//! Users who are renamed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cqrs_bench_harness::{Failure, Renamed, Tally, stream_id};
use eventcore::{Command, CommandError, CommandLogic, Event, NewEvents, StreamId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum UserEvent {
    Renamed { stream: StreamId, renamed: Renamed },
    EmailTaken { stream: StreamId },
}

impl Event for UserEvent {
    fn stream_id(&self) -> &StreamId {
        match self {
            Self::Renamed { stream, .. } | Self::EmailTaken { stream } => stream,
        }
    }

    fn event_type_name() -> &'static str {
        "UserEvent"
    }
}

pub(crate) fn stream(id: &str) -> Result<StreamId, Failure> {
    Ok(StreamId::try_new(id)?)
}

fn apply(mut state: Tally, event: &UserEvent) -> Tally {
    if let UserEvent::Renamed { renamed, .. } = event {
        state.apply(renamed);
    }
    state
}

/// As many events as there are.
#[derive(Clone, Command)]
pub(crate) struct Rename {
    #[stream]
    user: StreamId,
    to: Vec<Renamed>,
}

impl Rename {
    pub(crate) fn one(number: usize, command: u64) -> Result<Self, Failure> {
        let user = stream(&stream_id(number))?;
        Ok(Self {
            user,
            to: vec![Renamed::sample(number, command)],
        })
    }

    pub(crate) fn many(number: usize, events: usize) -> Result<Self, Failure> {
        let user = stream(&stream_id(number))?;
        let to = (0..)
            .take(events)
            .map(|event| Renamed::sample(number, event))
            .collect();
        Ok(Self { user, to })
    }
}

impl CommandLogic for Rename {
    type Event = UserEvent;
    type State = Tally;

    fn apply(&self, state: Tally, event: &UserEvent) -> Tally {
        apply(state, event)
    }

    fn handle(&self, _: Tally) -> Result<NewEvents<UserEvent>, CommandError> {
        let event = |renamed: &Renamed| UserEvent::Renamed {
            stream: self.user.clone(),
            renamed: renamed.clone(),
        };
        Ok(self.to.iter().map(event).collect::<Vec<_>>().into())
    }
}

/// Takes an address that nobody else has: the address is a stream of its own.
#[derive(Clone, Command)]
pub(crate) struct TakeEmail {
    #[stream]
    user: StreamId,
    #[stream]
    email: StreamId,
    renamed: Renamed,
}

impl TakeEmail {
    pub(crate) fn new(number: usize, command: u64) -> Result<Self, Failure> {
        let renamed = Renamed::sample(number, command);
        Ok(Self {
            user: stream(&stream_id(number))?,
            email: stream(&format!("email:{}", renamed.email))?,
            renamed,
        })
    }
}

impl CommandLogic for TakeEmail {
    type Event = UserEvent;
    type State = bool;

    fn apply(&self, taken: bool, event: &UserEvent) -> bool {
        taken || matches!(event, UserEvent::EmailTaken { .. })
    }

    fn handle(&self, taken: bool) -> Result<NewEvents<UserEvent>, CommandError> {
        if taken {
            return Err("the address is taken".into());
        }
        let renamed = UserEvent::Renamed {
            stream: self.user.clone(),
            renamed: self.renamed.clone(),
        };
        let taken = UserEvent::EmailTaken {
            stream: self.email.clone(),
        };
        Ok(vec![renamed, taken].into())
    }
}

/// Loads a user, and does nothing.
#[derive(Clone, Command)]
pub(crate) struct Look {
    #[stream]
    pub(crate) user: StreamId,
    pub(crate) seen: Arc<AtomicU64>,
}

impl CommandLogic for Look {
    type Event = UserEvent;
    type State = Tally;

    fn apply(&self, state: Tally, event: &UserEvent) -> Tally {
        apply(state, event)
    }

    fn handle(&self, state: Tally) -> Result<NewEvents<UserEvent>, CommandError> {
        self.seen.store(state.renamed, Ordering::Relaxed);
        Ok(NewEvents::default())
    }
}
