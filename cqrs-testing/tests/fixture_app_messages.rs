//! What `AppFixture` says when a test fails.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "written by `UPDATE_EXPECT=1`"
)]

#[path = "support/failure.rs"]
mod failure;
#[path = "support/shop.rs"]
mod shop;

use cqrs_testing::AppFixture;
use expect_test::expect;

use self::{
    failure::message,
    shop::{
        Basket, BasketError, BasketView, CheckedOut, CountBaskets, Invoice, InvoiceSent, ItemAdded,
        Outbox, Quote, Rates, SendInvoice, add, added, check_out, get_basket,
    },
};

/// The message of the panic of an async test.
fn said(test: impl AsyncFnOnce()) -> String {
    message(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("there is a runtime")
            .block_on(test());
    })
}

fn with_outbox() -> AppFixture {
    AppFixture::new().with(|builder| builder.provide(Outbox::default()))
}

#[test]
fn recorded_events_differ() {
    let said = said(async || {
        AppFixture::new()
            .given::<Basket>("b1", [added("pen", 2)])
            .given_command(add("ink", 1))
            .when(add("cap", 3))
            .await
            .then_events((added("cap", 4), CheckedOut { at: 1 }));
    });

    expect![[r#"
        AddItem: recorded events differ from the expected ones                cqrs-testing/tests/fixture_app_messages.rs:LINE (then_events)
             expected   | recorded
          ~  ItemAdded  | ItemAdded   .qty      expected 4, recorded 3
          -  CheckedOut |             missing   {"at":1}
        given   1 event and 1 command (cqrs-testing/tests/fixture_app_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        log     3 ItemAdded on Basket `b1`"#]].assert_eq(&said);
}

#[test]
fn events_expected_and_rejected() {
    let rejected = said(async || {
        AppFixture::new()
            .given::<Basket>("b1", (added("pen", 2), CheckedOut { at: 1 }))
            .when(check_out())
            .await
            .then_events([CheckedOut { at: 2 }]);
    });
    expect![[r#"
        CheckOut: recorded events differ from the expected ones               cqrs-testing/tests/fixture_app_messages.rs:LINE (then_events)
             expected   | recorded
          -  CheckedOut |            missing   {"at":2}
        given   2 events (cqrs-testing/tests/fixture_app_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   probably that it was rejected: the basket is empty"#]].assert_eq(&rejected);

    let none = said(async || {
        AppFixture::new().when(check_out()).await.then_no_events();
    });
    expect![[r#"
        CheckOut: it was rejected, and nothing to record was expected         cqrs-testing/tests/fixture_app_messages.rs:LINE (then_no_events)
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   probably that it was rejected: Basket `b1` does not exist"#]].assert_eq(&none);
}

#[test]
fn events_of_one_aggregate_differ() {
    let said = said(async || {
        AppFixture::new()
            .when(add("pen", 1))
            .await
            .then_events_of::<Basket>("b2", [added("pen", 1)]);
    });

    expect![[r#"
        AddItem: recorded events differ from the expected ones                cqrs-testing/tests/fixture_app_messages.rs:LINE (then_events_of)
             expected  | recorded
          -  ItemAdded |            missing   {"qty":1,"sku":"pen"}
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 ItemAdded on Basket `b1`"#]].assert_eq(&said);
}

#[test]
fn one_event_expected_and_none_of_its_type() {
    let said = said(async || {
        AppFixture::new()
            .when(add("pen", 1))
            .await
            .then_event::<CheckedOut>(|_| {});
    });

    expect![[r#"
        AddItem: it did not record one `CheckedOut`                           cqrs-testing/tests/fixture_app_messages.rs:LINE (then_event)
             expected  one `CheckedOut`
             was       ItemAdded
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 ItemAdded on Basket `b1`"#]].assert_eq(&said);
}

#[test]
fn accepted_and_an_error_expected() {
    let said = said(async || {
        AppFixture::new()
            .given::<Basket>("b1", [added("pen", 2)])
            .when(check_out())
            .await
            .then_error(BasketError::Empty);
    });

    expect![[r#"
        CheckOut: it was accepted                                             cqrs-testing/tests/fixture_app_messages.rs:LINE (then_error)
             expected  rejected with Empty
             was       accepted, and recorded CheckedOut
        given   1 event (cqrs-testing/tests/fixture_app_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   none: the command was accepted
        log     2 CheckedOut on Basket `b1`"#]].assert_eq(&said);
}

#[test]
fn another_answer() {
    let field = said(async || {
        AppFixture::new()
            .given::<Basket>("b1", [added("pen", 2)])
            .when_query(get_basket())
            .await
            .then_answer(Some(BasketView { items: 3 }));
    });
    expect![[r#"
        GetBasket: it answered something else than expected                   cqrs-testing/tests/fixture_app_messages.rs:LINE (then_answer)
             expected | answered
          ~  (answer) | (answer)   .items   expected 3, answered 2
        given   1 event (cqrs-testing/tests/fixture_app_messages.rs:LINE), clock 2025-01-01T00:00:00Z
        cause   none: the query was answered"#]].assert_eq(&field);

    let none = said(async || {
        AppFixture::new()
            .when_query(get_basket())
            .await
            .then_answer(Some(BasketView { items: 3 }));
    });
    expect![[r#"
        GetBasket: it answered something else than expected                   cqrs-testing/tests/fixture_app_messages.rs:LINE (then_answer)
             expected  {"items":3}
             was       null
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   none: the query was answered"#]].assert_eq(&none);
}

#[test]
fn rejected_and_an_answer_expected() {
    let said = said(async || {
        AppFixture::new()
            .when_query(CountBaskets { fail: true })
            .await
            .then_answer(0);
    });

    expect![[r#"
        CountBaskets: it was rejected                                         cqrs-testing/tests/fixture_app_messages.rs:LINE (then_answer)
             expected  answered
             was       rejected with HandlerError { severity: Unclear, source: "it was asked to fail" }
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   probably that the query was rejected: it was asked to fail"#]].assert_eq(&said);
}

#[test]
fn what_a_handler_needs_is_not_there() {
    let command = said(async || {
        AppFixture::new().when(Quote).await.then_output(7);
    });
    expect![[r#"
        Quote: it was refused                                                 cqrs-testing/tests/fixture_app_messages.rs:LINE (then_output)
             expected  accepted
             was       refused: `Quote` cannot be served: handler `Desk` needs `rates: fixture_app_messages::shop::Rates`, which nobody provided
                       cqrs-testing/tests/support/shop.rs:LINE:5
                       give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   probably that the command was refused: `Quote` cannot be served: handler `Desk` needs `rates: fixture_app_messages::shop::Rates`, which nobody provided
                cqrs-testing/tests/support/shop.rs:LINE:5
                give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`"#]].assert_eq(&command);

    let event = said(async || {
        AppFixture::new()
            .when_event::<Basket>("b1", [CheckedOut { at: 1 }])
            .await
            .then_no_events();
    });
    expect![[r#"
        CheckedOut: handler `billing` cannot run                              cqrs-testing/tests/fixture_app_messages.rs:LINE (when_event)
        cause   handler `billing` needs `outbox: fixture_app_messages::shop::Outbox`, which nobody provided
                cqrs-testing/tests/support/shop.rs:LINE:5
                give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`"#]].assert_eq(&event);
}

#[test]
fn sent_commands_differ() {
    let unseen = said(async || {
        with_outbox()
            .when_event::<Basket>("b1", [CheckedOut { at: 1 }])
            .await
            .then_commands([SendInvoice {
                number: 1,
                basket: "b1".into(),
            }]);
    });
    expect![[r#"
        CheckedOut: `SendInvoice` was sent, and nobody looked into it         cqrs-testing/tests/fixture_app_messages.rs:LINE (then_commands)
        cause   say `.capturing::<SendInvoice>()` before `when..`
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 CheckedOut on Basket `b1`
                2 InvoiceSent on Invoice `1`
                sent SendInvoice"#]].assert_eq(&unseen);

    let other = said(async || {
        with_outbox()
            .capturing::<SendInvoice>()
            .when_event::<Basket>("b1", [CheckedOut { at: 1 }])
            .await
            .then_commands((
                SendInvoice {
                    number: 2,
                    basket: "b1".into(),
                },
                add("pen", 1),
            ));
    });
    expect![[r#"
        CheckedOut: sent commands differ from the expected ones               cqrs-testing/tests/fixture_app_messages.rs:LINE (then_commands)
             expected    | sent
          ~  SendInvoice | SendInvoice   .number   expected 2, sent 1
          -  AddItem     |               missing   {"basket":"b1","qty":1,"sku":"pen"}
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 CheckedOut on Basket `b1`
                2 InvoiceSent on Invoice `1`
                sent SendInvoice"#]].assert_eq(&other);

    let outbox = Outbox::default();
    let provided = outbox.clone();
    let none = said(async || {
        AppFixture::new()
            .with(|builder| builder.provide(provided))
            .when_event::<Basket>("b1", [CheckedOut { at: 1 }])
            .await
            .then_no_commands();
    });
    expect![[r#"
        CheckedOut: commands were sent, and none were expected                cqrs-testing/tests/fixture_app_messages.rs:LINE (then_no_commands)
             expected  no commands
             sent      SendInvoice
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 CheckedOut on Basket `b1`
                2 InvoiceSent on Invoice `1`
                sent SendInvoice"#]].assert_eq(&none);
    assert_eq!(outbox.letters(), ["b1"]);
}

#[test]
fn what_failed_must_not_go_unseen() {
    let parked = said(async || {
        with_outbox()
            .when_event::<Basket>("refused", [CheckedOut { at: 1 }])
            .await
            .then_no_commands();
    });
    expect![[r#"
        CheckedOut: something failed that the test says nothing of            cqrs-testing/tests/fixture_app_messages.rs:LINE (when_event)
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   handler `billing` has parked Basket `refused`: no address
        check   `.then_parked(name)` or `.then_failing(name)` says so, or else
                `.without_check(Check::NothingFails)` leaves this check out"#]].assert_eq(&parked);

    let trying = said(async || {
        with_outbox()
            .when_event::<Basket>("unreachable", [CheckedOut { at: 1 }])
            .await
            .then_no_commands();
    });
    expect![[r#"
        CheckedOut: something failed that the test says nothing of            cqrs-testing/tests/fixture_app_messages.rs:LINE (when_event)
        given   no prior activity, clock 2025-01-01T00:00:00Z
        cause   handler `billing` keeps trying: no line
        check   `.then_parked(name)` or `.then_failing(name)` says so, or else
                `.without_check(Check::NothingFails)` leaves this check out"#]].assert_eq(&trying);
}

#[test]
fn parked_differs() {
    let nothing = said(async || {
        with_outbox()
            .when_event::<Basket>("b1", [CheckedOut { at: 1 }])
            .await
            .then_parked("billing");
    });
    expect![[r#"
        CheckedOut: what failed differs from what was expected to             cqrs-testing/tests/fixture_app_messages.rs:LINE (then_parked)
             expected  `billing` has parked an event
             was       nothing failed
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 CheckedOut on Basket `b1`
                2 InvoiceSent on Invoice `1`
                sent SendInvoice"#]].assert_eq(&nothing);

    let something = said(async || {
        with_outbox()
            .when_event::<Basket>("refused", [CheckedOut { at: 1 }])
            .await
            .then_nothing_parked();
    });
    expect![[r#"
        CheckedOut: what failed differs from what was expected to             cqrs-testing/tests/fixture_app_messages.rs:LINE (then_nothing_parked)
             expected  nothing is parked
             was       handler `billing` has parked Basket `refused`: no address
        given   no prior activity, clock 2025-01-01T00:00:00Z
        log     1 CheckedOut on Basket `refused`
                handler `billing` has parked Basket `refused`: no address"#]].assert_eq(&something);
}

#[test]
fn a_given_command_that_is_not_accepted() {
    let said = said(async || {
        AppFixture::new()
            .given_command(check_out())
            .when(add("pen", 1))
            .await
            .then_ok();
    });

    expect![[r#"
        CheckOut: a given command was not accepted                            cqrs-testing/tests/fixture_app_messages.rs:LINE (given_command)
        cause   Basket `b1` does not exist"#]].assert_eq(&said);
}

#[test]
fn an_id_that_is_none() {
    let said = said(async || {
        drop(AppFixture::new().given::<Invoice>(
            "first",
            [InvoiceSent {
                basket: "b1".into(),
            }],
        ));
    });

    expect![[r#"
        Invoice: `first` is not the id of one                                 cqrs-testing/tests/fixture_app_messages.rs:LINE (given)
        cause   it cannot be read as `u64`"#]].assert_eq(&said);
}

#[test]
fn what_is_asked_for_too_late() {
    let configured = said(async || {
        AppFixture::new()
            .when(add("pen", 1))
            .await
            .then_ok()
            .and()
            .with(|builder| builder.provide(Rates(1)))
            .when(Quote)
            .await
            .then_output(1);
    });
    expect![[r#"
        AppFixture: the app runs and cannot be configured any more            cqrs-testing/tests/fixture_app_messages.rs:LINE (when)
        cause   it was started by an earlier round: say `.with(..)` in the first"#]].assert_eq(&configured);

    let handled = said(async || {
        with_outbox()
            .when(add("pen", 1))
            .await
            .then_event::<ItemAdded>(|_| {})
            .and()
            .when_event::<Basket>("b1", [CheckedOut { at: 1 }])
            .await
            .then_no_events();
    });

    expect![[r#"
        AppFixture: handlers of events do not run in this app                 cqrs-testing/tests/fixture_app_messages.rs:LINE (when_event)
        cause   it was started by an earlier round: say `.with_event_handlers()` in the first"#]].assert_eq(&handled);
}
