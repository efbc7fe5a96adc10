//! The main job, as the README says it is run.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{env, path::Path, process::Command};

fn run(example: &str, folder: &Path, database: Option<&str>) -> String {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["run", "--quiet", "--example", example, "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .current_dir(folder)
        .env_remove("DATABASE_URL");
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the program prints when it is run twice: the second run finds the user that the first one stored.
fn runs_twice(example: &str, database: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let user = r#"UserView {
        user_id: "user1",
        username: "john_doe_updated",
        email: "john.updated@example.com",
        version: 2,
    }"#;
    let answers = format!("User: Some(\n    {user},\n)\nUsers: [\n    {user},\n]\n");

    assert_eq!(run(example, folder.path(), database), answers);
    assert_eq!(
        run(example, folder.path(), database),
        format!("Error creating user: User `user1` already exists\n{answers}")
    );
}

#[test]
fn the_users_program_creates_a_user_and_finds_it_again() {
    runs_twice("users", None);
}

#[test]
fn it_does_the_same_on_a_file_and_on_postgresql() {
    runs_twice("users_anywhere", None);
    let database = temporary_postgres::shared().unwrap();
    runs_twice("users_anywhere", Some(database.url()));
}
