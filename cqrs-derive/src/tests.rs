//! What each derive writes, as a whole: `UPDATE_EXPECT=1 cargo test -p cqrs-derive` accepts a new expansion.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;

use crate::expand;

/// Expands the struct, and compares with what is expected, formatted.
#[track_caller]
fn check(derive: fn(TokenStream) -> TokenStream, input: &str, expected: &ExpectFile) {
    let input = input.parse().expect("the input is Rust");
    let file = syn::parse2(derive(input)).expect("the expansion is items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn command_of_an_aggregate() {
    check(
        expand::command,
        "#[command(aggregate = User, create)]
        pub struct CreateUser { #[id] user_id: String, email: String }",
        &expect_file!["tests/command_of_an_aggregate.rs"],
    );
}

#[test]
fn command_of_a_handler() {
    check(
        expand::command,
        "#[command(handler = Payments, output = PaymentId, error = PaymentError, local)]
        struct Pay;",
        &expect_file!["tests/command_of_a_handler.rs"],
    );
}

#[test]
fn command_of_a_contract() {
    check(
        expand::command,
        "#[command(upsert, name = \"users.touch\")]
        pub struct Touch { #[id] user_id: UserId }",
        &expect_file!["tests/command_of_a_contract.rs"],
    );
}

#[test]
fn query_of_a_view() {
    check(
        expand::query,
        "#[query(view = UserView)]
        pub struct GetUser { #[id] user_id: String }",
        &expect_file!["tests/query_of_a_view.rs"],
    );
}

#[test]
fn query_of_a_handler() {
    check(
        expand::query,
        "#[query(handler = UserQueries, output = Vec<UserView>)]
        pub struct GetUsers { limit: usize }",
        &expect_file!["tests/query_of_a_handler.rs"],
    );
}

#[test]
fn event() {
    check(
        expand::event,
        "#[event(version = 3, formerly(\"UserMade\"), upcast(1 = V1, 2 = V2))]
        pub struct UserCreatedEvent { #[tag] email: String, #[tag(name = \"by\")] actor: u64 }",
        &expect_file!["tests/event.rs"],
    );
}

#[test]
fn aggregate() {
    check(
        expand::aggregate,
        "#[aggregate(events(Created, events::Renamed), error = UserError, id = UserId,
            snapshot(every = 100), commands(Touch))]
        pub struct User { name: String }",
        &expect_file!["tests/aggregate.rs"],
    );
}

#[test]
fn view() {
    check(
        expand::view,
        "#[view(events(Created), key = u64, version = 2)]
        pub struct UserView { #[index] pub email: String, #[index] r#type: u8 }",
        &expect_file!["tests/view.rs"],
    );
}

#[test]
fn view_of_its_own_aggregate() {
    check(
        expand::view,
        "#[aggregate(events(Created))] pub struct User { name: String }",
        &expect_file!["tests/view_of_its_own_aggregate.rs"],
    );
}

#[test]
fn projection() {
    check(
        expand::projection,
        "#[projection(name = \"sales\", version = 2, store = Sqlite, events(Placed, orders::Cancelled))]
        pub struct Sales;",
        &expect_file!["tests/projection.rs"],
    );
}

#[test]
fn handler() {
    check(
        expand::handler,
        "#[handler(name = \"welcome-mail\", events(Created), from = beginning, queries(Count),
            commands(Remind), reads(UserView))]
        pub struct Mail { pool: Pool, #[inject(default)] limit: Limit }",
        &expect_file!["tests/handler.rs"],
    );
}

#[test]
fn after_a_mistake_what_was_understood_is_kept() {
    check(
        expand::aggregate,
        "#[aggregate(events(Created), error = UserError, naem = \"user\")]
        pub struct User<T> { name: T }",
        &expect_file!["tests/after_a_mistake.rs"],
    );
}
