//! What middleware sees and can do.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs_core::{
    AnsweredBy, App, AskError, Call, CallKind, Claim, Command, CommandHandler, DispatchError,
    Ended, HandledBy, Handler, HandlerContext, HandlerError, Injector, Memory, Metadata, Metrics,
    Middleware, Next, Outcome, Query, QueryHandler, Registration, Timeout, Tracing,
};

struct Greet(String);

impl Command for Greet {
    const NAME: &'static str = "Greet";
    type Output = String;
    type Error = HandlerError;
}

struct WhoAmI;

impl Query for WhoAmI {
    const NAME: &'static str = "WhoAmI";
    type Output = Option<String>;
    type Error = HandlerError;
}

struct Greeter;

impl HandledBy<Greeter> for Greet {}
impl AnsweredBy<Greeter> for WhoAmI {}

impl CommandHandler<Greet> for Greeter {
    async fn handle(&self, command: Greet, _: &HandlerContext) -> Result<String, HandlerError> {
        match &*command.0 {
            "" => Err("nobody to greet".into()),
            "for ever" => std::future::pending().await,
            name => Ok(format!("hello {name}")),
        }
    }
}

impl QueryHandler<WhoAmI> for Greeter {
    async fn handle(&self, _: WhoAmI, cx: &HandlerContext) -> Result<Option<String>, HandlerError> {
        Ok(cx.metadata().actor_name().map(str::to_owned))
    }
}

impl Handler for Greeter {
    const NAME: &'static str = "Greeter";

    fn inject(_: &mut Injector<'_>) -> Option<Self> {
        Some(Self)
    }
}

fn builder() -> cqrs_core::app::AppBuilder {
    const CLAIMS: &[Claim] = &[
        Claim::handles::<Greeter, Greet>(),
        Claim::answers::<Greeter, WhoAmI>(),
    ];
    App::builder(Memory::new())
        .without_auto_registration()
        .register(Registration::command::<Greet>())
        .register(Registration::query::<WhoAmI>())
        .register(Registration::handler::<Greeter>(CLAIMS))
}

fn greet(name: &str) -> Greet {
    Greet(name.to_owned())
}

/// Writes down what it sees.
#[derive(Clone, Default)]
struct Record(&'static str, Arc<Mutex<Vec<String>>>);

impl Middleware for Record {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        let (kind, name) = (call.kind(), call.name());
        self.1
            .lock()
            .unwrap()
            .push(format!("{} {kind:?} {name}", self.0));
        let outcome = next.run(call).await;
        self.1
            .lock()
            .unwrap()
            .push(format!("{} {}", self.0, outcome.label()));
        outcome
    }
}

#[tokio::test]
async fn middleware_runs_around_each_message_in_the_order_of_registration() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let app = builder()
        .middleware(Record("outer", Arc::clone(&seen)))
        .middleware(Record("inner", Arc::clone(&seen)))
        .start()
        .await
        .unwrap();

    assert_eq!(
        app.dispatch(greet("jane")).await.unwrap().output,
        "hello jane"
    );
    assert_eq!(app.ask(WhoAmI).await.unwrap(), None);
    assert!(
        app.dispatch(greet(""))
            .await
            .unwrap_err()
            .rejection()
            .is_some()
    );

    assert_eq!(
        *seen.lock().unwrap(),
        [
            "outer Command Greet",
            "inner Command Greet",
            "inner ok",
            "outer ok",
            "outer Query WhoAmI",
            "inner Query WhoAmI",
            "inner ok",
            "outer ok",
            "outer Command Greet",
            "inner Command Greet",
            "inner rejected",
            "outer rejected",
        ]
    );
}

struct Change;

impl Middleware for Change {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        let metadata = call.metadata().clone().actor("middleware");
        *call.metadata_mut() = metadata;
        if let Some(Greet(name)) = call.message_mut::<Greet>() {
            name.push('!');
        }
        next.run(call).await
    }
}

#[tokio::test]
async fn middleware_changes_message_and_metadata() {
    let app = builder().middleware(Change).start().await.unwrap();

    assert_eq!(
        app.dispatch(greet("jane")).await.unwrap().output,
        "hello jane!"
    );
    let who = app
        .with(Metadata::new().actor("jane"))
        .ask(WhoAmI)
        .await
        .unwrap();
    assert_eq!(who.as_deref(), Some("middleware"));
}

struct Forbid;

impl Middleware for Forbid {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        match call.kind() {
            CallKind::Command => Outcome::refused("read only"),
            CallKind::Query => {
                assert_eq!(next.run(call).await.result(), Ok(()));
                Outcome::refused("not even that")
            }
        }
    }
}

#[tokio::test]
async fn middleware_refuses_before_and_after() {
    let app = builder().middleware(Forbid).start().await.unwrap();

    let refused = app.dispatch(greet("jane")).await;
    assert!(
        matches!(&refused, Err(DispatchError::Refused(why)) if why == "read only"),
        "{refused:?}"
    );
    let refused = app.ask(WhoAmI).await;
    assert!(
        matches!(&refused, Err(AskError::Refused(why)) if why == "not even that"),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_lets_go_of_what_takes_too_long() {
    let app = builder()
        .middleware(Timeout::after(Duration::from_secs(10)))
        .middleware(Tracing::new())
        .middleware(Metrics::new())
        .start()
        .await
        .unwrap();

    let late = app.dispatch(greet("for ever")).await;
    assert!(matches!(late, Err(DispatchError::TimedOut)), "{late:?}");
    assert!(app.dispatch(greet("jane")).await.is_ok());
}

#[test]
fn an_outcome_has_a_word_for_each_end() {
    assert_eq!(Outcome::timed_out().label(), "timed_out");
    assert_eq!(
        Outcome::refused("no").result(),
        Err(&Ended::Refused("no".to_owned()))
    );
}
