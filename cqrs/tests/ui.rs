//! Every message that a user of the derives can meet.
//!
//! `TRYBUILD=overwrite cargo test -p cqrs --test ui` accepts new messages; read the difference.

#![cfg(feature = "macros")]

use std::{collections::BTreeMap, fs, path::PathBuf};

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

/// Cases with more than one error, and how many they have.
const SEVERAL: &[(&str, usize)] = &[
    // Several mistakes, to see that all are told at once.
    ("command/several_mistakes", 5),
    ("command/send_no_command", 4),
    ("query/send_no_query", 4),
    // What excludes each other stands at two places, and either can be the one to change.
    ("aggregate/claim_twice", 2),
    ("aggregate/claimed_by_a_handler_too", 2),
    ("aggregate/claimed_by_two", 2),
    ("aggregate/event_twice", 2),
    ("command/aggregate_and_handler", 2),
    ("command/create_and_upsert", 2),
    ("command/id_twice_on_one_field", 2),
    ("command/key_twice", 2),
    ("command/two_ids", 2),
    ("event/upcast_twice", 2),
    ("handler/claim_by_two_lists", 2),
    ("handler/command_claimed_by_two", 2),
    ("handler/event_twice", 2),
    ("handler/query_claimed_by_two", 2),
    ("projection/event_twice", 2),
    ("query/two_ids", 2),
    ("query/view_and_handler", 2),
    // The two impls that send it conflict, and there is no claim of what names an aggregate. An impl that were only there for
    // what can be claimed would be missed by the `Decide` beside a claim that is wrong in another way.
    ("aggregate/claim_of_a_named_command", 2),
    // The derive says it once, at the field. What the impl beside it asks for, it asks where it stands: to be `Send`, to be
    // `Sync`, and that of its future.
    ("handler/field_not_send_of_a_command_handler", 4),
    // An impl's head is asked for the bounds of its trait, and the types of each method are compared with the trait's in
    // another place, whatever came of the head. Where both need what is not there, each says so: a method's types name the
    // output of a command, the key of a view, the tables of a store. A bound on the method instead would be believed, and
    // the types found not to fit. An `async fn` is compared twice: by its own types, and by what its future may hold.
    ("command/decide_no_command", 2),
    ("command/handle_no_command", 2),
    ("view/project_without_derive", 3),
    ("projection/not_a_projection", 3),
    ("projection/store_without_tables", 5),
    // Nothing that a derive writes is there without its crate, so that this is `decide_no_command` besides.
    ("command/crate_path", 3),
    // A struct that holds an aggregate's events is bound to be of one; whether it has a `new` is another question then.
    // `new` could answer by way of a trait, which would say less to everybody who reads its signature.
    ("fixture/no_aggregate", 2),
];

/// A list of exceptions would grow by itself: so it is exact, and what became better has to leave it.
#[test]
fn one_mistake_is_one_error() {
    let several: BTreeMap<_, _> = messages()
        .into_iter()
        .map(|(path, text)| {
            let derive = path.parent().and_then(|it| it.file_name());
            let derive = derive.expect("a case is in a folder").to_string_lossy();
            let mistake = path
                .file_stem()
                .expect("a case has a name")
                .to_string_lossy();
            let errors = text.lines().filter(|it| it.starts_with("error")).count();
            (format!("{derive}/{mistake}"), errors)
        })
        .filter(|(_, errors)| *errors != 1)
        .collect();
    let known = SEVERAL
        .iter()
        .map(|(case, errors)| ((*case).to_owned(), *errors));
    assert_eq!(several, known.collect());
}
