//! What a failing test says.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of the panic, without the lines at which this file's tests happen to stand.
pub(crate) fn message(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("the test should have failed");
    without_lines(&panic.downcast::<String>().expect("a report is a text"))
}

/// `tests/x.rs:12` becomes `tests/x.rs:LINE`.
fn without_lines(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(".rs:LINE");
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    kept
}
