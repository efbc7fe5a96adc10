#![expect(
    clippy::needless_raw_string_hashes,
    clippy::needless_pass_by_value,
    reason = "written by `UPDATE_EXPECT=1`"
)]

use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::{
    Mode, assert_shapes,
    shape::{EventShape, Shapes},
};

fn event(version: u32, fields: &[(&str, &str)]) -> EventShape {
    let owned = |(name, of): &(&str, &str)| ((*name).to_owned(), (*of).to_owned());
    EventShape {
        version,
        fields: fields.iter().map(owned).collect(),
        place: "src/orders.rs:7:8".into(),
        ..EventShape::default()
    }
}

fn formerly(mut event: EventShape, name: &str) -> EventShape {
    event.formerly.insert(name.to_owned());
    event
}

fn shapes(events: &[(&str, EventShape)]) -> Shapes {
    let owned = |(name, event): &(&str, EventShape)| ((*name).to_owned(), event.clone());
    Shapes {
        events: events.iter().map(owned).collect(),
        aggregates: ["Order".to_owned()].into(),
        views: ["Orders".to_owned()].into(),
        projections: ["sales".to_owned()].into(),
        handlers: ["mail".to_owned()].into(),
    }
}

fn placed() -> EventShape {
    event(1, &[("customer", "String"), ("cents", "u64")])
}

/// A directory with a lock file of these shapes.
fn locked(shapes: &Shapes) -> TempDir {
    let directory = tempfile::tempdir().expect("there is room for a file");
    assert_eq!(assert(&directory, shapes, Mode::Local), Ok(()));
    directory
}

fn assert(directory: &TempDir, shapes: &Shapes, mode: Mode) -> Result<(), String> {
    let path = directory.path().join("events.lock.json");
    assert_shapes(&path, shapes, mode)
        .map_err(|text| text.replace(&path.display().to_string(), "events.lock.json"))
}

fn file(directory: &TempDir) -> Shapes {
    let text = std::fs::read_to_string(directory.path().join("events.lock.json"));
    Shapes::from_json(&text.expect("the file is there")).expect("the file is JSON")
}

/// Without places, which are not stored.
fn stored(shapes: &Shapes) -> Shapes {
    Shapes::from_json(&shapes.to_json()).expect("the file is JSON")
}

/// A change that must not pass: neither here nor in CI, and that leaves the file alone, until it is blessed.
fn refused(before: &Shapes, after: &Shapes, said: Expect) {
    let directory = locked(before);
    let error =
        assert(&directory, after, Mode::Local).expect_err("the change breaks what is stored");
    said.assert_eq(&error);
    assert!(assert(&directory, after, Mode::Ci).is_err());
    assert_eq!(file(&directory), stored(before));
    assert_eq!(assert(&directory, after, Mode::Bless), Ok(()));
    assert_eq!(file(&directory), stored(after));
}

/// A change that is only an addition: written here, refused in CI until it is committed.
fn added(before: &Shapes, after: &Shapes, said: Expect) {
    let directory = locked(before);
    let error = assert(&directory, after, Mode::Ci).expect_err("the file is not up to date");
    said.assert_eq(&error);
    assert_eq!(assert(&directory, after, Mode::Local), Ok(()));
    assert_eq!(file(&directory), stored(after));
    assert_eq!(assert(&directory, after, Mode::Ci), Ok(()));
}

