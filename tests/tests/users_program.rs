//! The main job, as the README says it is run.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{env, path::Path, process::Command};

fn run_users(folder: &Path) -> String {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--example", "users", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_users_program_creates_a_user_and_finds_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let user = r#"UserView {
        user_id: "user1",
        username: "john_doe_updated",
        email: "john.updated@example.com",
        version: 2,
    }"#;
    let answers = format!("User: Some(\n    {user},\n)\nUsers: [\n    {user},\n]\n");

    assert_eq!(run_users(folder.path()), answers);
    assert_eq!(
        run_users(folder.path()),
        format!("Error creating user: User `user1` already exists\n{answers}")
    );
}
