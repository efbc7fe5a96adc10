//! Users who are renamed.

use std::convert::Infallible;

use cqrs_bench_harness::{Renamed, Tally};
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, View, event_sink::EventSink};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct User(Tally);

/// As many events as there are.
pub(crate) struct Command(Vec<Renamed>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    Renamed(Renamed),
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct UserView(Tally);

impl Command {
    pub(crate) fn rename(stream: usize, number: u64) -> Self {
        Self(vec![Renamed::sample(stream, number)])
    }

    pub(crate) fn fill(stream: usize, events: usize) -> Self {
        Self(
            (0..)
                .take(events)
                .map(|number| Renamed::sample(stream, number))
                .collect(),
        )
    }
}

impl User {
    pub(crate) fn renamed(&self) -> u64 {
        self.0.renamed
    }
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "Renamed".to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

impl Aggregate for User {
    const TYPE: &'static str = "User";
    type Command = Command;
    type Event = Event;
    type Error = Infallible;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Infallible> {
        for renamed in command.0 {
            sink.write(Event::Renamed(renamed), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        let Event::Renamed(renamed) = event;
        self.0.apply(&renamed);
    }
}

impl View<User> for UserView {
    fn update(&mut self, event: &EventEnvelope<User>) {
        let Event::Renamed(renamed) = &event.payload;
        self.0.apply(renamed);
    }
}
