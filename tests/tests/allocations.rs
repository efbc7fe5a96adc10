//! What a dispatch costs in allocations, which no machine's mood changes.

use std::convert::Infallible;

use cqrs::{
    Aggregate, App, Apply, Command, CommandBus, CommandHandler, Context, Decide, Event, Handler,
    HandlerContext, HandlerError, Memory, Query, QueryBus, QueryHandler,
};
use serde::{Deserialize, Serialize};

#[derive(Command)]
#[command(handler = Echo, output = u64, local)]
struct Ping(u64);

#[derive(Query)]
#[query(handler = Echo, output = u64, local)]
struct Look(u64);

#[derive(Handler)]
struct Echo;

impl CommandHandler<Ping> for Echo {
    async fn handle(&self, command: Ping, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(command.0 + 1)
    }
}

impl QueryHandler<Look> for Echo {
    async fn handle(&self, query: Look, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(query.0 + 1)
    }
}

#[derive(Command)]
#[command(aggregate = Account, upsert, local)]
struct Deposit {
    #[id]
    account: u64,
    cents: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Deposited {
    cents: u64,
}

#[derive(Aggregate, Default)]
#[aggregate(id = u64, events(Deposited))]
struct Account {
    cents: u64,
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.cents += event.cents;
    }
}

impl Decide<Deposit> for Account {
    fn decide(&self, command: &Deposit, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Deposited {
            cents: command.cents,
        });
        Ok(())
    }
}

/// Runs a future that never waits, and counts what it allocates.
fn allocations_of(future: impl Future<Output = ()>) -> u64 {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let counted = allocation_counter::measure(|| {
        assert!(future.as_mut().poll(&mut cx).is_ready(), "it does not wait");
    });
    counted.count_total
}

#[tokio::test]
async fn a_dispatch_to_a_handler_without_middleware_allocates_nothing() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    let bus = CommandBus::new().handle::<Ping, _>(Echo);

    let by_app = allocations_of(async {
        assert_eq!(app.dispatch(Ping(1)).await.unwrap().output, 2);
    });
    let by_bus = allocations_of(async {
        assert_eq!(bus.dispatch(Ping(1)).await.unwrap().output, 2);
    });
    let counted = allocations_of(async {
        drop(Box::new(1));
    });

    assert_eq!((by_app, by_bus), (0, 0));
    assert_eq!(counted, 1, "allocations are counted");
}

#[tokio::test]
async fn a_query_to_a_handler_without_middleware_allocates_nothing() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    let bus = QueryBus::new().handle::<Look, _>(Echo);

    let by_app = allocations_of(async {
        assert_eq!(app.ask(Look(1)).await.unwrap(), 2);
    });
    let by_bus = allocations_of(async {
        assert_eq!(bus.ask(Look(1)).await.unwrap(), 2);
    });

    assert_eq!((by_app, by_bus), (0, 0));
}

#[tokio::test]
async fn a_command_on_an_aggregate_in_use_allocates_a_fixed_number_of_times() {
    const COMMANDS: u64 = 100;
    let app = App::builder(Memory::new()).start().await.unwrap();
    let deposit = || async {
        let command = Deposit {
            account: 1,
            cents: 1,
        };
        app.dispatch(command).await.unwrap();
    };
    for _ in 0..1_000 {
        deposit().await;
    }

    let mut counted = 0;
    for _ in 0..COMMANDS {
        // What never waits is made to after a while, if it does not let others have a turn.
        tokio::task::yield_now().await;
        counted += allocations_of(deposit());
    }

    // The log and its indexes grow now and then.
    assert_eq!(counted / COMMANDS, 12, "{counted} in {COMMANDS} commands");
}
