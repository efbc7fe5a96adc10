//! Every message that a user of the derives can meet.
//!
//! `TRYBUILD=overwrite cargo test -p cqrs --test ui` accepts new messages; read the difference.

#![cfg(feature = "macros")]

use std::{fs, path::PathBuf};

#[test]
fn mistakes_are_answered() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
}

/// Each message, with the file it is in.
fn messages() -> Vec<(PathBuf, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let folders = fs::read_dir(root).expect("the cases are there");
    folders
        .flat_map(|folder| fs::read_dir(folder.expect("it can be read").path()).expect("a folder"))
        .map(|file| file.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == "stderr"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("it can be read");
            (path, text)
        })
        .collect()
}

#[test]
fn messages_name_nothing_private() {
    let messages = messages();
    assert!(messages.len() >= 160, "only {} messages", messages.len());
    for (path, text) in messages {
        for private in ["__private", "__cqrs", "proc-macro derive panicked"] {
            assert!(
                !text.contains(private),
                "{} shows `{private}`",
                path.display()
            );
        }
    }
}

/// The compiler adds what it finds; what is ours is one line in one voice.
#[test]
fn messages_of_the_derives_have_one_voice() {
    for (path, text) in messages() {
        for message in text.lines().filter_map(|line| line.strip_prefix("error: ")) {
            let first = message.chars().next().expect("a message says something");
            assert!(!first.is_uppercase(), "{}: {message}", path.display());
            assert!(!message.ends_with('.'), "{}: {message}", path.display());
        }
    }
}
