//! What monitoring is told of views and handlers.
//!
//! | name | what |
//! |---|---|
//! | `cqrs_projection_lag_events` | gauge of the positions between it and the end of the log |
//! | `cqrs_projection_lag_seconds` | gauge of the time since the first event that it has not dealt with was recorded |
//! | `cqrs_projection_position` | gauge of the last position that it has dealt with |
//! | `cqrs_projection_running` | gauge: 1 while it follows the log on this node, 0 while it is paused, stopped, trying again, or on another node |
//! | `cqrs_projection_events_total` | counter of the events that it followed |
//! | `cqrs_parked_events` | gauge of the documents or streams that are held back by parked events |
//!
//! All have the labels `kind` (`view`, `projection` or `handler`) and `name`.

use std::{fmt, time::Duration};

use metrics::{Counter, Gauge};

use crate::{Position, store::documents::Subscription};

pub(super) struct Gauges {
    lag_events: Gauge,
    lag_seconds: Gauge,
    position: Gauge,
    running: Gauge,
    parked: Gauge,
    events: Counter,
}

impl Gauges {
    pub(super) fn new(of: &Subscription) -> Self {
        let (kind, name) = (of.kind.as_str(), of.name.to_string());
        Self {
            lag_events: metrics::gauge!("cqrs_projection_lag_events", "kind" => kind, "name" => name.clone()),
            lag_seconds: metrics::gauge!("cqrs_projection_lag_seconds", "kind" => kind, "name" => name.clone()),
            position: metrics::gauge!("cqrs_projection_position", "kind" => kind, "name" => name.clone()),
            running: metrics::gauge!("cqrs_projection_running", "kind" => kind, "name" => name.clone()),
            parked: metrics::gauge!("cqrs_parked_events", "kind" => kind, "name" => name.clone()),
            events: metrics::counter!("cqrs_projection_events_total", "kind" => kind, "name" => name),
        }
    }

    pub(super) fn lag(&self, events: u64, time: Option<Duration>) {
        #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
        self.lag_events.set(events as f64);
        self.lag_seconds.set(time.unwrap_or_default().as_secs_f64());
    }

    pub(super) fn position(&self, position: Position) {
        #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
        self.position.set(position.get() as f64);
    }

    pub(super) fn running(&self, running: bool) {
        self.running.set(f64::from(u8::from(running)));
    }

    pub(super) fn parked(&self, keys: usize) {
        #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
        self.parked.set(keys as f64);
    }

    pub(super) fn followed(&self, events: usize) {
        self.events.increment(events as u64);
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}
