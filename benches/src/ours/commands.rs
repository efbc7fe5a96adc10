//! Commands on aggregates.

use cqrs_bench_harness::{Answer, Failure, Measured, Request, Rule, Workload, drive};

use super::{
    log::fill,
    model::{Rename, TakeEmail},
    opened::Opened,
};

pub(super) async fn run(request: &Request) -> Measured {
    let Workload::Commands {
        tasks,
        streams,
        events,
        rule,
        views,
        ..
    } = request.workload
    else {
        return Err(Failure::from("another workload was asked for"));
    };
    let opened = Opened::new(request).await?;
    fill(opened.store(), "User", events * streams, streams).await?;
    let app = opened.app(views).start().await?;
    if events > 0 {
        // What is measured is an aggregate in use: each is loaded before.
        for stream in 0..streams {
            app.dispatch(Rename::sample(stream, 0)).await?;
        }
    }
    let sender = app.clone();
    let measures = drive(tasks, streams, request.seconds, move |stream, number| {
        let app = sender.clone();
        async move {
            match rule {
                Rule::Stream => drop(app.dispatch(Rename::sample(stream, number)).await?),
                Rule::Tag => drop(app.dispatch(TakeEmail::sample(stream, number)).await?),
            }
            Ok(Answer::Done)
        }
    })
    .await?;
    app.shutdown().await?;
    Ok(measures)
}
