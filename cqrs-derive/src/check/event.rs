//! Rules of events.

use super::{item, version};
use crate::{ctxt::Ctxt, model::Event, names, spell::said};

pub(crate) fn event(cx: &Ctxt, event: &Event<'_>) {
    item(
        cx,
        &event.item,
        &event.keys.name,
        "an event",
        "one for each thing that happens",
    );
    no_hole(cx, event);
    former_names(cx, event);
    tags(cx, event);
}

// A stored event of a version that is not listed could not be read any more.
fn no_hole(cx: &Ctxt, event: &Event<'_>) {
    let current = match event.keys.version.get() {
        None => Some(1),
        Some(number) => version(cx, number),
    };
    let (Some(current), false) = (
        current,
        event.keys.upcast.is_given() && event.keys.upcast.get().is_none(),
    ) else {
        return;
    };
    let listed = event.keys.upcast.get().map_or(&[][..], Vec::as_slice);
    let mut known = Vec::new();
    for upcast in listed {
        let Some(number) = version(cx, &upcast.version) else {
            continue;
        };
        if number >= current {
            let message = format!(
                "version {number} is not older than the current one, which is {current}: raise `version`, or remove this"
            );
            cx.error(&upcast.version, message);
        } else if let Some((_, first)) = known.iter().find(|(it, _)| *it == number) {
            cx.error(&upcast.version, format!("version {number} is listed twice"));
            cx.error(first, format!("version {number} is first listed here"));
        } else {
            known.push((number, &upcast.version));
        }
    }
    if known.len() == listed.len() {
        report_hole(cx, event, current, |number| {
            known.iter().any(|(it, _)| *it == number)
        });
    }
}

fn report_hole(cx: &Ctxt, event: &Event<'_>, current: u32, known: impl Fn(u32) -> bool) {
    let Some(hole) = (1..current).find(|number| !known(*number)) else {
        return;
    };
    let name = said(event.item.ident);
    match event.keys.upcast.key() {
        Some(key) => cx.error(
            key,
            format!("`{name}` cannot read what was stored as version {hole}: add `{hole} = OldShape` to `upcast`"),
        ),
        None => cx.error(
            event.keys.version.get(),
            format!("`{name}` cannot read what was stored as version {hole}: list each older shape, `upcast({hole} = OldShape)`"),
        ),
    }
}

// A name that is given twice is a slip: one of the two was meant to be another.
fn former_names(cx: &Ctxt, event: &Event<'_>) {
    let Some(former) = event.keys.formerly.get() else {
        return;
    };
    if let (true, Some(key)) = (former.is_empty(), event.keys.formerly.key()) {
        cx.error(
            key,
            "`formerly` lists nothing: write `formerly(\"OldName\")`",
        );
    }
    for (at, name) in former.iter().enumerate() {
        names::check(cx, name);
        if name.value() == event.item.name {
            cx.error(
                name,
                format!(
                    "`{}` is the event's name now: `formerly` lists the names it had before",
                    name.value()
                ),
            );
        } else if former[..at].iter().any(|it| it.value() == name.value()) {
            cx.error(name, format!("`{}` is listed twice", name.value()));
        }
    }
}

// A tag is stored as `key:value`.
fn tags(cx: &Ctxt, event: &Event<'_>) {
    for name in event.tags.iter().filter_map(|tag| tag.keys.name.get()) {
        let text = name.value();
        if text.is_empty() || text.contains(':') || text.chars().any(char::is_control) {
            cx.error(
                name,
                "the key of a tag is not empty, and has no `:` and no control characters",
            );
        }
    }
}
