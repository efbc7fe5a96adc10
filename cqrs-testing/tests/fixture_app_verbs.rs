//! Every verb of `AppFixture`, where it holds.

#[path = "support/shop.rs"]
mod shop;

use std::time::Duration;

use cqrs::{Metadata, Unserved};
use cqrs_testing::AppFixture;

use self::shop::{
    AddItem, Basket, BasketError, BasketView, CheckedOut, CountBaskets, Invoice, InvoiceSent,
    ItemAdded, Outbox, Quote, Rates, SendInvoice, add, added, check_out, get_basket,
};

const BEGINNING: u64 = 1_735_689_600;

#[tokio::test]
async fn a_command_is_carried_out_after_what_was_given() {
    AppFixture::new()
        .given_no_prior_activity()
        .given::<Basket>("b1", [added("pen", 2)])
        .given_command(add("ink", 1))
        .when(check_out())
        .await
        .then_ok()
        .then_output(3)
        .then_output_with(|items| assert_eq!(*items, 3))
        .then_events([CheckedOut { at: BEGINNING }])
        .then_events_of::<Basket>("b1", [CheckedOut { at: BEGINNING }])
        .then_event::<CheckedOut>(|event| assert_eq!(event.at, BEGINNING))
        .then_state::<Basket>("b1", |basket| assert_eq!(basket.items, 0))
        .then_no_commands();
}

#[tokio::test]
async fn a_command_is_rejected_and_refused() {
    AppFixture::new().when(check_out()).await.then_not_found();
    AppFixture::new()
        .given::<Basket>("b1", (added("pen", 1), CheckedOut { at: 1 }))
        .when(check_out())
        .await
        .then_rejected()
        .then_error(BasketError::Empty)
        .then_error_matches(|error| matches!(error, BasketError::Empty))
        .then_error_text("the basket is empty");
    AppFixture::new()
        .given::<Invoice>(1, [InvoiceSent { basket: "b".into() }])
        .when(SendInvoice {
            number: 1,
            basket: "b".into(),
        })
        .await
        .then_already_exists();
}

#[tokio::test]
async fn a_query_is_answered_from_what_was_given_in_whatever_way() {
    AppFixture::new()
        .given::<Basket>("b1", [added("pen", 2)])
        .given_stored_json::<Basket>("b1", "ItemAdded", 1, r#"{"sku": "ink"}"#)
        .given_command(add("cap", 4))
        .when_query(get_basket())
        .await
        .then_answer(Some(BasketView { items: 7 }))
        .then_answer_with(|basket| assert!(basket.is_some()))
        .and()
        .when_query(CountBaskets { fail: false })
        .await
        .then_answer(1);
}

#[tokio::test]
async fn a_query_is_rejected() {
    AppFixture::new()
        .when_query(CountBaskets { fail: true })
        .await
        .then_rejected()
        .then_error_text("it was asked to fail");
}

#[tokio::test]
async fn what_a_handler_needs_is_an_error_only_where_it_is_reached() {
    AppFixture::new().when(Quote).await.then_fails(|error| {
        let cqrs::DispatchError::Unserved(Unserved::Unwired { fault, .. }) = error else {
            panic!("{error}");
        };
        fault.contains("Rates")
    });
    AppFixture::new()
        .with(|builder| builder.provide(Rates(7)))
        .when(Quote)
        .await
        .then_output(7);
}

#[tokio::test]
async fn an_event_is_handled_and_what_follows_is_seen() {
    let outbox = Outbox::default();
    let provided = outbox.clone();

    AppFixture::new()
        .with(|builder| builder.provide(provided))
        .capturing::<SendInvoice>()
        .given::<Basket>("b1", [CheckedOut { at: 1 }])
        .when_event::<Basket>("b2", [CheckedOut { at: 2 }])
        .await
        .then_commands([SendInvoice {
            number: 1,
            basket: "b2".into(),
        }])
        .then_events([InvoiceSent {
            basket: "b2".into(),
        }])
        .then_events_of::<Invoice>(
            1,
            [InvoiceSent {
                basket: "b2".into(),
            }],
        )
        .then_nothing_parked();

    // What was given has happened before the handler was there.
    assert_eq!(outbox.letters(), ["b2"]);
}

#[tokio::test]
async fn handlers_run_for_commands_only_when_asked_for() {
    let outbox = Outbox::default();
    let provided = outbox.clone();
    AppFixture::new()
        .given::<Basket>("b1", [added("pen", 1)])
        .when(check_out())
        .await
        .then_events([CheckedOut { at: BEGINNING }]);

    AppFixture::new()
        .with(|builder| builder.provide(provided))
        .with_event_handlers()
        .given::<Basket>("b1", [added("pen", 1)])
        .when(check_out())
        .await
        .then_events((
            CheckedOut { at: BEGINNING },
            InvoiceSent {
                basket: "b1".into(),
            },
        ));

    assert_eq!(outbox.letters(), ["b1"]);
}

#[tokio::test]
async fn an_event_that_cannot_be_handled_is_parked() {
    AppFixture::new()
        .with(|builder| builder.provide(Outbox::default()))
        .when_event::<Basket>("refused", [CheckedOut { at: 2 }])
        .await
        .then_no_events()
        .then_no_commands()
        .then_parked("billing")
        // It stays parked, and the next round need not say so again.
        .and()
        .when(add("pen", 1))
        .await
        .then_ok();
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_keeps_trying_is_seen() {
    AppFixture::new()
        .with(|builder| builder.provide(Outbox::default()))
        .when_event::<Basket>("unreachable", [CheckedOut { at: 2 }])
        .await
        .then_failing("billing");
}

#[tokio::test]
async fn time_and_metadata_are_those_given() {
    AppFixture::new()
        .given_time("2025-01-01T00:01:00Z")
        .given::<Basket>("b1", [added("pen", 1)])
        .given_metadata(Metadata::new().actor("clerk"))
        .when_time_advances(Duration::from_secs(60))
        .await
        .then_no_events()
        .and()
        .when(check_out())
        .await
        .then_stored(|events| {
            let actors = events.iter().map(|event| event.meta.metadata.actor_name());
            assert_eq!(actors.collect::<Vec<_>>(), [Some("clerk")]);
        })
        .then_events([CheckedOut {
            at: BEGINNING + 120,
        }]);
}

#[tokio::test]
async fn rounds_follow_each_other_in_one_app() {
    AppFixture::new()
        .when(add("pen", 1))
        .await
        .then_events([added("pen", 1)])
        .and()
        .given::<Basket>("b1", [added("ink", 1)])
        .when(AddItem {
            basket: "b1".into(),
            sku: "cap".into(),
            qty: 1,
        })
        .await
        .then_event::<ItemAdded>(|event| assert_eq!(event.sku, "cap"))
        .and()
        .when_query(get_basket())
        .await
        .then_answer(Some(BasketView { items: 3 }));
}
