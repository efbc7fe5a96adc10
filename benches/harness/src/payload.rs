//! The event that every contestant records, and the state that is made of it.

use serde::{Deserialize, Serialize};

/// How many events are written at once where a log is only filled.
pub const EVENTS_PER_APPEND: usize = 1_000;

/// What happened: about 120 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Who.
    pub user: String,
    /// An address.
    pub email: String,
    /// The new name.
    pub name: String,
    /// A number.
    pub age: u32,
    /// A flag.
    pub active: bool,
}

impl Renamed {
    /// The event with this number.
    #[must_use]
    pub fn sample(stream: usize, number: u64) -> Self {
        Self {
            user: stream_id(stream),
            email: format!("john.doe.{number:06}@example.com"),
            name: format!("John Doe the {number:09}th"),
            age: u32::try_from(number % 90).unwrap_or(0),
            active: number.is_multiple_of(2),
        }
    }
}

/// A command as a gateway is sent it.
pub const COMMAND: &[u8] =
    br#"{"number":1,"account":"account-4711","reference":"the reference of a payment"}"#;

/// The state of an aggregate, and the document of a read model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often it was renamed.
    pub renamed: u64,
    /// The last name.
    pub name: String,
}

impl Tally {
    /// Applies one event.
    pub fn apply(&mut self, event: &Renamed) {
        self.renamed += 1;
        self.name.clone_from(&event.name);
    }
}

/// The id of the aggregate with this number.
#[must_use]
pub fn stream_id(stream: usize) -> String {
    format!("user-{stream:07}")
}

#[cfg(test)]
mod tests {
    use super::Renamed;

    #[test]
    fn an_event_has_about_120_bytes() {
        for number in [0, 17, 999_999] {
            let json = serde_json::to_vec(&Renamed::sample(4_711, number)).unwrap();
            assert!((115..=125).contains(&json.len()), "{}", json.len());
        }
    }
}
