//! The text that `start` fails with: every fault at once, in one order, with places and what to do.

use cqrs_core::{
    App, Claim, Command, CommandHandler, Event, EventHandler, Follow, FollowedBy,
    FollowedByHandler, HandledBy, Handler, HandlerContext, HandlerError, Injector, Listen, Memory,
    Project, Query, Recorded, Registration, View,
    app::{AppBuilder, StartError},
    call::{CommandCall, QueryCall},
};
use serde::{Deserialize, Serialize};

macro_rules! commands {
    ($($command:ident)+) => { $(
        #[derive(Debug)]
        struct $command;

        impl Command for $command {
            const NAME: &'static str = stringify!($command);
            type Output = ();
            type Error = HandlerError;

            async fn __route(self, call: CommandCall<'_>) -> cqrs_core::CommandResult<Self> {
                call.registered(self).await
            }
        }

        impl HandledBy<Service> for $command {}
        impl HandledBy<Other> for $command {}
    )+ };
}

commands!(Orphan Routed Twice);

macro_rules! handlers {
    ($($handler:ident { $($field:ident: $type:ty),* })+) => { $(
        struct $handler {
            $(#[expect(dead_code, reason = "only injected")] $field: $type,)*
        }

        impl Handler for $handler {
            const NAME: &'static str = stringify!($handler);

            fn inject(from: &mut Injector<'_>) -> Option<Self> {
                $(let $field = from.field::<$type>(stringify!($field));)*
                let _ = &from;
                Some(Self { $($field: $field?),* })
            }
        }

        impl CommandHandler<Twice> for $handler {
            async fn handle(&self, _: Twice, _: &HandlerContext) -> Result<(), HandlerError> {
                Ok(())
            }
        }
    )+ };
}

handlers! {
    Service { mailer: Mailer, clock: Clock }
    Other { }
}

#[derive(Clone)]
struct Mailer;

#[derive(Clone)]
struct Clock;

#[derive(Serialize, Deserialize)]
struct Happened;

impl Event for Happened {
    const NAME: &'static str = "Happened";
}

#[derive(Serialize, Deserialize)]
struct AlsoHappened;

impl Event for AlsoHappened {
    const NAME: &'static str = "AlsoHappened";
    const FORMERLY: &'static [&'static str] = &["Happened"];
}

#[derive(Serialize, Deserialize)]
struct Totals;

impl View for Totals {
    const NAME: &'static str = "Totals";
    type Key = String;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Happened>()]
    }

    fn key_of_stream(id: &str) -> Option<String> {
        Some(id.to_owned())
    }
}

impl FollowedBy<Totals> for Happened {}

impl Project<Happened> for Totals {
    fn project(_: Option<Self>, _: &String, _: &Recorded<Happened>) -> Option<Self> {
        None
    }
}

impl FollowedByHandler<Other> for Happened {}

