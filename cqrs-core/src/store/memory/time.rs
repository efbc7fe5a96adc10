//! Time as stores keep it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time in whole microseconds, which is what every store can keep; a time before 1970 is 1970.
pub(super) fn whole_micros(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::new(since.as_secs(), since.subsec_micros() * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_cut_to_whole_microseconds() {
        let time = UNIX_EPOCH + Duration::new(7, 123_456_789);

        assert_eq!(
            whole_micros(time),
            UNIX_EPOCH + Duration::new(7, 123_456_000)
        );
        assert_eq!(
            whole_micros(UNIX_EPOCH - Duration::from_secs(1)),
            UNIX_EPOCH
        );
    }
}
