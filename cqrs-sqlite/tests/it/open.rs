//! What can be wrong with a file, and what is then said.

use std::{env, fs, path::Path};

use cqrs_core::{EventStore, StoreError, store::error::StoreErrorKind};
use cqrs_sqlite::{OpenError, Sqlite};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{child, make};

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn refused(path: &Path) -> OpenError {
    Sqlite::open(path).expect_err("it cannot be opened")
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let directory = directory();
    let error = refused(&directory.path().join("data").join("store.db"));

    assert!(matches!(error, OpenError::NoDirectory(_)), "{error:?}");
    assert!(error.to_string().contains("data"), "{error}");
}

#[test]
fn a_directory_is_not_a_file() {
    let directory = directory();
    let error = refused(directory.path());

    assert!(matches!(error, OpenError::NotAFile(_)), "{error:?}");
}

#[test]
fn a_text_is_not_a_database() {
    let directory = directory();
    let path = directory.path().join("store.db");
    fs::write(&path, "name = \"a configuration, rather\"\n".repeat(400)).expect("written");

    let error = refused(&path);

    assert!(matches!(error, OpenError::NotADatabase(_)), "{error:?}");
    assert!(fs::read_to_string(&path).expect("text").starts_with("name"));
}

#[test]
fn an_empty_file_becomes_a_store() {
    let directory = directory();
    let path = directory.path().join("store.db");
    fs::write(&path, "").expect("written");

    assert!(Sqlite::open(&path).is_ok());
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let directory = directory();
    for (name, sql) in [
        ("unmarked.db", "CREATE TABLE users (name TEXT)"),
        ("marked.db", "PRAGMA application_id = 7"),
    ] {
        let path = directory.path().join(name);
        let other = Connection::open(&path).expect("a database");
        other.execute_batch(sql).expect("made");
        drop(other);

        let error = refused(&path);

        assert!(
            matches!(error, OpenError::OtherApplication { .. }),
            "{error:?}"
        );
        let other = Connection::open(&path).expect("a database");
        let tables: i64 = other
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .expect("counted");
        assert!(tables <= 1, "nothing was added");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let directory = directory();
    let path = directory.path().join("store.db");
    make::fill(&path, 1).await;
    Connection::open(&path)
        .and_then(|newer| newer.execute("UPDATE meta SET schema_version = 99", []))
        .expect("made newer");

    let error = refused(&path);

    assert!(
        matches!(error, OpenError::TooNew { found: 99, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("update `cqrs-sqlite`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_never_a_panic() {
    let directory = directory();
    let path = directory.path().join("store.db");
    make::fill(&path, 200).await;
    let whole = fs::read(&path).expect("its bytes");
    for page in 0..whole.len() / 4_096 {
        let mut damaged = whole.clone();
        damaged[page * 4_096..][100 * usize::from(page == 0)..4_000].fill(0xa5);
        fs::write(&path, damaged).expect("damaged");
        match Sqlite::open(&path) {
            Err(error) => assert!(
                matches!(
                    error,
                    OpenError::Corrupt { .. } | OpenError::NotADatabase(_)
                ),
                "page {page}: {error:?}"
            ),
            Ok(store) => match store.verify().await {
                Err(error) => assert_corrupt(&error),
                Ok(verified) => assert!(!verified.is_sound(), "page {page} is damaged"),
            },
        }
    }
}

fn assert_corrupt(error: &StoreError) {
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error:?}");
}

/// What a process does that may not write the file.
pub(crate) fn be_refused(path: &Path) {
    let error = refused(path);

    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("cannot be written"), "{error}");
}

/// Closes the folder and its files to writing while another process tries to open the store.
#[cfg(unix)]
fn try_without_rights(directory: &TempDir, path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    let entries = fs::read_dir(directory.path()).expect("a listing");
    let files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let program = directory.path().join("program");
    fs::copy(env::current_exe().expect("a program"), &program).expect("a copy");
    set(&program, 0o555);
    for file in &files {
        set(file, 0o444);
    }
    set(directory.path(), 0o555);

    let child = child::start_without_rights(&program, "be refused", path);
    let status = child.wait_with_output().expect("an end").status;

    set(directory.path(), 0o755);
    for file in &files {
        set(file, 0o644);
    }
    assert!(status.success(), "{status}");
}

#[test]
#[cfg(unix)]
fn a_folder_that_may_not_be_written_is_an_error() {
    let directory = directory();
    try_without_rights(&directory, &directory.path().join("store.db"));
}

#[tokio::test]
#[cfg(unix)]
async fn a_file_that_may_not_be_written_is_an_error_and_loses_nothing() {
    let directory = directory();
    let path = directory.path().join("store.db");
    let written = make::fill(&path, 3).await;

    try_without_rights(&directory, &path);

    let store = Sqlite::open(&path).expect("the store again");
    assert_eq!(make::everything(&store).await, written);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_system_that_cannot_be_written_is_an_error() {
    // For root too: the kernel makes no files there.
    let error = refused(Path::new("/proc/self/store.db"));

    assert!(
        matches!(error, OpenError::ReadOnly { .. } | OpenError::Failed { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_second_handle_in_one_program_is_refused_under_every_name() {
    let directory = directory();
    let path = directory.path().join("store.db");
    let store = Sqlite::open(&path).expect("a store");
    let mut names = vec![path.clone(), directory.path().join(".").join("store.db")];
    if cfg!(unix) {
        let link = directory.path().join("link.db");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        names.push(link);
    }
    for name in names {
        let error = refused(&name);
        assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
        assert!(error.to_string().contains("clone"), "{error}");
    }
    drop(store);
    assert!(Sqlite::open(&path).is_ok());
}

#[tokio::test]
async fn the_last_clone_lets_go_and_a_close_lets_go_for_all() {
    let directory = directory();
    let path = directory.path().join("store.db");
    let store = Sqlite::open(&path).expect("a store");
    let clone = store.clone();
    drop(store);
    assert!(matches!(refused(&path), OpenError::InUse { .. }));
    drop(clone);

    let store = Sqlite::open(&path).expect("let go of");
    let clone = store.clone();
    store.close().await.expect("closed");
    let again = Sqlite::open(&path).expect("let go of");
    let error = make::store(&clone, make::append("a", [make::event("late")])).await;
    assert!(
        matches!(&error, Err(cqrs_core::AppendError::Store(error)) if error.kind() == StoreErrorKind::Closed),
        "{error:?}"
    );
    drop(again);
}

#[tokio::test]
async fn the_identity_is_kept_and_a_restore_raises_its_epoch() {
    let directory = directory();
    let path = directory.path().join("store.db");
    let first = Sqlite::open(&path).expect("a store").identity();
    let second = Sqlite::open(&path).expect("a store").identity();
    let restored = Sqlite::options().restored().open(&path).expect("a store");

    assert_eq!(first, second);
    assert_eq!(restored.identity().store, first.store);
    assert_eq!(restored.identity().epoch, first.epoch + 1);
}

#[test]
fn an_error_out_of_main_says_what_to_do() {
    let error = refused(Path::new("no/such/folder/users.db"));

    assert_eq!(
        format!("Error: {error:?}"),
        "Error: there is no directory `no/such/folder` to hold the store: create it"
    );
}
