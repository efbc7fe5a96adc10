//! What compiling costs.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use cqrs_bench_harness::{Failure, Measure, Measured, Outcome, Unit, median};

/// What is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compile {
    /// Everything, from nothing, for a program that uses the embedded store.
    Clean,
    /// A program of 100 commands, 100 events and 20 aggregates, after one file was touched.
    Check,
}

/// Compiles what the contestant needs.
pub(crate) fn compile(
    work: Compile,
    contestant: &str,
    folder: &Path,
    quick: bool,
) -> Result<Outcome, Failure> {
    let dependencies = match (work, contestant) {
        (_, "cqrs") => cqrs(),
        (Compile::Clean, "cqrs-es") => "cqrs-es = \"=0.5.0\"\nsqlite-es = \"=0.5.0\"\n\
             tokio = { version = \"1\", features = [\"rt-multi-thread\"] }\n"
            .into(),
        (Compile::Check, "serde-only") => String::new(),
        _ => {
            return Ok(Outcome::Unsupported(
                "there is nothing to compare it with".into(),
            ));
        }
    };
    let source = match (work, contestant) {
        (Compile::Clean, _) => String::from("fn main() {}\n"),
        (Compile::Check, "cqrs") => program(true),
        (Compile::Check, _) => program(false),
    };
    write(folder, &dependencies, &source)?;
    let measures = match work {
        Compile::Clean => clean(folder)?,
        Compile::Check => check(folder, if quick { 1 } else { 5 })?,
    };
    Ok(Outcome::Measured {
        measures,
        versions: BTreeMap::new(),
    })
}

fn cqrs() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cqrs");
    format!("cqrs = {{ path = {:?} }}\n", root.to_string_lossy())
}

fn write(folder: &Path, dependencies: &str, source: &str) -> Result<(), Failure> {
    let manifest = format!(
        "[package]\nname = \"compiled\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n{dependencies}"
    );
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), source)?;
    // Downloading is not compiling.
    run(cargo(folder, &["fetch", "--quiet"]))
}

fn clean(folder: &Path) -> Measured {
    let begun = Instant::now();
    run(cargo(folder, &["build", "--quiet", "--offline"]))?;
    let took = begun.elapsed().as_secs_f64();
    let tree = cargo(
        folder,
        &["tree", "--offline", "--prefix=none", "--edges=normal,build"],
    )
    .output()?;
    let tree = String::from_utf8(tree.stdout)?;
    let mut crates: Vec<_> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    crates.sort_unstable();
    crates.dedup();
    // Without the program itself.
    let crates = u32::try_from(crates.len().saturating_sub(1))?;
    Ok(vec![
        Measure::new("clean build", took, Unit::Seconds),
        Measure::new("crates", crates.into(), Unit::Count),
    ])
}

fn check(folder: &Path, times: usize) -> Measured {
    run(cargo(folder, &["check", "--quiet", "--offline"]))?;
    let main = folder.join("src/main.rs");
    let source = fs::read(&main)?;
    let mut took = Vec::new();
    for _ in 0..times {
        fs::write(&main, &source)?;
        let begun = Instant::now();
        run(cargo(folder, &["check", "--quiet", "--offline"]))?;
        took.push(begun.elapsed().as_secs_f64());
    }
    let expand = [
        "rustc",
        "--quiet",
        "--offline",
        "--profile=check",
        "--",
        "-Zunpretty=expanded",
    ];
    // Only to look at the expansion, which the compiler shows nobody else.
    let expanded = cargo(folder, &expand)
        .env("RUSTC_BOOTSTRAP", "1")
        .output()?;
    let expanded = u32::try_from(expanded.stdout.len())?;
    Ok(vec![
        Measure::new("check", median(&took), Unit::Seconds),
        Measure::new("expanded", expanded.into(), Unit::Bytes),
    ])
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .stderr(Stdio::piped());
    command
}

fn run(mut command: Command) -> Result<(), Failure> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said
        .lines()
        .find(|line| line.starts_with("error"))
        .unwrap_or("it does not compile")
        .into())
}

/// 20 aggregates, each with five commands and five events; without the framework, the same types with serde alone.
fn program(with_framework: bool) -> String {
    let mut source = String::from("#![allow(dead_code)]\nuse serde::{Deserialize, Serialize};\n");
    if with_framework {
        source.push_str(
            "use std::convert::Infallible;\nuse cqrs::{Aggregate, Apply, Command, Context, Decide, Event};\n",
        );
    }
    for aggregate in 0..20 {
        let events: Vec<_> = (0..5)
            .map(|number| format!("Done{aggregate}x{number}"))
            .collect();
        let derive = if with_framework { "Aggregate, " } else { "" };
        let attribute = if with_framework {
            format!("#[aggregate(events({}))]\n", events.join(", "))
        } else {
            String::new()
        };
        let _written = writeln!(
            source,
            "#[derive({derive}Debug, Default, Serialize, Deserialize)]\n{attribute}\
             struct Thing{aggregate} {{ count: u64, name: String }}"
        );
        for (number, event) in events.iter().enumerate() {
            message(&mut source, aggregate, number, event, with_framework);
        }
    }
    source.push_str("fn main() {}\n");
    source
}

fn message(source: &mut String, aggregate: u32, number: usize, event: &str, with_framework: bool) {
    let fields = "name: String, amount: u64, note: Option<String>";
    let thing = format!("Thing{aggregate}");
    let command = format!("Do{aggregate}x{number}");
    let _written = if with_framework {
        writeln!(
            source,
            "#[derive(Event, Clone, Debug, Serialize, Deserialize)] struct {event} {{ {fields} }}\n\
             #[derive(Command, Debug, Serialize, Deserialize)] #[command(aggregate = {thing}, upsert)]\n\
             struct {command} {{ #[id] id: String, {fields} }}\n\
             impl Decide<{command}> for {thing} {{\n\
                 fn decide(&self, c: &{command}, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {{\n\
                     cx.emit({event} {{ name: c.name.clone(), amount: c.amount, note: c.note.clone() }});\n\
                     Ok(())\n\
                 }}\n\
             }}\n\
             impl Apply<{event}> for {thing} {{\n\
                 fn apply(&mut self, event: &{event}) {{ self.count += event.amount; self.name = event.name.clone(); }}\n\
             }}"
        )
    } else {
        writeln!(
            source,
            "#[derive(Clone, Debug, Serialize, Deserialize)] struct {event} {{ {fields} }}\n\
             #[derive(Debug, Serialize, Deserialize)] struct {command} {{ id: String, {fields} }}\n\
             impl {thing} {{\n\
                 fn decide_{number}(&self, c: &{command}) -> {event} {{\n\
                     {event} {{ name: c.name.clone(), amount: c.amount, note: c.note.clone() }}\n\
                 }}\n\
                 fn apply_{number}(&mut self, event: &{event}) {{\n\
                     self.count += event.amount; self.name = event.name.clone();\n\
                 }}\n\
             }}"
        )
    };
}
