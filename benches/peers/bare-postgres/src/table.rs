//! Reading pages, decoding, and an upsert for each event; each page is a transaction.

use std::time::Instant;

use cqrs_bench_harness::{Measure, Measured, Renamed, Request, Unit, rate};

use crate::{
    catch_up::PAGE,
    load::read,
    rows::fill,
    schema::{COLUMNS, create},
};

pub(crate) async fn run(request: &Request, events: usize, rows: usize) -> Measured {
    let mut client = create(request).await?;
    fill(&client, events, rows, 0).await?;
    let page =
        format!("SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT {PAGE}");
    let page = client.prepare(&page).await?;
    let upsert = "INSERT INTO users AS u (id, renamed, name) VALUES ($1, 1, $2)
        ON CONFLICT (id) DO UPDATE SET renamed = u.renamed + 1, name = excluded.name";
    let upsert = client.prepare(upsert).await?;
    let checkpoint = "INSERT INTO checkpoints (view, position) VALUES (0, $1)
        ON CONFLICT (view) DO UPDATE SET position = excluded.position";
    let checkpoint = client.prepare(checkpoint).await?;
    let begun = Instant::now();
    let mut position = 0_i64;
    loop {
        let rows = client.query(&page, &[&position]).await?;
        let Some(last) = rows.last() else { break };
        position = last.try_get(0)?;
        let transaction = client.transaction().await?;
        for row in &rows {
            let Renamed { user, name, .. } = read(row)?;
            transaction.execute(&upsert, &[&user, &name]).await?;
        }
        transaction.execute(&checkpoint, &[&position]).await?;
        transaction.commit().await?;
    }
    Ok(vec![Measure::new(
        "events",
        rate(events, begun.elapsed()),
        Unit::PerSecond,
    )])
}
