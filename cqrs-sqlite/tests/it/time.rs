//! The time of recording.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use cqrs_core::clock::Clock;
use cqrs_sqlite::Sqlite;

use crate::make;

/// A clock that goes as it is told.
#[derive(Debug)]
struct Told(Mutex<SystemTime>);

impl Clock for Told {
    fn now(&self) -> SystemTime {
        *self.0.lock().expect("no panic")
    }
}

#[tokio::test]
async fn it_never_goes_back_not_even_over_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut times = Vec::new();
    for seconds_back in [0, 100, 200] {
        let clock = Arc::new(Told(Mutex::new(noon - Duration::from_secs(seconds_back))));
        let store = Sqlite::options()
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .open(&path)
            .expect("a store");
        for _ in 0..2 {
            let appended = make::store(&store, make::append("a", [make::event("x")])).await;
            times.push(appended.expect("appended").recorded_at);
            *clock.0.lock().expect("no panic") -= Duration::from_secs(1);
        }
        make::assert_sound(&store).await;
    }

    assert_eq!(times, [noon; 6]);
}
