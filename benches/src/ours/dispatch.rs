//! Getting a message to a handler that does nothing.

use std::hint::black_box;

use cqrs::{
    App, Call, Command, CommandBus, CommandHandler, Handler, HandlerContext, HandlerError, Memory,
    Middleware, Next, Outcome,
};
use cqrs_bench_harness::{
    COMMAND, Dispatch, Failure, Measure, Measured, Unit, nanoseconds_per_call,
};
use serde::{Deserialize, Serialize};

use super::messages::register;

/// A message as large as most.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(handler = Echo, output = u64)]
struct Ping {
    number: u64,
    account: String,
    reference: String,
}

#[derive(Command)]
#[command(handler = Echo, output = u64, local)]
struct Small(u64);

#[derive(Handler)]
pub(super) struct Echo;

impl CommandHandler<Ping> for Echo {
    async fn handle(&self, command: Ping, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(black_box(command).number + 1)
    }
}

impl CommandHandler<Small> for Echo {
    async fn handle(&self, command: Small, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(black_box(command.0) + 1)
    }
}

struct Through;

impl Middleware for Through {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        next.run(call).await
    }
}

pub(super) async fn run(case: Dispatch, messages: usize, seconds: f64) -> Measured {
    let took = match case {
        Dispatch::Bus => bus(seconds).await,
        Dispatch::App => typed(&app(0, messages).await?, seconds).await,
        Dispatch::Middleware1 => typed(&app(1, messages).await?, seconds).await,
        Dispatch::Middleware3 => typed(&app(3, messages).await?, seconds).await,
        Dispatch::ByName => by_name(&app(0, messages).await?, seconds).await,
    };
    Ok(vec![Measure::new("dispatch", took, Unit::Nanoseconds)])
}

async fn app(middlewares: usize, messages: usize) -> Result<App, Failure> {
    let builder = App::builder(Memory::new())
        .without_auto_registration()
        .handler::<Echo>()
        .command::<Ping>()
        .command::<Small>();
    let builder = register(builder, messages);
    let wrapped = (0..middlewares).fold(builder, |builder, _| builder.middleware(Through));
    Ok(wrapped.start().await?)
}

async fn bus(seconds: f64) -> f64 {
    let bus = CommandBus::new().handle::<Small, _>(Echo);
    nanoseconds_per_call(seconds, async |count| {
        for number in 0..count {
            let _done = black_box(bus.dispatch(Small(black_box(number))).await);
        }
    })
    .await
}

async fn typed(app: &App, seconds: f64) -> f64 {
    nanoseconds_per_call(seconds, async |count| {
        for number in 0..count {
            let _done = black_box(app.dispatch(Small(black_box(number))).await);
        }
    })
    .await
}

async fn by_name(app: &App, seconds: f64) -> f64 {
    nanoseconds_per_call(seconds, async |count| {
        for _ in 0..count {
            let _done = black_box(
                app.dispatch_json(black_box("Ping"), black_box(COMMAND))
                    .await,
            );
        }
    })
    .await
}
