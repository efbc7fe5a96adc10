//! Reading pages, decoding, and loading and writing the documents of each page.

use std::{collections::HashMap, time::Instant};

use cqrs_bench_harness::{Failure, Measure, Measured, Renamed, Request, Tally, Unit, rate};
use tokio_postgres::{Client, Statement};

use crate::{
    load::read,
    rows::fill,
    schema::{COLUMNS, create},
};

/// As many events as the framework takes at once.
pub(crate) const PAGE: usize = 512;

/// What is prepared for a view.
struct View {
    number: i32,
    load: Statement,
    save: Statement,
}

pub(crate) async fn run(
    request: &Request,
    events: usize,
    documents: usize,
    views: usize,
) -> Measured {
    let client = create(request).await?;
    fill(&client, events, documents, 0).await?;
    let page =
        format!("SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT {PAGE}");
    let page = client.prepare(&page).await?;
    let mut all = Vec::new();
    for number in 0..i32::try_from(views)? {
        all.push(prepare(&client, number).await?);
    }
    let begun = Instant::now();
    let mut position = 0_i64;
    loop {
        let rows = client.query(&page, &[&position]).await?;
        let Some(last) = rows.last() else { break };
        position = last.try_get(0)?;
        let events: Result<Vec<_>, _> = rows.iter().map(read).collect();
        let events = events?;
        for view in &all {
            project(&client, view, position, &events).await?;
        }
    }
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}

async fn prepare(client: &Client, number: i32) -> Result<View, Failure> {
    // A look-up for each key, whatever the planner believes of a table that is empty now.
    let load = "SELECT d.key, d.content FROM unnest($2::text[]) AS k (key)
        CROSS JOIN LATERAL (
            SELECT key, content FROM documents WHERE view = $1 AND key = k.key OFFSET 0) AS d";
    let save = "WITH saved AS (
            INSERT INTO documents (view, key, content)
            SELECT $1, u.key, u.content FROM unnest($2::text[], $3::bytea[]) AS u (key, content)
            ON CONFLICT (view, key) DO UPDATE SET content = EXCLUDED.content)
        INSERT INTO checkpoints (view, position) VALUES ($1, $4)
        ON CONFLICT (view) DO UPDATE SET position = EXCLUDED.position";
    Ok(View {
        number,
        load: client.prepare(load).await?,
        save: client.prepare(save).await?,
    })
}

async fn project(
    client: &Client,
    view: &View,
    position: i64,
    events: &[Renamed],
) -> Result<(), Failure> {
    let mut documents: HashMap<&str, Tally> = HashMap::new();
    for event in events {
        documents.entry(&event.user).or_default();
    }
    let keys: Vec<&str> = documents.keys().copied().collect();
    for row in client.query(&view.load, &[&view.number, &keys]).await? {
        if let Some(document) = documents.get_mut(row.try_get::<_, &str>(0)?) {
            *document = serde_json::from_slice(row.try_get(1)?)?;
        }
    }
    for event in events {
        if let Some(document) = documents.get_mut(&*event.user) {
            document.apply(event);
        }
    }
    let (mut keys, mut contents) = (Vec::new(), Vec::new());
    for (key, document) in &documents {
        keys.push(*key);
        contents.push(serde_json::to_vec(document)?);
    }
    let save = [
        &view.number as &(dyn tokio_postgres::types::ToSql + Sync),
        &keys,
        &contents,
        &position,
    ];
    client.execute(&view.save, &save).await?;
    Ok(())
}
