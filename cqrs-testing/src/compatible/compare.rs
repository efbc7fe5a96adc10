//! What has changed in what a program stores.

use std::{cmp::Ordering, collections::BTreeSet};

use super::shape::{EventShape, Shapes};

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// What would be lost or unreadable, with what to do.
    pub(super) breaking: Vec<String>,
    /// What is only new.
    pub(super) added: Vec<String>,
}

impl Changes {
    /// What a failed test says.
    pub(super) fn text(&self, file: &str, with_added: bool) -> String {
        let mut text = match self.breaking.len() {
            0 => format!("{file} is not up to date"),
            1 => format!("1 change makes what is stored unreadable ({file})"),
            count => format!("{count} changes make what is stored unreadable ({file})"),
        };
        for change in &self.breaking {
            text.push_str("\n  ");
            text.push_str(&change.replace('\n', "\n    "));
        }
        if with_added && self.breaking.is_empty() {
            for change in &self.added {
                text.push_str("\n  ");
                text.push_str(change);
            }
            text.push_str(
                "\nrun this test on your own machine, which writes the file, and commit it",
            );
        } else {
            text.push_str(
                "\nif nothing of the kind was ever stored, `CQRS_BLESS=1 cargo test` writes the file as it is now",
            );
        }
        text
    }
}

/// Compares what was stored with what can be read now.
pub(super) fn compare(locked: &Shapes, now: &Shapes) -> Changes {
    let mut changes = Changes::default();
    for (name, old) in &locked.events {
        match reader_of(now, name) {
            Some((now_named, new)) => compare_event((name, old), (now_named, new), now, &mut changes),
            None => changes.breaking.push(format!(
                "event `{name}` has vanished, and stored ones can no longer be read\n{}",
                match renamed_to(old, locked, now) {
                    Some(new) => format!("if it is `{new}` now, write `#[event(formerly(\"{name}\"))]` there, or keep its name by `#[event(name = \"{name}\")]`"),
                    None => format!("keep it, or write `#[event(formerly(\"{name}\"))]` on the event that it has become"),
                }
            )),
        }
    }
    for (name, new) in &now.events {
        let known = |old: &String| locked.events.contains_key(old);
        if !known(name) && !new.formerly.iter().any(known) {
            changes.added.push(format!("event `{name}` is new"));
        }
    }
    let names = [
        ("aggregate", &locked.aggregates, &now.aggregates),
        ("view", &locked.views, &now.views),
        ("projection", &locked.projections, &now.projections),
        ("handler", &locked.handlers, &now.handlers),
    ];
    for (kind, old, new) in names {
        compare_names(kind, old, new, &mut changes);
    }
    changes
}

/// The event that reads what is stored under a name.
fn reader_of<'a>(now: &'a Shapes, name: &str) -> Option<(&'a String, &'a EventShape)> {
    let by_name = now.events.get_key_value(name);
    by_name.or_else(|| {
        let mut events = now.events.iter();
        events.find(|(_, event)| event.formerly.contains(name))
    })
}

/// The new event that looks like one that has vanished.
fn renamed_to<'a>(old: &EventShape, locked: &Shapes, now: &'a Shapes) -> Option<&'a String> {
    let is_new = |name: &String| !locked.events.contains_key(name);
    let mut alike = now
        .events
        .iter()
        .filter(|(name, event)| is_new(name) && event.fields == old.fields);
    let (name, _) = alike.next()?;
    alike.next().is_none().then_some(name)
}

fn compare_event(
    (name, old): (&str, &EventShape),
    (now_named, new): (&str, &EventShape),
    now: &Shapes,
    changes: &mut Changes,
) {
    let place = &new.place;
    let event = format!("event `{now_named}` ({place})");
    if name != now_named {
        changes.added.push(format!("{event} was `{name}`"));
    }
    for former in &old.formerly {
        if reader_of(now, former).is_none() {
            changes.breaking.push(format!(
                "{event} no longer reads what is stored as `{former}`\nwrite `formerly(\"{former}\")` into its `#[event(..)]` again"
            ));
        }
    }
    if old.formerly != new.formerly && name == now_named {
        changes
            .added
            .push(format!("{event} has other former names"));
    }
    match new.version.cmp(&old.version) {
        Ordering::Less => changes.breaking.push(format!(
            "{event} has version {}, and version {} is stored\nraise the version: older programs never read newer events",
            new.version, old.version
        )),
        // Each version below is read by an upcaster, or the program would not compile.
        Ordering::Greater => changes.added.push(format!("{event} has version {}", new.version)),
        Ordering::Equal => compare_fields(&event, old, new, changes),
    }
}

fn compare_fields(event: &str, old: &EventShape, new: &EventShape, changes: &mut Changes) {
    let (next, version) = (old.version + 1, old.version);
    let upcast = format!(
        "raise the version to {next} and say how the old one is read: `#[event(version = {next}, upcast({version} = ..))]`"
    );
    for (field, old_type) in &old.fields {
        match new.fields.get(field) {
            None => changes.breaking.push(format!(
                "{event} has lost the field `{field}: {old_type}` under the same version {version}\n{upcast}"
            )),
            Some(new_type) if new_type != old_type => changes.breaking.push(format!(
                "{event} has another type in the field `{field}` under the same version {version}: `{new_type}`, and `{old_type}` is stored\n{upcast}"
            )),
            Some(_) => {}
        }
    }
    for (field, new_type) in &new.fields {
        if old.fields.contains_key(field) {
            continue;
        }
        if is_option(new_type) {
            changes
                .added
                .push(format!("{event} has the new field `{field}: {new_type}`"));
        } else {
            changes.breaking.push(format!(
                "{event} has the new field `{field}: {new_type}` under the same version {version}, and stored events have none\n{upcast}\nor make it an `Option`; if it is `#[serde(default)]`, `CQRS_BLESS=1 cargo test` accepts it"
            ));
        }
    }
}

fn is_option(type_name: &str) -> bool {
    let head = type_name.split('<').next().unwrap_or_default();
    type_name.contains('<') && head.rsplit("::").next() == Some("Option")
}

fn compare_names(
    kind: &str,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
    changes: &mut Changes,
) {
    let lost = match kind {
        "aggregate" => "its streams are stored under that name",
        "projection" => "its tables are named by it",
        "view" => "its documents are stored under that name",
        _ => "its place in the log is stored under that name, and another one would begin anew",
    };
    for name in old.difference(new) {
        changes.breaking.push(format!(
            "{kind} `{name}` has vanished: {lost}\nif its type was renamed, keep the name by `#[{kind}(name = \"{name}\")]`"
        ));
    }
    for name in new.difference(old) {
        changes.added.push(format!("{kind} `{name}` is new"));
    }
}
