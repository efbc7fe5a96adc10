//! What `Fixture` says when a test fails.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "written by `UPDATE_EXPECT=1`"
)]

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/failure.rs"]
mod failure;
#[path = "support/order.rs"]
mod order;

use cqrs_testing::Fixture;
use expect_test::expect;

use self::{
    failure::message,
    order::{
        CancelOrder, InvoiceRequested, Order, OrderError, OrderFlagged, OrderPlaced, Receipt,
        StockReserved, flag, line, place, placed,
    },
};

fn new() -> Fixture<Order> {
    Fixture::new()
}

#[test]
fn recorded_events_differ() {
    let said = message(|| {
        let lines = vec![line("pen", 1), line("ink", 200)];
        new().when(place(lines)).then_events((
            placed(),
            StockReserved {
                lines: vec![line("pen", 1), line("ink", 3)],
            },
            InvoiceRequested { cents: 400 },
        ));
    });

    expect![[r#"
        PlaceOrder: recorded events differ from the expected ones             cqrs-testing/tests/fixture_messages.rs:LINE (then_events)
             expected         | recorded
          =  OrderPlaced      | OrderPlaced
          ~  StockReserved    | StockReserved   .lines[1].qty   expected 3, recorded 200
          -  InvoiceRequested |                 missing         {"cents":400}
          +                   | OrderFlagged    not expected    {"reason":"large"}
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn several_fields_differ() {
    let said = message(|| {
        new().when(place(vec![line("pen", 1)])).then_events((
            OrderPlaced {
                customer: "joe".into(),
            },
            StockReserved {
                lines: vec![line("ink", 2), line("pen", 1)],
            },
            InvoiceRequested { cents: 100 },
        ));
    });

    expect![[r#"
        PlaceOrder: recorded events differ from the expected ones             cqrs-testing/tests/fixture_messages.rs:LINE (then_events)
             expected         | recorded
          ~  OrderPlaced      | OrderPlaced        .customer   expected "joe", recorded "jane"
          ~  StockReserved    | StockReserved      .lines[0]   expected {"qty":2,"sku":"ink"}, recorded nothing
          =  InvoiceRequested | InvoiceRequested
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn events_in_any_order_differ() {
    let said = message(|| {
        new()
            .when(place(vec![line("pen", 1)]))
            .then_events_in_any_order((InvoiceRequested { cents: 1 }, placed()));
    });

    expect![[r#"
        PlaceOrder: recorded events differ from the expected ones             cqrs-testing/tests/fixture_messages.rs:LINE (then_events_in_any_order)
             expected         | recorded
          ~  InvoiceRequested | InvoiceRequested   .cents         expected 1, recorded 100
          =  OrderPlaced      | OrderPlaced
          +                   | StockReserved      not expected   {"lines":[{"qty":1,"sku":"pen"}]}
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn events_expected_and_rejected() {
    let said = message(|| {
        new()
            .given([placed()])
            .given([OrderFlagged {
                reason: "odd".into(),
            }])
            .given_time("2025-06-01")
            .when(flag("again"))
            .then_events([OrderFlagged {
                reason: "again".into(),
            }]);
    });

    expect![[r#"
        FlagOrder: recorded events differ from the expected ones              cqrs-testing/tests/fixture_messages.rs:LINE (then_events)
             expected     | recorded
          -  OrderFlagged |            missing   {"reason":"again"}
        given   2 events on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), clock 2025-06-01T00:00:00Z
        cause   probably that the command was rejected: the order is flagged: again"#]].assert_eq(&said);
}

#[test]
fn no_events_expected() {
    let said = message(|| {
        new().given([placed()]).when(flag("odd")).then_no_events();
    });

    expect![[r#"
        FlagOrder: it recorded events, and none were expected                 cqrs-testing/tests/fixture_messages.rs:LINE (then_no_events)
             expected | recorded
          +           | OrderFlagged   not expected   {"reason":"odd"}
        given   1 event on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn no_events_expected_and_rejected() {
    let said = message(|| {
        new().when(place(Vec::new())).then_no_events();
    });

    expect![[r#"
        PlaceOrder: it was rejected                                           cqrs-testing/tests/fixture_messages.rs:LINE (then_no_events)
             expected  accepted, and recorded nothing
             was       rejected with NoLines
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   probably that the command was rejected: an order has at least one line"#]].assert_eq(&said);
}

#[test]
fn one_event_expected_and_none_of_its_type() {
    let said = message(|| {
        new()
            .given([placed()])
            .when(flag("odd"))
            .then_event::<OrderPlaced>(|_| {});
    });

    expect![[r#"
        FlagOrder: it did not record one `OrderPlaced`                        cqrs-testing/tests/fixture_messages.rs:LINE (then_event)
             expected  one `OrderPlaced`
             was       accepted, and recorded OrderFlagged
        given   1 event on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn accepted_and_an_error_expected() {
    let said = message(|| {
        new()
            .when(place(vec![line("pen", 1)]))
            .then_error(OrderError::NoLines);
    });

    expect![[r#"
        PlaceOrder: it was accepted                                           cqrs-testing/tests/fixture_messages.rs:LINE (then_error)
             expected  rejected with NoLines
             was       accepted, and recorded OrderPlaced, StockReserved, InvoiceRequested
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn another_error() {
    let said = message(|| {
        new()
            .given_commands((place(vec![line("pen", 1)]), flag("odd")))
            .when(flag("again"))
            .then_error(OrderError::NoLines);
    });

    expect![[r#"
        FlagOrder: it was rejected with another error                         cqrs-testing/tests/fixture_messages.rs:LINE (then_error)
             expected  NoLines
             was       Flagged { reason: "again" }
        given   4 events on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   probably that the command was rejected: the order is flagged: again"#]].assert_eq(&said);
}

#[test]
fn another_text_and_no_match() {
    let rejected = new().when(place(Vec::new()));

    let said = message(|| {
        rejected.then_error_text("no lines");
    });
    expect![[r#"
        PlaceOrder: it was rejected with another error                        cqrs-testing/tests/fixture_messages.rs:LINE (then_error_text)
             expected  no lines
             was       an order has at least one line
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   probably that the command was rejected: an order has at least one line"#]].assert_eq(&said);

    let said = message(|| {
        rejected.then_error_matches(|error| matches!(error, OrderError::Flagged { .. }));
    });
    expect![[r#"
        PlaceOrder: it was rejected with another error                        cqrs-testing/tests/fixture_messages.rs:LINE (then_error_matches)
             expected  one that the closure is true for
             was       NoLines
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   probably that the command was rejected: an order has at least one line"#]].assert_eq(&said);
}

#[test]
fn rejected_and_success_expected() {
    let said = message(|| {
        new().when(place(Vec::new())).then_ok();
    });

    expect![[r#"
        PlaceOrder: it was rejected                                           cqrs-testing/tests/fixture_messages.rs:LINE (then_ok)
             expected  accepted
             was       rejected with NoLines
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   probably that the command was rejected: an order has at least one line"#]].assert_eq(&said);
}

#[test]
fn not_there_and_there_already() {
    let said = message(|| {
        new().when(flag("odd")).then_already_exists();
    });
    expect![[r#"
        FlagOrder: it was refused                                             cqrs-testing/tests/fixture_messages.rs:LINE (then_already_exists)
             expected  refused, as the aggregate exists already
             was       refused: Order `17` does not exist
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   probably that the command was refused: Order `17` does not exist"#]].assert_eq(&said);

    let said = message(|| {
        let upsert = CancelOrder { id: "17".into() };
        new().given([placed()]).when(upsert).then_not_found();
    });
    expect![[r#"
        CancelOrder: it was accepted                                          cqrs-testing/tests/fixture_messages.rs:LINE (then_not_found)
             expected  refused, as there is no such aggregate
             was       accepted, and recorded nothing
        given   1 event on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted, and recorded nothing"#]].assert_eq(&said);
}

#[test]
fn another_output() {
    let said = message(|| {
        new()
            .when(place(vec![line("pen", 1)]))
            .then_output(Receipt {
                order: "17".into(),
                cents: 1,
            });
    });

    expect![[r#"
        PlaceOrder: it answered something else than expected                  cqrs-testing/tests/fixture_messages.rs:LINE (then_output)
             expected | answered
          ~  (answer) | (answer)   .cents   expected 1, answered 100
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn other_tags() {
    let said = message(|| {
        new()
            .when(place(vec![line("pen", 1)]))
            .then_tags(["customer:joe"]);
    });

    expect![[r#"
        PlaceOrder: the recorded events have other tags                       cqrs-testing/tests/fixture_messages.rs:LINE (then_tags)
             expected  {"customer:joe"}
             was       {"customer:jane"}
        given   no prior activity on Order `17`, clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted"#]].assert_eq(&said);
}

#[test]
fn a_later_round() {
    let said = message(|| {
        new()
            .given([placed()])
            .when(flag("odd"))
            .then_ok()
            .and()
            .when(flag("again"))
            .then_ok();
    });

    expect![[r#"
        FlagOrder: it was rejected                                            cqrs-testing/tests/fixture_messages.rs:LINE (then_ok)
             expected  accepted
             was       rejected with Flagged { reason: "again" }
        given   1 event on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), 1 of the rounds before, clock 2025-01-01T00:00:00Z
        cause   probably that the command was rejected: the order is flagged: again"#]].assert_eq(&said);
}

#[test]
fn a_given_command_that_is_rejected() {
    let said = message(|| {
        let _decided = new()
            .given_commands((place(vec![line("pen", 1)]), flag("a"), flag("b")))
            .when(flag("c"));
    });

    expect![[r#"
        FlagOrder: a given command was not accepted                           cqrs-testing/tests/fixture_messages.rs:LINE (given_commands)
        given   4 events on Order `17` (cqrs-testing/tests/fixture_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   the order is flagged: b [Rejected(Flagged { reason: "b" })]"#]].assert_eq(&said);
}

#[test]
fn a_given_event_that_cannot_be_stored() {
    let said = message(|| {
        let _fixture = new().given([OrderPlaced {
            customer: String::new(),
        }]);
    });

    expect![[r#"
        Order: a given event cannot be stored                                 cqrs-testing/tests/fixture_messages.rs:LINE (given)
        cause   event `OrderPlaced` cannot be tagged: a tag's value is empty"#]].assert_eq(&said);
}

#[test]
fn a_stored_event_that_cannot_be_read() {
    let given = |name: &'static str, version, json: &'static str| {
        message(move || drop(new().given_stored_json(name, version, json)))
    };

    expect![[r#"
        Order: the stored event `OrderSent` version 1 cannot be read          cqrs-testing/tests/fixture_messages.rs:LINE (given_stored_json)
        cause   no event of this name belongs to `Order`: an event that was renamed keeps its old name by `formerly("..")`
        known   `OrderPlaced` version 2, `StockReserved` version 1, `InvoiceRequested` version 1, `OrderFlagged` version 1, `OrderCancelled` version 1"#]].assert_eq(&given("OrderSent", 1, "{}"));
    expect![[r#"
        Order: the stored event `OrderPlaced` version 7 cannot be read        cqrs-testing/tests/fixture_messages.rs:LINE (given_stored_json)
        cause   the program knows this event up to version 2: a newer version wants a newer program, an older one an upcaster
        known   `OrderPlaced` version 2, `StockReserved` version 1, `InvoiceRequested` version 1, `OrderFlagged` version 1, `OrderCancelled` version 1"#]].assert_eq(&given("OrderPlaced", 7, "{}"));
    expect![[r#"
        Order: the stored event `OrderPlaced` version 2 cannot be read        cqrs-testing/tests/fixture_messages.rs:LINE (given_stored_json)
        cause   its payload does not fit the type: missing field `customer` at line 1 column 16
        known   `OrderPlaced` version 2, `StockReserved` version 1, `InvoiceRequested` version 1, `OrderFlagged` version 1, `OrderCancelled` version 1"#]].assert_eq(&given("OrderPlaced", 2, r#"{"buyer": "joe"}"#));
}
