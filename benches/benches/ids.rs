//! What an id costs: one command id is drawn or made from a key, and each event's follows from it.

use std::hint::black_box;

use cqrs::CommandId;
use criterion::{Criterion, criterion_group, criterion_main};

fn ids(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ids");
    group.bench_function("command id of a key", |bencher| {
        bencher.iter(|| CommandId::from_key(black_box("3f1c-checkout-17")));
    });
    let command = CommandId::from_key("3f1c-checkout-17");
    group.bench_function("event id of a command id", |bencher| {
        bencher.iter(|| black_box(command).event(black_box(3)));
    });
    group.finish();
}

criterion_group!(benches, ids);
criterion_main!(benches);
