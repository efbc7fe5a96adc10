//! What a dispatch costs in allocations, which no machine's mood changes.

use cqrs::{
    App, Command, CommandBus, CommandHandler, Handler, HandlerContext, HandlerError, Memory,
};

#[derive(Command)]
#[command(handler = Echo, output = u64, local)]
struct Ping(u64);

#[derive(Handler)]
struct Echo;

impl CommandHandler<Ping> for Echo {
    async fn handle(&self, command: Ping, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(command.0 + 1)
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
