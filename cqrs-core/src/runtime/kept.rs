//! A state as a snapshot keeps it: behind the id of the last event in it, on a line of its own.
//!
//! A revision alone does not say which events a state was made of. Where a stream was cut short, by a backup that lacks its
//! end say, and has grown again, it has other events under the same revisions.

use crate::EventId;

/// How many letters an id has.
const ID: usize = 36;

/// A state and the last event in it, as they are stored. The state begins on the second line.
pub(super) fn write(last: EventId, state: &[u8]) -> Vec<u8> {
    let mut stored = format!("{last}\n").into_bytes();
    stored.extend_from_slice(state);
    stored
}

/// The last event in a stored state, and the state; `None` when it does not say which event that is.
pub(super) fn read(stored: &[u8]) -> Option<(EventId, &[u8])> {
    let (id, rest) = stored.split_at_checked(ID)?;
    let last = std::str::from_utf8(id).ok()?.parse().ok()?;
    Some((last, rest.strip_prefix(b"\n")?))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_state_comes_back_with_its_last_event() {
        for number in [0, 7, u128::MAX] {
            let last = EventId::new(Uuid::from_u128(number));
            for state in ["", "{}", "\n\n[1]"] {
                let stored = write(last, state.as_bytes());
                assert_eq!(read(&stored), Some((last, state.as_bytes())));
            }
        }
    }

    #[test]
    fn a_state_without_an_event_is_none() {
        let id = EventId::new(Uuid::from_u128(7)).to_string();
        let without_a_line = format!("{id}{{}}");
        let long = format!(r#"{{"name":"{id}"}}"#);
        for stored in ["", "{}", "7", &id, &without_a_line, &long] {
            assert_eq!(read(stored.as_bytes()), None, "{stored}");
        }
    }
}
