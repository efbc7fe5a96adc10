//! Every message that a user of the derives can meet.
//!
//! `TRYBUILD=overwrite cargo test -p cqrs --test ui` accepts new messages; read the difference.

#[test]
fn mistakes_are_answered() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
}
