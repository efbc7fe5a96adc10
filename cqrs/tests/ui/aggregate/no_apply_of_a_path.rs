use cqrs::Aggregate;

mod events {
    #[derive(cqrs::Event, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Opened {}
}

#[derive(Aggregate, Default)]
#[aggregate(events(events::Opened))]
struct Account;

fn main() {}
