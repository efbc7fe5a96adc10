//! What the size of the store costs.

use cqrs::Aggregate;
use cqrs_bench_harness::{Answer, Measured, Request, drive};

use super::{
    load::{look_at, looking},
    log::fill,
    model::{Rename, User},
    opened::Opened,
};

/// How many events each aggregate has.
const EACH: usize = 100;

pub(super) async fn run(request: &Request, events: usize) -> Measured {
    let opened = Opened::new(request).await?;
    let streams = events / EACH;
    fill(opened.store(), User::NAME, events, streams).await?;
    let app = looking(opened).start().await?;
    let loaded = look_at(&app, request.seconds, streams, EACH).await?;
    app.shutdown().await?;

    let app = Opened::new(request).await?.app(0).start().await?;
    let used = streams.min(1_000);
    // What is measured is an aggregate in use: each is loaded before.
    for stream in 0..used {
        app.dispatch(Rename::sample(stream, 0)).await?;
    }
    let sender = app.clone();
    let mut measures = drive(64, used, request.seconds, move |stream, number| {
        let app = sender.clone();
        async move {
            app.dispatch(Rename::sample(stream, number)).await?;
            Ok(Answer::Done)
        }
    })
    .await?;
    app.shutdown().await?;
    measures.push(loaded);
    Ok(measures)
}
