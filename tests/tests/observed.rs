//! What monitoring gets to see: the names are documented, so they are part of what is promised.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cqrs::{
    Aggregate, App, Apply, Command, CommandHandler, CommandId, Context, Decide, Event,
    EventHandler, Handler, HandlerContext, HandlerError, Memory, Metadata, Metrics, Query,
    QueryHandler, Recorded, Tracing, View, app::AppBuilder,
};
use metrics_util::{
    MetricKind,
    debugging::{DebugValue, DebuggingRecorder, Snapshotter},
};
use serde::{Deserialize, Serialize};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span,
};

#[derive(Command)]
#[command(aggregate = Door, upsert, error = Jammed, local)]
struct Open {
    #[id]
    door: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the door is jammed")]
struct Jammed;

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Opened))]
struct Door {
    opened: u32,
}

impl Decide<Open> for Door {
    fn decide(&self, _: &Open, cx: &mut Context<'_, Self>) -> Result<(), Jammed> {
        if self.opened == 2 {
            return Err(Jammed);
        }
        cx.emit(Opened);
        Ok(())
    }
}

impl Apply<Opened> for Door {
    fn apply(&mut self, _: &Opened) {
        self.opened += 1;
    }
}

#[derive(Query)]
#[query(view = Door, local)]
struct GetDoor {
    #[id]
    door: String,
}

/// Rings for some doors, and can never for others.
#[derive(Handler)]
#[handler(name = "bell", events(Opened))]
struct Bell;

impl EventHandler<Opened> for Bell {
    async fn handle(
        &self,
        event: &Recorded<Opened>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        match event.stream().id() {
            "silent" => Err(HandlerError::permanent("there is no bell")),
            _ => Ok(()),
        }
    }
}

/// Waits for its surroundings, for ever.
#[derive(Handler)]
#[handler(name = "gong", events(Opened))]
struct Gong;

impl EventHandler<Opened> for Gong {
    async fn handle(&self, _: &Recorded<Opened>, _: &HandlerContext) -> Result<(), HandlerError> {
        Err(HandlerError::transient("nobody strikes it"))
    }
}

// What the spans are of: messages that concern no view.

