//! What it costs to get a message to its handler, beside calling the handler.

use std::hint::black_box;

use cqrs::{
    App, Call, Command, CommandBus, CommandHandler, Handler, HandlerContext, HandlerError, Memory,
    Middleware, Next, Outcome,
};
use criterion::{Criterion, criterion_group, criterion_main};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
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
struct Echo;

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

#[inline(never)]
#[expect(clippy::unused_async, reason = "an async call is what is measured")]
async fn direct(handler: &Echo, command: Small) -> Result<u64, HandlerError> {
    let _ = handler;
    Ok(black_box(command.0) + 1)
}

struct Through;

impl Middleware for Through {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        next.run(call).await
    }
}

fn dispatch(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let app = runtime
        .block_on(App::builder(Memory::new()).start())
        .expect("the wiring is right");
    let wrapped = |count: usize| {
        let builder = (0..count).fold(App::builder(Memory::new()), |builder, _| {
            builder.middleware(Through)
        });
        runtime
            .block_on(builder.start())
            .expect("the wiring is right")
    };
    let bus = CommandBus::new().handle::<Small, _>(Echo);
    let json = br#"{"number":1,"account":"account-4711","reference":"the reference of a payment"}"#;

    let mut group = c.benchmark_group("dispatch");
    group.bench_function("direct call", |b| {
        b.to_async(&runtime)
            .iter(|| direct(black_box(&Echo), Small(black_box(1))));
    });
    group.bench_function("bus", |b| {
        b.to_async(&runtime)
            .iter(|| bus.dispatch(Small(black_box(1))));
    });
    group.bench_function("app", |b| {
        b.to_async(&runtime)
            .iter(|| app.dispatch(Small(black_box(1))));
    });
    for count in [1, 3] {
        let app = wrapped(count);
        group.bench_function(format!("app with {count} middlewares"), |b| {
            b.to_async(&runtime)
                .iter(|| app.dispatch(Small(black_box(1))));
        });
    }
    group.bench_function("decode JSON", |b| {
        b.to_async(&runtime)
            .iter(async || serde_json::from_slice::<Ping>(black_box(json)));
    });
    group.bench_function("by name from JSON", |b| {
        b.to_async(&runtime)
            .iter(|| app.dispatch_json(black_box("Ping"), json));
    });
    group.finish();
}

criterion_group!(benches, dispatch);
criterion_main!(benches);
