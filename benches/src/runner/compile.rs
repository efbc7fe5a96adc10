//! What compiling costs.

mod program;

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use cqrs_bench_harness::{Failure, Measure, Measured, Outcome, Unit, median};

use self::program::{DERIVES, EACH_DERIVE, program};

/// What is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compile {
    /// Everything, from nothing, for a program that uses the embedded store.
    Clean,
    /// A program of 100 commands, 100 events and 20 aggregates, after one file was touched.
    Check,
    /// What each derive writes.
    Expansions,
}

/// How often a program is checked again.
const CHECKS: usize = 5;

/// Compiles what the contestant needs.
pub(crate) fn compile(work: Compile, contestant: &str, folder: &Path) -> Result<Outcome, Failure> {
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
        (Compile::Expansions, _) => EACH_DERIVE.to_owned(),
        (Compile::Check, "cqrs") => program(true),
        (Compile::Check, _) => program(false),
    };
    write(folder, &dependencies, &source)?;
    let measures = match work {
        Compile::Clean => clean(folder)?,
        Compile::Check => check(folder)?,
        Compile::Expansions => expansions(folder)?,
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

fn check(folder: &Path) -> Measured {
    run(cargo(folder, &["check", "--quiet", "--offline"]))?;
    let main = folder.join("src/main.rs");
    let source = fs::read(&main)?;
    let mut took = Vec::new();
    for _ in 0..CHECKS {
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

/// As the derives print it themselves, without spaces to read it by.
fn expansions(folder: &Path) -> Measured {
    run(cargo(folder, &["check", "--quiet", "--offline"]))?;
    let main = folder.join("src/main.rs");
    let mut measures = Vec::new();
    for (derive, written_at) in DERIVES {
        fs::write(&main, EACH_DERIVE)?;
        let mut check = cargo(folder, &["check", "--quiet", "--offline"]);
        let printed = check.env("CQRS_DEBUG", written_at).output()?.stderr;
        let printed = String::from_utf8(printed)?;
        let bytes: usize = printed.split_whitespace().map(str::len).sum();
        let bytes = u32::try_from(bytes)?;
        measures.push(Measure::new(derive, bytes.into(), Unit::Bytes));
    }
    Ok(measures)
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("CARGO_INCREMENTAL")
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
