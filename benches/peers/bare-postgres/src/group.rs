//! One writer, which inserts all that wait by one statement: group commit on the client's side.

use cqrs_bench_harness::{Answer, Failure, Measured, Request, Rule, drive};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Client;

use crate::{
    rows::{Rows, prepare, tag},
    schema::create,
};

/// A command, and where its answer goes.
struct Waiting {
    stream: usize,
    number: u64,
    tag: Option<String>,
    answer: oneshot::Sender<()>,
}

pub(crate) async fn run(request: &Request, tasks: usize, streams: usize, rule: Rule) -> Measured {
    let client = create(request).await?;
    commit_for(client, request.seconds, tasks, streams, 0, rule).await
}

/// Behind `before` events of each stream.
pub(crate) async fn commit_for(
    client: Client,
    seconds: f64,
    tasks: usize,
    streams: usize,
    before: usize,
    rule: Rule,
) -> Measured {
    let (sender, receiver) = mpsc::channel(4_096);
    let last: i64 = client
        .query_one("SELECT coalesce(max(position), 0) FROM events", &[])
        .await?
        .get(0);
    let writer = tokio::spawn(write(
        client,
        receiver,
        last,
        vec![i64::try_from(before)?; streams],
    ));
    let measured = drive(tasks, streams, seconds, move |stream, number| {
        let sender = sender.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            let tag = (rule == Rule::Tag).then(|| tag(stream, number));
            let waiting = Waiting {
                stream,
                number,
                tag,
                answer,
            };
            sender
                .send(waiting)
                .await
                .map_err(|_gone| "the writer has ended")?;
            answered.await?;
            Ok(Answer::Done)
        }
    })
    .await;
    // Why it ended says more than that it did.
    writer.await??;
    measured
}

async fn write(
    client: Client,
    mut receiver: mpsc::Receiver<Waiting>,
    mut position: i64,
    mut revisions: Vec<i64>,
) -> Result<(), Failure> {
    let statement = prepare(&client).await?;
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, 1_000).await > 0 {
        let mut rows = Rows::default();
        let mut answers = Vec::with_capacity(batch.len());
        for waiting in batch.drain(..) {
            position += 1;
            let revision = &mut revisions[waiting.stream];
            *revision += 1;
            rows.push(
                position,
                *revision,
                waiting.stream,
                waiting.number,
                waiting.tag,
            )?;
            answers.push(waiting.answer);
        }
        rows.insert(&client, &statement).await?;
        for answer in answers {
            // A caller whose time is up does not wait any more.
            let _gone = answer.send(());
        }
    }
    Ok(())
}