#[derive(Command)]
#[command(handler = Porter, error = Jammed, local)]
struct Knock(&'static str);

#[derive(Query)]
#[query(handler = Porter, output = bool, local)]
struct IsAnybodyIn;

#[derive(Handler)]
struct Porter;

impl CommandHandler<Knock> for Porter {
    async fn handle(&self, command: Knock, _: &HandlerContext) -> Result<(), Jammed> {
        if command.0 == "softly" {
            return Err(Jammed);
        }
        Ok(())
    }
}

impl QueryHandler<IsAnybodyIn> for Porter {
    async fn handle(&self, _: IsAnybodyIn, _: &HandlerContext) -> Result<bool, HandlerError> {
        Ok(true)
    }
}

fn door(door: &str) -> Open {
    Open { door: door.into() }
}

/// What was recorded since it was read last: names and labels, in words, and values.
fn recorded(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let metrics = snapshotter.snapshot().into_vec().into_iter();
    let metrics = metrics.map(|(key, _, _, value)| {
        let labels = key.key().labels();
        let labels: Vec<_> = labels
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let kind = match key.kind() {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        let name = format!("{kind} {} {}", key.key().name(), labels.join(" "));
        let value = match value {
            #[expect(clippy::cast_precision_loss, reason = "they are small")]
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            // How many were recorded.
            #[expect(clippy::cast_precision_loss, reason = "they are small")]
            DebugValue::Histogram(values) => values.len() as f64,
        };
        (name, value)
    });
    metrics.collect()
}

fn doors() -> AppBuilder {
    App::builder(Memory::new())
        .without_auto_registration()
        .event::<Opened>()
        .aggregate::<Door>()
        .command::<Open>()
}

#[tokio::test]
async fn messages_views_and_handlers_are_counted_under_the_documented_names() {
    let recorder = DebuggingRecorder::new();
    let _of_this_thread = metrics::set_default_local_recorder(&recorder);
    let app = doors()
        .view::<Door>()
        .query::<GetDoor>()
        .handler::<Bell>()
        .middleware(Metrics::new())
        .start()
        .await
        .unwrap();
    for id in ["front", "front", "front", "silent"] {
        // The third one is rejected.
        let _answer = app.dispatch(door(id)).await;
    }
    let get = GetDoor {
        door: "front".into(),
    };
    app.ask(get).await.unwrap();
    app.caught_up().await.unwrap();
    // What is at its end says so at its end.
    app.shutdown().await.unwrap();

    let seen = recorded(&recorder.snapshotter());
    for (name, value) in [
        (
            "counter cqrs_calls_total kind=command name=Open outcome=ok",
            3.,
        ),
        (
            "counter cqrs_calls_total kind=command name=Open outcome=rejected",
            1.,
        ),
        (
            "counter cqrs_calls_total kind=query name=GetDoor outcome=ok",
            1.,
        ),
        (
            "histogram cqrs_call_duration_seconds kind=command name=Open outcome=ok",
            3.,
        ),
        (
            "histogram cqrs_call_duration_seconds kind=query name=GetDoor outcome=ok",
            1.,
        ),
        ("gauge cqrs_calls_in_flight kind=command", 0.),
        ("gauge cqrs_calls_in_flight kind=query", 0.),
        (
            "counter cqrs_projection_events_total kind=view name=Door",
            3.,
        ),
        (
            "counter cqrs_projection_events_total kind=handler name=bell",
            3.,
        ),
        ("gauge cqrs_projection_lag_events kind=view name=Door", 0.),
        ("gauge cqrs_projection_lag_seconds kind=view name=Door", 0.),
        (
            "gauge cqrs_projection_lag_events kind=handler name=bell",
            0.,
        ),
        ("gauge cqrs_projection_running kind=view name=Door", 1.),
        ("gauge cqrs_projection_running kind=handler name=bell", 1.),
        ("gauge cqrs_projection_position kind=view name=Door", 3.),
        ("gauge cqrs_parked_events kind=view name=Door", 0.),
        ("gauge cqrs_parked_events kind=handler name=bell", 1.),
    ] {
        assert_eq!(seen.get(name), Some(&value), "{name} in {seen:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_cannot_go_on_is_seen_to_fall_behind() {
    let recorder = DebuggingRecorder::new();
    let _of_this_thread = metrics::set_default_local_recorder(&recorder);
    let snapshotter = recorder.snapshotter();
    let app = doors().handler::<Gong>().start().await.unwrap();
    let lag = "gauge cqrs_projection_lag_events kind=handler name=gong";
    for behind in 1..=5 {
        app.dispatch(door(&behind.to_string())).await.unwrap();
        let seen = async {
            while recorded(&snapshotter).get(lag) != Some(&f64::from(behind)) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(120), seen).await;
        assert!(seen.is_ok(), "{behind} events behind is not told");
    }
}

/// Keeps the fields of each span named `cqrs.call`.
#[derive(Default)]
struct Spans {
    last: AtomicU64,
    calls: Arc<Mutex<BTreeMap<u64, Fields>>>,
}

type Fields = BTreeMap<&'static str, String>;

struct Fill<'a>(&'a mut Fields);

impl Visit for Fill<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.name() == "cqrs.call"
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let id = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        let mut calls = self.calls.lock().unwrap();
        span.record(&mut Fill(calls.entry(id).or_default()));
        span::Id::from_u64(id)
    }

    fn record(&self, span: &span::Id, values: &span::Record<'_>) {
        let mut calls = self.calls.lock().unwrap();
        values.record(&mut Fill(calls.entry(span.into_u64()).or_default()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn each_message_has_a_span_with_the_documented_fields() {
    let spans = Spans::default();
    let calls = Arc::clone(&spans.calls);
    let _until_the_end = tracing::subscriber::set_default(spans);

    let app = App::builder(Memory::new())
        .without_auto_registration()
        .command::<Knock>()
        .query::<IsAnybodyIn>()
        .handler::<Porter>()
        .middleware(Tracing::new())
        .start()
        .await
        .unwrap();
    let id = CommandId::from_key("one");
    let request = app.with(Metadata::new().actor("jane")).with_id(id);
    request.dispatch(Knock("loudly")).await.unwrap();
    app.dispatch(Knock("softly")).await.unwrap_err();
    app.ask(IsAnybodyIn).await.unwrap();

    let calls = calls.lock().unwrap();
    let [first, second, query] = &*calls.values().collect::<Vec<_>>() else {
        panic!("a span for each message: {calls:#?}");
    };
    let field = |fields: &Fields, field| fields.get(field).cloned().unwrap_or_default();
    for (name, value) in [
        ("kind", "command"),
        ("name", "Knock"),
        ("command_id", &id.to_string()),
        ("correlation_id", &id.to_string()),
        ("actor", "jane"),
        ("outcome", "ok"),
    ] {
        assert_eq!(field(first, name), value, "{name}");
    }
    assert_eq!(field(second, "outcome"), "rejected");
    assert_eq!(field(query, "kind"), "query");
    assert_eq!(field(query, "name"), "IsAnybodyIn");
    assert_eq!(field(query, "outcome"), "ok");
}