impl EventHandler<Happened> for Other {
    async fn handle(&self, _: &Recorded<Happened>, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

struct Totalled;

impl Query for Totalled {
    const NAME: &'static str = "Totalled";
    type Output = Option<Totals>;
    type Error = HandlerError;

    async fn __route(self, call: QueryCall<'_>) -> cqrs_core::QueryResult<Self> {
        call.document::<Totals, Self>(&String::new()).await
    }
}

fn builder() -> AppBuilder {
    App::builder(Memory::new()).without_auto_registration()
}

/// The text, with the places in this file shortened.
async fn faults(builder: AppBuilder) -> String {
    match builder.start().await {
        Err(StartError::Wiring(error)) => {
            assert_eq!(
                error.to_string(),
                format!("{error:?}"),
                "shown and debugged alike"
            );
            let shown = error.to_string();
            let mut parts = shown.split(concat!(file!(), ":"));
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                text.push_str("HERE");
                text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'));
            }
            text
        }
        other => panic!("no wiring faults, but {other:?}"),
    }
}

#[tokio::test]
async fn a_command_that_nobody_takes() {
    let text = faults(
        builder()
            .register(Registration::command::<Orphan>())
            .register(Registration::command::<Twice>())
            .register(Registration::handler::<Other>(
                const { &[Claim::handles::<Other, Twice>()] },
            )),
    )
    .await;

    assert_eq!(
        text,
        "1 wiring fault
  command `Orphan` (HERE) has no handler
    say who takes it: `#[command(aggregate = ..)]` or `#[command(handler = ..)]` on it, or `#[aggregate(commands(Orphan))]` or `#[handler(commands(Orphan))]` on who does
    if another crate says so, it may not be linked: add `use that_crate as _;`
    or it uses another version of `cqrs`: see `cargo tree -d`
    handlers were found for: `Twice`"
    );
}

#[tokio::test]
async fn a_command_that_two_take() {
    let text = faults(
        builder()
            .provide(Mailer)
            .provide(Clock)
            .register(Registration::command::<Twice>())
            .register(Registration::handler::<Other>(
                const { &[Claim::handles::<Other, Twice>()] },
            ))
            .register(Registration::handler::<Service>(
                const { &[Claim::handles::<Service, Twice>()] },
            )),
    )
    .await;

    assert_eq!(
        text,
        "1 wiring fault
  command `Twice` (HERE) has 2 handlers:
    HERE
    HERE
    a command goes to one: take it out of all lists but one"
    );
}

#[tokio::test]
async fn a_command_that_says_where_it_goes_and_is_listed_elsewhere() {
    let text = faults(
        builder()
            .provide(Mailer)
            .provide(Clock)
            .register(Registration::command::<Twice>().to_handler::<Service>())
            .register(Registration::handler::<Service>(&[]))
            .register(Registration::handler::<Other>(
                const { &[Claim::handles::<Other, Twice>()] },
            )),
    )
    .await;

    assert_eq!(
        text,
        "1 wiring fault
  command `Twice` (HERE) goes to `Service`, and is listed elsewhere too:
    HERE
    a command goes to one: take it out of the list"
    );
}

#[tokio::test]
async fn a_message_that_goes_to_what_is_not_registered() {
    let text = faults(
        builder()
            .register(Registration::command::<Routed>().to_handler::<Service>())
            .register(Registration::query::<Totalled>().to_view::<Totals>()),
    )
    .await;

    assert_eq!(
        text,
        "2 wiring faults
  command `Routed` (HERE) goes to the handler `Service`, which is not registered
    derive it, or register it by hand: `.register(Registration::handler::<Service>(&[]))`
  query `Totalled` (HERE) goes to the view `Totals`, which is not registered
    derive it, or register it by hand: `.register(Registration::view::<Totals>())`"
    );
}

#[tokio::test]
async fn one_name_twice_also_if_it_is_a_former_one() {
    let text = faults(
        builder()
            .register(Registration::event::<Happened>())
            .register(Registration::event::<AlsoHappened>()),
    )
    .await;

    assert_eq!(
        text,
        "1 wiring fault
  event name `Happened` is claimed twice:
    HERE
    HERE
    give one of them `#[event(name = \"...\")]`"
    );
}

#[tokio::test]
async fn resources_that_nobody_provided_or_two_did() {
    let text = faults(
        builder()
            .provide(Clock)
            .provide(Clock)
            .register(Registration::handler::<Service>(&[])),
    )
    .await;

    assert_eq!(
        text,
        "2 wiring faults
  handler `Service` needs `mailer: wiring::Mailer`, which nobody provided
    HERE
    give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`
  a value of type `wiring::Clock` is provided twice:
    HERE
    HERE
    wrap one of them in a type of its own"
    );
}

#[tokio::test]
async fn followers_of_an_event_that_no_aggregate_records() {
    let text = faults(
        builder().register(Registration::view::<Totals>()).register(
            Registration::handler::<Other>(&[])
                .subscribing(const { &[Listen::to::<Other, Happened>()] }, false),
        ),
    )
    .await;

    assert_eq!(
        text,
        "2 wiring faults
  view `Totals` follows `Happened`, which no aggregate records
    HERE
    list the event in an aggregate's `#[aggregate(events(..))]`, or link the crate that does
  handler `Other` follows `Happened`, which no aggregate records
    HERE
    list the event in an aggregate's `#[aggregate(events(..))]`, or link the crate that does"
    );
}

#[tokio::test]
async fn a_place_is_that_of_the_registration() {
    let line = line!() + 1;
    let registration = Registration::command::<Orphan>();
    let error = builder().register(registration).start().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("tests/wiring.rs:{line}:")),
        "{error}"
    );
}

#[test]
fn there_must_be_a_runtime() {
    let start = Box::pin(builder().start());
    let error = poll_once(start).unwrap_err();
    assert!(error.to_string().contains("#[tokio::main]"), "{error}");
}

/// Polls a future once, outside of every runtime.
fn poll_once<F: Future + Unpin>(mut future: F) -> F::Output {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(&mut future).poll(&mut cx) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits for something"),
    }
}
