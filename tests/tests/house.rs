//! What the workspace promises about itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package is in a folder of the workspace")
        .to_owned()
}

/// The folders of the workspace's packages.
fn packages() -> Vec<PathBuf> {
    let mut packages = Vec::new();
    for entry in fs::read_dir(root()).expect("the root can be listed") {
        let folder = entry.expect("the root can be listed").path();
        if folder.join("Cargo.toml").is_file() {
            packages.push(folder);
        }
    }
    packages.sort();
    assert!(packages.len() > 5, "the packages are found: {packages:?}");
    packages
}

fn manifest_of(package: &Path) -> String {
    fs::read_to_string(package.join("Cargo.toml")).expect("a manifest is text")
}

#[test]
fn every_package_forbids_unsafe_code() {
    for package in packages() {
        let manifest = manifest_of(&package);
        assert!(
            manifest.contains("[lints]\nworkspace = true")
                || manifest.contains("[lints.rust]\nunsafe_code = \"forbid\""),
            "{} neither takes the workspace's lints nor forbids unsafe code",
            package.display()
        );
    }
}

#[test]
fn every_package_is_named_after_its_folder() {
    for package in packages() {
        let folder = package
            .file_name()
            .and_then(|name| name.to_str())
            .expect("folders have names in UTF-8");
        let manifest = manifest_of(&package);
        let named = |name: &str| manifest.contains(&format!("\nname = \"{name}\"\n"));
        assert!(
            named(folder) || named(&format!("cqrs-{folder}")),
            "{folder} holds a package of another name"
        );
    }
}

#[test]
fn the_smallest_example_has_at_most_sixty_lines() {
    let text =
        fs::read_to_string(root().join("examples/smallest.rs")).expect("the example is text");
    let model = text
        .split("// ---- the model ----")
        .nth(1)
        .and_then(|rest| rest.split("// ---- the wiring and the calls ----").next())
        .expect("the example has its two marks");
    let lines = model.lines().filter(|line| !line.trim().is_empty()).count();
    assert!((40..=60).contains(&lines), "{lines} lines");
}

#[test]
fn the_two_documents_that_everybody_reads_are_short() {
    for document in ["README.md", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(root().join(document)).expect("a document is text");
        assert!(text.lines().count() <= 200, "{document}");
    }
}

/// The rows of the table in `src/lib.rs`: file and test.
#[test]
fn every_promise_is_held_to_by_a_test_that_is_there() {
    let table = fs::read_to_string(root().join("tests/src/lib.rs"));
    let table = table.expect("the table is text");
    let mut tests = 0;
    for row in table.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let cells: Vec<_> = row
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let [_, path, named, ..] = &*cells else {
            panic!("a row has three cells: {row}");
        };
        if !path.contains('/') {
            continue;
        }
        let text = fs::read_to_string(root().join(path));
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
        let function = format!("fn {named}(");
        assert!(
            named.is_empty() || text.contains(&function),
            "{path} has no test {named}"
        );
        tests += 1;
    }
    assert!(tests > 20, "the table is found");
}
