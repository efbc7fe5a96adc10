//! Every verb of `Fixture`, where it holds.

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/order.rs"]
mod order;

use cqrs_core::Metadata;
use cqrs_testing::Fixture;

use self::order::{
    CancelOrder, InvoiceRequested, Order, OrderCancelled, OrderError, OrderFlagged, OrderPlaced,
    PlaceOrder, Receipt, StockReserved, flag, line, place, placed,
};

#[test]
fn events_are_compared_in_order_and_in_any_order() {
    let reserved = || StockReserved {
        lines: vec![line("pen", 2)],
    };
    let invoiced = || InvoiceRequested { cents: 200 };

    Fixture::<Order>::new()
        .given_no_prior_activity()
        .when(place(vec![line("pen", 2)]))
        .then_ok()
        .then_events((placed(), reserved(), invoiced()))
        .then_events_in_any_order((invoiced(), placed(), reserved()))
        .then_event::<InvoiceRequested>(|event| assert_eq!(event.cents, 200));
}

#[test]
fn answers_tags_and_the_state_can_be_looked_at() {
    Fixture::<Order>::new()
        .when(place(vec![line("pen", 2)]))
        .then_output(Receipt {
            order: "17".into(),
            cents: 200,
        })
        .then_output_with(|receipt| assert_eq!(receipt.order, "17"))
        .then_tags(["customer:jane"])
        .then_state(|order| assert_eq!((&*order.customer, order.lines.len()), ("jane", 1)));
}

#[test]
fn the_creation_rule_is_that_of_the_app() {
    Fixture::<Order>::new()
        .given([placed()])
        .when(place(vec![line("pen", 1)]))
        .then_already_exists();
    Fixture::<Order>::new().when(flag("x")).then_not_found();
    Fixture::<Order>::new()
        .when(CancelOrder { id: "17".into() })
        .then_no_events();
}

#[test]
fn rejections_are_compared_by_value_and_by_text() {
    Fixture::<Order>::new()
        .when(place(Vec::new()))
        .then_error(OrderError::NoLines)
        .then_error_matches(|error| matches!(error, OrderError::NoLines))
        .then_error_text("an order has at least one line")
        .then_rejected();
}

#[test]
fn rounds_follow_each_other() {
    Fixture::<Order>::new()
        .when(place(vec![line("pen", 2)]))
        .then_ok()
        .and()
        .when(flag("odd"))
        .then_events([OrderFlagged {
            reason: "odd".into(),
        }])
        .and()
        .when(flag("odd"))
        .then_error(OrderError::Flagged {
            reason: "odd".into(),
        });
}

#[test]
fn commands_can_be_given() {
    Fixture::<Order>::new()
        .given_commands((place(vec![line("pen", 2)]), flag("odd")))
        .when(flag("again"))
        .then_rejected();
    Fixture::<Order>::new()
        .given_commands([place(vec![line("pen", 2)])])
        .given_commands(vec![flag("odd")])
        .when(flag("again"))
        .then_rejected();
}

#[test]
fn what_old_versions_wrote_can_be_given() {
    Fixture::<Order>::new()
        .given_stored_json("Placed", 1, r#"{"buyer": "joe"}"#)
        .when(flag("odd"))
        .then_ok()
        .then_state(|order| assert_eq!(order.customer, "joe"));
}

#[test]
fn time_and_metadata_are_those_given() {
    let cancel = || CancelOrder { id: "17".into() };
    let clerk = Fixture::<Order>::new().given_metadata(Metadata::new().actor("clerk"));

    clerk
        .clone()
        .when(cancel())
        .then_events([OrderCancelled { at: 1_735_689_600 }]);
    clerk
        .given_time("2025-01-01T00:01:00Z")
        .when(cancel())
        .then_events([OrderCancelled { at: 1_735_689_660 }]);
}

#[test]
fn an_id_that_cannot_be_stored_is_refused_as_by_an_app() {
    let mut command: PlaceOrder = place(vec![line("pen", 2)]);
    command.id = String::new();

    let decided = Fixture::<Order>::new().when(command);

    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        decided.then_ok();
    }));
    assert!(panic.is_err());
}

#[test]
fn a_tag_that_cannot_be_stored_is_refused_as_by_an_app() {
    let mut command = place(vec![line("pen", 2)]);
    command.customer = String::new();

    let decided = Fixture::<Order>::new().when(command);

    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        decided.then_events([OrderPlaced {
            customer: "jane".into(),
        }]);
    }));
    assert!(panic.is_err());
}
