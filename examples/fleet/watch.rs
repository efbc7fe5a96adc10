//! Starts the processes, kills one every few seconds, and sees who takes over.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{CommandId, Position, postgres::Postgres, store::leases::LeaseStore};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{audit, connect};

const PROCESSES: usize = 3;
const KILL_EVERY: Duration = Duration::from_secs(4);

/// What the processes have said.
#[derive(Default)]
pub struct Said {
    pub acknowledged: BTreeSet<CommandId>,
    /// How often a letter was written, by the position of its event.
    pub letters: BTreeMap<Position, u64>,
    ready: usize,
}

impl Said {
    pub fn letter(&mut self, position: Position) {
        *self.letters.entry(position).or_default() += 1;
    }

    fn line(&mut self, line: &str) {
        // A line that a kill has cut off is neither.
        match line.split_once(' ') {
            Some(("acknowledged", id)) => self.acknowledged.extend(id.parse::<CommandId>().ok()),
            Some(("letter", position)) => {
                if let Ok(position) = position.parse() {
                    self.letter(Position::new(position));
                }
            }
            _ => self.ready += usize::from(line == "ready"),
        }
    }
}

pub async fn run(url: &str, time: Duration) -> Result<(), Box<dyn Error>> {
    let schema = format!("fleet_{}", std::process::id());
    let store = connect(url, &schema).await?;
    let said = Arc::new(Mutex::new(Said::default()));
    let mut listeners = JoinSet::new();
    let mut processes = Vec::new();
    for number in 0..PROCESSES {
        processes.push(Process::start(
            &schema,
            format!("{number}.0"),
            &said,
            &mut listeners,
        )?);
    }
    println!("{PROCESSES} processes on schema {schema}, one is killed every {KILL_EVERY:?}");

    let (begun, mut killed, mut times) = (Instant::now(), 0, Vec::new());
    while said.lock().expect("no panic").ready < PROCESSES {
        sleep(Duration::from_millis(20)).await;
    }
    while begun.elapsed() + KILL_EVERY < time {
        sleep(KILL_EVERY).await;
        // The one with most to do, so that there is something to take over.
        let victim = busiest(&store, &processes).await?;
        let name = processes[victim].name.clone();
        processes[victim].child.kill().await?;
        killed += 1;
        let took = taken_over(&store, &name).await?;
        println!("killed {name}, its work was taken over after {took:?}");
        times.push(took);
        let next = format!("{victim}.{killed}");
        processes[victim] = Process::start(&schema, next, &said, &mut listeners)?;
    }
    sleep(KILL_EVERY.min(time)).await;
    for process in &mut processes {
        process.child.kill().await?;
    }
    listeners.join_all().await;

    let mut said = std::mem::take(&mut *said.lock().expect("no panic"));
    let found = audit::audit(store, &mut said).await?;
    println!("{found}");
    println!("killed processes         {killed}");
    times.sort_unstable();
    if let (Some(least), Some(most)) = (times.first(), times.last()) {
        println!("take-over                {least:?} to {most:?}");
    }
    if found.is_sound() {
        Ok(())
    } else {
        Err("something was lost or doubled".into())
    }
}

struct Process {
    name: String,
    child: Child,
}

impl Process {
    fn start(
        schema: &str,
        name: String,
        said: &Arc<Mutex<Said>>,
        listeners: &mut JoinSet<()>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .args(["node", &name, schema])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("its output is piped")?;
        let said = Arc::clone(said);
        listeners.spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                said.lock().expect("no panic").line(&line);
            }
        });
        Ok(Self { name, child })
    }
}

/// The process that holds the most leases.
async fn busiest(store: &Postgres, processes: &[Process]) -> Result<usize, Box<dyn Error>> {
    let leases = store.leases().await?;
    let held = |process: &Process| {
        let holders = leases.iter().filter_map(|lease| lease.holder.as_ref());
        holders.filter(|holder| holder.name == process.name).count()
    };
    let busiest = (0..processes.len()).max_by_key(|number| held(&processes[*number]));
    Ok(busiest.unwrap_or(0))
}

/// How long it takes until others hold all that a process held.
async fn taken_over(store: &Postgres, killed: &str) -> Result<Duration, Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        let leases = store.leases().await?;
        let is_left = leases.iter().any(|lease| {
            let holder = lease.holder.as_ref();
            holder.is_none_or(|holder| holder.name == killed)
        });
        if !is_left {
            return Ok(begun.elapsed());
        }
        sleep(Duration::from_millis(20)).await;
    }
}
