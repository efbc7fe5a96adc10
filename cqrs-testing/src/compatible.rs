//! Whether a program can still read what it has stored.

mod compare;
mod shape;

use std::{env, fs, io, path::Path};

use cqrs_core::{App, Memory};

use self::{compare::compare, shape::Shapes};
use crate::wired::{UNLINKED, check};

/// Fails when a change would make stored events unreadable, or lose what was stored under a name.
///
/// The file, beside the crate's `Cargo.toml` and to be committed, holds the name, version, former names and fields of
/// every event, and the names of aggregates, views and handlers of events. It is written when it is not there. Later:
///
/// - An event without its name, or with a field renamed, retyped or taken away under the same version, fails the test,
///   with what to do; so does a name that has vanished.
/// - What was only added (an event, an `Option` field, a version with its upcaster) is written into the file; where the
///   environment variable `CI` is set it fails, so that nobody forgets to commit it.
/// - `CQRS_BLESS=1` writes the file whatever has changed.
///
/// Fields are known by the name and type that the source gives them, and types inside of types are not looked into: what
/// `serde` attributes do to them is up to you. A field that is new and not an `Option` fails, since events without it
/// are stored; `CQRS_BLESS=1` is the answer when it is `#[serde(default)]`.
///
/// What is registered is what is linked, so a test among the program's own takes in the events of other tests beside it;
/// one in `tests/` does not, and names the program's crate, by `use my_program as _;` if by nothing else.
///
/// ```no_run
/// // In a test of its own, beside the program.
/// cqrs_testing::assert_events_compatible!("events.lock.json");
/// ```
#[macro_export]
macro_rules! assert_events_compatible {
    ($file:expr $(,)?) => {
        $crate::compatible::assert_events_compatible(::core::env!("CARGO_MANIFEST_DIR"), $file)
    };
}

/// What `assert_events_compatible!` is.
#[track_caller]
pub fn assert_events_compatible(directory: &str, file: &str) {
    let builder = App::builder(Memory::new()).unchecked(false);
    let catalog = match check(builder) {
        Ok(catalog) => catalog,
        Err(error) => panic!("{error}"),
    };
    let now = Shapes::of(&catalog);
    assert!(
        !now.is_empty(),
        "nothing is registered, so nothing was compared\n  {UNLINKED}"
    );
    let mode = if env::var_os("CQRS_BLESS").is_some() {
        Mode::Bless
    } else if env::var_os("CI").is_some() {
        Mode::Ci
    } else {
        Mode::Local
    };
    if let Err(text) = assert_shapes(&Path::new(directory).join(file), &now, mode) {
        panic!("{text}");
    }
}

/// What may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// What was added.
    Local,
    /// Nothing.
    Ci,
    /// Everything.
    Bless,
}

fn assert_shapes(path: &Path, now: &Shapes, mode: Mode) -> Result<(), String> {
    let name = path.display();
    let locked = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("{name} cannot be read: {error}")),
    };
    let write = || {
        fs::write(path, now.to_json()).map_err(|error| format!("{name} cannot be written: {error}"))
    };
    let Some(text) = locked else {
        return match mode {
            Mode::Ci => Err(format!(
                "{name} is not there\n  run this test on your own machine, which writes the file, and commit it"
            )),
            Mode::Local | Mode::Bless => write(),
        };
    };
    if mode == Mode::Bless {
        return write();
    }
    let locked = Shapes::from_json(&text).map_err(|error| {
        format!("{name} cannot be read: {error}\n  `CQRS_BLESS=1 cargo test` writes it anew")
    })?;
    let found = compare(&locked, now);
    if !found.breaking.is_empty() {
        return Err(found.text(&format!("{name}"), mode == Mode::Ci));
    }
    match mode {
        _ if found.added.is_empty() => Ok(()),
        Mode::Ci => Err(found.text(&format!("{name}"), true)),
        Mode::Local | Mode::Bless => write(),
    }
}

#[cfg(test)]
mod tests;
