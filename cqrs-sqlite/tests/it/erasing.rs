//! What was erased is gone from the disk.

use std::{fs, path::Path};

use cqrs_core::EventStore;
use cqrs_sqlite::Sqlite;

use crate::make;

#[tokio::test]
async fn nothing_of_it_is_left_in_the_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let store = Sqlite::open(&path).expect("a store");
    let secret = |index: usize| format!("topsecret {index} {}", "long ".repeat(index * 40 % 4_000));
    for index in 0..100 {
        let mut event = make::event("public");
        event.payload = format!("\"{}\"", secret(index)).into();
        event.tags = vec![cqrs_core::Tag::new("mail", "topsecret@example.com").expect("a tag")];
        event.metadata = cqrs_core::Metadata::new().actor("topsecret");
        let append = make::append("person", [event]);
        make::store(&store, append).await.expect("appended");
        let other = make::append("other", [make::event("kept")]);
        make::store(&store, other).await.expect("appended");
    }

    let erased = store.erase(&make::stream("person")).await;

    assert_eq!(erased.expect("erased"), 100);
    make::assert_sound(&store).await;
    store.close().await.expect("closed");
    assert!(has(directory.path(), "kept"));
    assert!(!has(directory.path(), "topsecret"));
}

fn has(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| fs::read(entry.expect("an entry").path()).expect("its bytes"))
        .any(|bytes| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        })
}
