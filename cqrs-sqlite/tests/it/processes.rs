//! One process at a time.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
};

use cqrs_sqlite::{OpenError, Sqlite};

use crate::{child, make};

/// Opens the store, says so, and holds it until told to go.
pub(crate) fn hold(file: &Path) {
    let store = Sqlite::open(file).expect("a store");
    writeln!(std::io::stdout(), "HELD").expect("told");
    let mut until_told = Vec::new();
    std::io::stdin()
        .read_to_end(&mut until_told)
        .expect("waited");
    drop(store);
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_has_gone() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("store.db");
    make::fill(&file, 3).await;

    let mut first = child::start("hold", &file);
    let output = BufReader::new(first.stdout.take().expect("its output"));
    let held = output
        .lines()
        .map_while(Result::ok)
        .any(|line| line.ends_with("HELD"));
    assert!(held, "the first process has opened the store");

    let error = Sqlite::open(&file).expect_err("it is in use");
    let process = first.id();
    assert!(
        matches!(&error, OpenError::InUse { process: Some(found), .. } if *found == process),
        "{error:?}"
    );
    assert!(
        error.to_string().contains(&format!("process {process}")),
        "{error}"
    );

    first.kill().expect("killed");
    first.wait().expect("gone");
    let store = Sqlite::open(&file).expect("nobody has it any more");
    assert_eq!(make::everything(&store).await.len(), 3);
}
