//! What is in the store at the end, against what was acknowledged.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt,
    sync::{Arc, Mutex},
};

use crate::{
    LEASE,
    domain::{Count, Counted, Deposited, Post},
    watch::Said,
};
use cqrs::{App, EventQuery, EventStore, Position, Range, StoredEvent, postgres::Postgres};

/// What was counted.
pub struct Found {
    acknowledged: usize,
    events: u64,
    /// Acknowledged, and not in the log.
    lost: usize,
    /// Commands with more than one event.
    doubled: usize,
    by_balance: u64,
    by_size: u64,
    /// Accounts whose document is not the sum of their events.
    wrong: usize,
    /// Events of which there was no letter.
    unwritten: u64,
    /// Letters that were written again, after a kill.
    repeated: u64,
}

impl Found {
    pub const fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.wrong == 0
            && self.unwritten == 0
            && self.by_balance == self.events
            && self.by_size == self.events
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "acknowledged commands    {}", self.acknowledged)?;
        writeln!(f, "events in the log        {}", self.events)?;
        writeln!(f, "lost                     {}", self.lost)?;
        writeln!(f, "duplicates               {}", self.doubled)?;
        writeln!(f, "seen by view balances    {}", self.by_balance)?;
        writeln!(f, "seen by view sizes       {}", self.by_size)?;
        writeln!(f, "wrong documents          {}", self.wrong)?;
        write!(
            f,
            "letters                  {} missing, {} written again",
            self.unwritten, self.repeated
        )
    }
}

/// Does what is left to do, and counts.
pub async fn audit(store: Postgres, said: &mut Said) -> Result<Found, Box<dyn Error>> {
    let letters = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&letters);
    let post = Post(Arc::new(move |position| {
        written.lock().expect("no panic").push(position);
    }));
    let app = App::builder(store.clone())
        .node_name("audit")
        .lease(LEASE)
        .provide(post)
        .start()
        .await?;
    app.caught_up().await?;
    let counted = app.ask(Count).await?;
    let log = everything(&store).await?;
    app.shutdown().await?;
    for position in letters.lock().expect("no panic").drain(..) {
        said.letter(position);
    }
    compare(&log, &counted, said)
}

async fn everything(store: &Postgres) -> Result<Vec<StoredEvent>, Box<dyn Error>> {
    let (mut log, mut after) = (Vec::new(), Position::START);
    loop {
        let page = store.read(&EventQuery::all(), Range::after(after)).await?;
        let Some(last) = page.events.last() else {
            return Ok(log);
        };
        after = last.meta.position;
        log.extend(page.events);
    }
}

fn compare(log: &[StoredEvent], counted: &Counted, said: &Said) -> Result<Found, Box<dyn Error>> {
    let mut commands = BTreeMap::<_, u64>::new();
    let mut sums = BTreeMap::<String, (u64, u64)>::new();
    for event in log {
        *commands.entry(event.meta.command_id()).or_default() += 1;
        let Deposited { cents } = serde_json::from_slice(&event.payload)?;
        let account = event.meta.stream.id().to_owned();
        let (deposits, sum) = sums.entry(account).or_default();
        *deposits += 1;
        *sum += cents;
    }
    let acknowledged = said.acknowledged.iter();
    let lost = acknowledged.filter(|id| !commands.contains_key(&Some(**id)));
    let wrong = sums.iter();
    let wrong = wrong.filter(|(account, sum)| counted.balances.get(*account) != Some(*sum));
    let positions = log.iter().map(|event| event.meta.position);
    let letters = said.letters.values().sum::<u64>();
    Ok(Found {
        acknowledged: said.acknowledged.len(),
        events: log.len() as u64,
        lost: lost.count(),
        doubled: commands.values().filter(|events| **events > 1).count(),
        by_balance: counted
            .balances
            .values()
            .map(|(deposits, _)| deposits)
            .sum(),
        by_size: counted.by_size,
        wrong: wrong.count(),
        unwritten: positions
            .filter(|position| !said.letters.contains_key(position))
            .count() as u64,
        repeated: letters - said.letters.len() as u64,
    })
}
