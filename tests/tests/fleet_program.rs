//! Processes on one database that are killed while they work: nothing is lost, nothing is doubled.

use std::{env, path::Path, process::Command};

#[test]
fn a_fleet_loses_and_doubles_nothing_although_its_processes_are_killed() {
    let database = temporary_postgres::shared().unwrap();
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--example", "fleet", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .args(["--", "13"])
        .env("DATABASE_URL", database.url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");

    let number = |of: &str| -> u64 {
        let line = said.lines().find_map(|line| line.strip_prefix(of));
        let line = line.unwrap_or_else(|| panic!("it says nothing of {of}: {said}"));
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    assert!(number("acknowledged commands") > 0, "{said}");
    assert!(
        number("events in the log") >= number("acknowledged commands"),
        "{said}"
    );
    assert_eq!(number("lost"), 0, "{said}");
    assert_eq!(number("duplicates"), 0, "{said}");
    assert_eq!(number("wrong documents"), 0, "{said}");
    assert_eq!(number("seen by view balances"), number("events in the log"));
    assert_eq!(number("seen by view sizes"), number("events in the log"));
    assert!(number("killed processes") >= 2, "{said}");
}
