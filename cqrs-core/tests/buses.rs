//! Buses work alone: without an app, a store or a derive.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use cqrs_core::{
    AskError, Command, CommandBus, CommandHandler, DispatchError, EventBus, HandledBy,
    HandlerContext, HandlerError, Query, QueryBus, Unserved,
};

struct Add(u32);

impl Command for Add {
    const NAME: &'static str = "Add";
    type Output = u32;
    type Error = HandlerError;
}

struct Subtract(u32);

impl Command for Subtract {
    const NAME: &'static str = "Subtract";
    type Output = u32;
    type Error = HandlerError;
}

struct Total;

impl Query for Total {
    const NAME: &'static str = "Total";
    type Output = u32;
    type Error = String;
}

#[derive(Default)]
struct Counter(AtomicU32);

impl HandledBy<Counter> for Add {}
impl HandledBy<Counter> for Subtract {}

impl CommandHandler<Add> for Counter {
    async fn handle(&self, command: Add, _: &HandlerContext) -> Result<u32, HandlerError> {
        Ok(self.0.fetch_add(command.0, Ordering::Relaxed) + command.0)
    }
}

impl CommandHandler<Subtract> for Counter {
    async fn handle(&self, command: Subtract, _: &HandlerContext) -> Result<u32, HandlerError> {
        let left = self
            .0
            .load(Ordering::Relaxed)
            .checked_sub(command.0)
            .ok_or("too little")?;
        self.0.store(left, Ordering::Relaxed);
        Ok(left)
    }
}

#[tokio::test]
async fn one_handler_serves_several_commands() {
    let counter = Arc::new(Counter::default());
    let bus = CommandBus::new()
        .handle::<Add, _>(Arc::clone(&counter))
        .handle::<Subtract, _>(counter);

    assert_eq!(bus.dispatch(Add(5)).await.unwrap().output, 5);
    assert_eq!(bus.dispatch(Subtract(2)).await.unwrap().output, 3);
    let rejected = bus.dispatch(Subtract(9)).await.unwrap_err();
    assert_eq!(rejected.to_string(), "too little");
}

#[tokio::test]
async fn a_message_without_a_handler_is_told_so() {
    let unserved = CommandBus::new().dispatch(Add(1)).await;
    assert!(
        matches!(
            unserved,
            Err(DispatchError::Unserved(Unserved::Unregistered {
                name: "Add"
            }))
        ),
        "{unserved:?}"
    );
    let unserved = QueryBus::new().ask(Total).await;
    assert!(
        matches!(unserved, Err(AskError::Unserved(_))),
        "{unserved:?}"
    );
}

#[tokio::test]
async fn closures_serve_messages_and_the_last_one_counts() {
    let bus = QueryBus::new()
        .on(async |_: Total| Ok(1))
        .on(async |_: Total| Err("no idea".to_owned()));
    assert_eq!(
        bus.ask(Total).await.unwrap_err().rejection(),
        Some("no idea".to_owned())
    );
}

#[tokio::test]
async fn an_error_or_panic_of_one_listener_keeps_no_other_from_running() {
    struct Happened;

    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = |name: &'static str| {
        let heard = Arc::clone(&heard);
        move |_: Arc<Happened>| {
            heard.lock().unwrap().push(name);
            async move {
                match name {
                    "fails" => Err(HandlerError::permanent("on purpose")),
                    "panics" => panic!("on purpose"),
                    _ => Ok(()),
                }
            }
        }
    };
    let bus = EventBus::new()
        .on("first", hear("first"))
        .on("fails", hear("fails"))
        .on("panics", hear("panics"))
        .on("last", hear("last"));

    let error = bus.publish(Happened).await.unwrap_err();

    assert_eq!(*heard.lock().unwrap(), ["first", "fails", "panics", "last"]);
    assert_eq!(
        error.to_string(),
        "2 of 4 listeners failed: `fails`: on purpose"
    );
    assert_eq!(
        error
            .failed
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>(),
        ["fails", "panics"]
    );
}
