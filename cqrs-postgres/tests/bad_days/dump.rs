//! `pg_dump`, and what it wrote put into another database.

use std::process::Command;

use crate::make;

/// What `pg_dump` writes of a database: statements alone, which any client can send.
pub(crate) fn dump(url: &str) -> String {
    pg_dump(&[
        "--inserts",
        "--rows-per-insert=100",
        "--no-owner",
        "--dbname",
        url,
    ])
}

/// The tables and functions alone.
pub(crate) fn schema(url: &str) -> String {
    pg_dump(&["--schema-only", "--no-owner", "--dbname", url])
}

fn pg_dump(arguments: &[&str]) -> String {
    let program = temporary_postgres::installed()
        .expect("programs")
        .join("pg_dump");
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect("pg_dump runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).expect("text");
    // Orders to `psql`, and remarks that name the version of the program.
    let lines = text.lines();
    let statements = lines.filter(|line| !line.starts_with('\\') && !line.starts_with("-- Dumped"));
    statements.flat_map(|line| [line, "\n"]).collect()
}

/// Puts a dump into an empty database.
pub(crate) async fn restore(url: &str, dump: &str) {
    let client = make::client(url).await;
    client.batch_execute(dump).await.expect("restored");
}