#[test]
fn the_file_is_written_on_first_use_but_not_in_ci() {
    let directory = tempfile::tempdir().expect("there is room for a file");
    let now = shapes(&[("OrderPlaced", formerly(placed(), "Placed"))]);

    let error = assert(&directory, &now, Mode::Ci).expect_err("the file is not there");
    expect![[r#"
        events.lock.json is not there
          run this test on your own machine, which writes the file, and commit it"#]]
    .assert_eq(&error);
    assert_eq!(assert(&directory, &now, Mode::Local), Ok(()));
    expect![[r#"
        {
          "events": {
            "OrderPlaced": {
              "version": 1,
              "formerly": [
                "Placed"
              ],
              "fields": {
                "cents": "u64",
                "customer": "String"
              }
            }
          },
          "aggregates": [
            "Order"
          ],
          "views": [
            "Orders"
          ],
          "projections": [
            "sales"
          ],
          "handlers": [
            "mail"
          ]
        }
    "#]]
    .assert_eq(&now.to_json());
    assert_eq!(assert(&directory, &now, Mode::Ci), Ok(()));
}

#[test]
fn a_file_that_is_none_says_how_to_write_it_anew() {
    let directory = locked(&shapes(&[]));
    std::fs::write(directory.path().join("events.lock.json"), "<<<<<<< ours").expect("it is ours");

    let error = assert(&directory, &shapes(&[]), Mode::Local).expect_err("it is no JSON");

    expect![[r#"
        events.lock.json cannot be read: expected value at line 1 column 1
          `CQRS_BLESS=1 cargo test` writes it anew"#]]
    .assert_eq(&error);
}

#[test]
fn an_event_that_was_renamed_is_refused() {
    refused(
        &shapes(&[("OrderPlaced", placed())]),
        &shapes(&[("OrderCreated", placed())]),
        expect![[r#"
            1 change makes what is stored unreadable (events.lock.json)
              event `OrderPlaced` has vanished, and stored ones can no longer be read
                if it is `OrderCreated` now, write `#[event(formerly("OrderPlaced"))]` there, or keep its name by `#[event(name = "OrderPlaced")]`
            if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
}

#[test]
fn an_event_that_was_renamed_and_says_so_is_an_addition() {
    added(
        &shapes(&[("OrderPlaced", placed())]),
        &shapes(&[("OrderCreated", formerly(placed(), "OrderPlaced"))]),
        expect![[r#"
            events.lock.json is not up to date
              event `OrderCreated` (src/orders.rs:7:8) was `OrderPlaced`
            run this test on your own machine, which writes the file, and commit it"#]],
    );
}

#[test]
fn an_event_that_has_vanished_is_refused() {
    refused(
        &shapes(&[("OrderPlaced", placed())]),
        &shapes(&[]),
        expect![[r#"
            1 change makes what is stored unreadable (events.lock.json)
              event `OrderPlaced` has vanished, and stored ones can no longer be read
                keep it, or write `#[event(formerly("OrderPlaced"))]` on the event that it has become
            if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
}

#[test]
fn a_former_name_that_has_vanished_is_refused() {
    refused(
        &shapes(&[("OrderPlaced", formerly(placed(), "Placed"))]),
        &shapes(&[("OrderPlaced", placed())]),
        expect![[r#"
            1 change makes what is stored unreadable (events.lock.json)
              event `OrderPlaced` (src/orders.rs:7:8) no longer reads what is stored as `Placed`
                write `formerly("Placed")` into its `#[event(..)]` again
            if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
}

#[test]
fn a_field_that_was_taken_away_renamed_or_retyped_is_refused() {
    let before = shapes(&[("OrderPlaced", placed())]);
    let now = |fields: &[(&str, &str)]| shapes(&[("OrderPlaced", event(1, fields))]);

    refused(
        &before,
        &now(&[("cents", "u64")]),
        expect![[r#"
        1 change makes what is stored unreadable (events.lock.json)
          event `OrderPlaced` (src/orders.rs:7:8) has lost the field `customer: String` under the same version 1
            raise the version to 2 and say how the old one is read: `#[event(version = 2, upcast(1 = ..))]`
        if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
    refused(
        &before,
        &now(&[("buyer", "String"), ("cents", "u64")]),
        expect![[r#"
            2 changes make what is stored unreadable (events.lock.json)
              event `OrderPlaced` (src/orders.rs:7:8) has lost the field `customer: String` under the same version 1
                raise the version to 2 and say how the old one is read: `#[event(version = 2, upcast(1 = ..))]`
              event `OrderPlaced` (src/orders.rs:7:8) has the new field `buyer: String` under the same version 1, and stored events have none
                raise the version to 2 and say how the old one is read: `#[event(version = 2, upcast(1 = ..))]`
                or make it an `Option`; if it is `#[serde(default)]`, `CQRS_BLESS=1 cargo test` accepts it
            if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
    refused(
        &before,
        &now(&[("customer", "String"), ("cents", "i64")]),
        expect![[r#"
            1 change makes what is stored unreadable (events.lock.json)
              event `OrderPlaced` (src/orders.rs:7:8) has another type in the field `cents` under the same version 1: `i64`, and `u64` is stored
                raise the version to 2 and say how the old one is read: `#[event(version = 2, upcast(1 = ..))]`
            if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
}

#[test]
fn a_field_that_stored_events_lack_is_refused_unless_it_is_optional() {
    let before = shapes(&[("OrderPlaced", event(1, &[]))]);
    let now = |of| shapes(&[("OrderPlaced", event(1, &[("note", of)]))]);

    refused(
        &before,
        &now("String"),
        expect![[r#"
        1 change makes what is stored unreadable (events.lock.json)
          event `OrderPlaced` (src/orders.rs:7:8) has the new field `note: String` under the same version 1, and stored events have none
            raise the version to 2 and say how the old one is read: `#[event(version = 2, upcast(1 = ..))]`
            or make it an `Option`; if it is `#[serde(default)]`, `CQRS_BLESS=1 cargo test` accepts it
        if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
    added(
        &before,
        &now("Option<String>"),
        expect![[r#"
        events.lock.json is not up to date
          event `OrderPlaced` (src/orders.rs:7:8) has the new field `note: Option<String>`
        run this test on your own machine, which writes the file, and commit it"#]],
    );
    added(
        &before,
        &now("std::option::Option<String>"),
        expect![[r#"
            events.lock.json is not up to date
              event `OrderPlaced` (src/orders.rs:7:8) has the new field `note: std::option::Option<String>`
            run this test on your own machine, which writes the file, and commit it"#]],
    );
}

#[test]
fn a_new_version_is_an_addition_and_an_older_one_is_refused() {
    let first = shapes(&[("OrderPlaced", placed())]);
    let second = shapes(&[("OrderPlaced", event(2, &[("buyer", "Buyer")]))]);

    added(
        &first,
        &second,
        expect![[r#"
        events.lock.json is not up to date
          event `OrderPlaced` (src/orders.rs:7:8) has version 2
        run this test on your own machine, which writes the file, and commit it"#]],
    );
    refused(
        &second,
        &first,
        expect![[r#"
        1 change makes what is stored unreadable (events.lock.json)
          event `OrderPlaced` (src/orders.rs:7:8) has version 1, and version 2 is stored
            raise the version: older programs never read newer events
        if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
}

#[test]
fn names_that_vanish_are_refused_and_new_ones_are_additions() {
    let before = shapes(&[]);
    let mut after = shapes(&[("OrderPlaced", placed())]);
    after.aggregates = ["Basket".to_owned()].into();
    after.views.clear();
    after.handlers = ["letters".to_owned()].into();

    refused(
        &before,
        &after,
        expect![[r#"
        3 changes make what is stored unreadable (events.lock.json)
          aggregate `Order` has vanished: its streams are stored under that name
            if its type was renamed, keep the name by `#[aggregate(name = "Order")]`
          view `Orders` has vanished: its documents are stored under that name
            if its type was renamed, keep the name by `#[view(name = "Orders")]`
          handler `mail` has vanished: its place in the log is stored under that name, and another one would begin anew
            if its type was renamed, keep the name by `#[handler(name = "mail")]`
        if nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now"#]],
    );
    added(
        &Shapes::default(),
        &shapes(&[("OrderPlaced", placed())]),
        expect![[r#"
            events.lock.json is not up to date
              event `OrderPlaced` is new
              aggregate `Order` is new
              view `Orders` is new
              projection `sales` is new
              handler `mail` is new
            run this test on your own machine, which writes the file, and commit it"#]],
    );
}
