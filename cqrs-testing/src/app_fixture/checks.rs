//! What a fixture of an app looks at although no test asks for it.

use cqrs_core::{
    FeedEvent, StoredEvent, ViewFault,
    app::{CatalogEntry, MessageKind},
};

use super::effects::Effects;
use crate::{
    check::Check,
    diff::shown,
    report::{Report, Shown, Sides, Table},
};

const STORED: Sides = Sides {
    left: "written",
    right: "read back",
};

impl Effects {
    /// Every event that was recorded is the same after it was read back.
    pub(super) fn check_recorded(&self) {
        if !self.fixture.checks.has(Check::SerdeRoundTrip) {
            return;
        }
        let catalog = self.fixture.stage.app().catalog();
        for stored in self.own() {
            let entry = catalog.get(MessageKind::Event, &stored.meta.name);
            if let Some(kind) = entry.and_then(|entry| entry.event) {
                let rewritten = kind.rewrite(stored.meta.version, &stored.payload);
                self.check_event(stored, rewritten.map_err(|reason| reason.to_string()));
            }
        }
    }

    fn check_event(&self, stored: &StoredEvent, rewritten: Result<Vec<u8>, String>) {
        let written = Shown::from(stored);
        let report = Report::new(
            &stored.meta.name,
            "the event does not survive being stored",
            self.verb,
        );
        let report = match rewritten {
            Ok(again) => {
                let again = Shown::new(&written.name, &again);
                if written.is_same_but_order(&again) {
                    return;
                }
                report.body(Table::in_order(STORED, &[written], &[again])).note(
                    "cause",
                    "what is read back is not what was written: look at its serde attributes and impls",
                )
            }
            Err(reason) => report
                .sides(
                    (STORED.left, shown(&written.json, 0)),
                    (STORED.right, "nothing"),
                )
                .note("cause", reason),
        };
        self.fail(report, Check::SerdeRoundTrip);
    }

    /// What views make of the log survives being stored.
    pub(super) fn check_views(&self) {
        let stage = &self.fixture.stage;
        let events: Vec<_> = self.log.iter().cloned().map(FeedEvent::new).collect();
        for view in stage.app().catalog().entries() {
            let faults = view.check_view.map(|check| check(&events));
            for fault in faults.unwrap_or_default() {
                self.check_view(view, fault);
            }
        }
    }

    fn check_view(&self, view: &CatalogEntry, fault: ViewFault) {
        let name = format!("view `{}`", view.name);
        let report = |fact| Report::new(&name, fact, self.verb);
        let (report, check) = match fault {
            ViewFault::Unreadable { key, stored, error } => (
                report("a document cannot be read back")
                    .body(format_args!(
                        "     {key}  {}",
                        String::from_utf8_lossy(&stored)
                    ))
                    .note("cause", error),
                Check::Documents,
            ),
            ViewFault::Changed { key, kept, stored } => {
                let (kept, stored) = (Shown::new(&key, &kept), Shown::new(&key, &stored));
                (
                    report("a document does not survive being stored")
                        .body(Table::in_order(STORED, &[kept], &[stored]))
                        .note(
                            "cause",
                            "a field that `project` looks at is not stored, or not as it was: look at its serde attributes and impls",
                        ),
                    Check::Documents,
                )
            }
            ViewFault::KeyOrder {
                first,
                second,
                same,
            } => {
                let (program, store) = if same {
                    (format!("{first} is {second}"), "they are two".to_owned())
                } else {
                    let is = |one: &str, other: &str| format!("{one} before {other}");
                    (is(&first, &second), is(&second, &first))
                };
                (
                    report("its keys are ordered otherwise in the store")
                        .sides(("program", program), ("store", store))
                        .note(
                            "cause",
                            "`Ord` and `Serialize` of the key do not agree: the store orders keys by what they are written as",
                        ),
                    Check::KeyOrder,
                )
            }
            _ => return,
        };
        if self.fixture.checks.has(check) {
            self.fail(report, check);
        }
    }

    fn fail(&self, report: Report, check: Check) {
        report
            .note("given", self.fixture.summary())
            .note("check", check.how_to_leave_out())
            .fail();
    }
}
