//! Time that a test sets.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cqrs_core::clock::Clock;

/// When fixtures begin: 2025-01-01T00:00:00Z.
pub(crate) const BEGINNING: Duration = Duration::from_secs(1_735_689_600);

/// A clock that stands still until a test moves it. Clones are the same clock.
///
/// ```
/// use cqrs_core::clock::Clock;
/// use cqrs_testing::TestClock;
///
/// let clock = TestClock::at("2025-03-01T12:00:00Z");
/// clock.advance(std::time::Duration::from_secs(60));
/// assert_eq!(clock.to_string(), "2025-03-01T12:01:00Z");
/// # let _ = clock.now();
/// ```
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<Mutex<SystemTime>>,
}

impl TestClock {
    /// A clock that shows this time.
    #[must_use]
    #[track_caller]
    pub fn at(time: impl TestTime) -> Self {
        Self {
            now: Arc::new(Mutex::new(time.into_time())),
        }
    }

    /// Moves it to a time, forwards or back.
    #[track_caller]
    pub fn set(&self, time: impl TestTime) {
        let time = time.into_time();
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Moves it forwards.
    pub fn advance(&self, by: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Default for TestClock {
    /// A clock that shows 2025-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at(UNIX_EPOCH + BEGINNING)
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for TestClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&written(self.now()))
    }
}

/// A time as a test writes it: a [`SystemTime`], or text like `2025-03-01T12:00:00Z` or `2025-03-01`, in UTC.
pub trait TestTime {
    /// The time.
    #[track_caller]
    fn into_time(self) -> SystemTime;
}

impl TestTime for SystemTime {
    fn into_time(self) -> SystemTime {
        self
    }
}

impl TestTime for &str {
    #[track_caller]
    fn into_time(self) -> SystemTime {
        match parsed(self) {
            Some(time) => time,
            None => panic!(
                "`{self}` is not a time: write it as `2025-03-01T12:00:00Z` or `2025-03-01`, not before 1970"
            ),
        }
    }
}

fn parsed(text: &str) -> Option<SystemTime> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, time.strip_suffix('Z')?),
        None => (text, "00:00:00"),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1;
    if !is_date || day > days_in(year, month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros: u32 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(UNIX_EPOCH + Duration::new(seconds, micros * 1_000))
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// A time as text, in UTC, without a fraction if it has none.
pub(crate) fn written(time: SystemTime) -> String {
    let Ok(since) = time.duration_since(UNIX_EPOCH) else {
        return format!("{time:?}");
    };
    let (mut days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let mut year = 1970;
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_in(year, month) {
        days -= days_in(year, month);
        month += 1;
    }
    let fraction = match since.subsec_micros() {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!(
        "{year:04}-{month:02}-{:02}T{:02}:{:02}:{:02}{fraction}Z",
        days + 1,
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let years: u64 = (1970..year).map(year_days).sum();
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    years + months + day - 1
}

const fn year_days(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_time_are_the_same() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2025-01-01T00:00:00Z",
            "2100-03-01T00:00:00.000250Z",
        ] {
            assert_eq!(written(text.into_time()), text);
        }
        assert_eq!("2025-01-01".into_time(), UNIX_EPOCH + BEGINNING);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2025",
            "2025-02-29",
            "2025-13-01",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:00",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
