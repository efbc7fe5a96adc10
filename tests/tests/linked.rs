//! Messages of one crate, served by another that is linked by a line.

use contracts_billing as _;
use contracts_messages::{BillStatus, BillingError, GetBill, OpenBill, PayBill};
use cqrs::{
    App, DispatchError, Memory,
    app::{MessageKind, RouteInfo},
};

fn pay(card: &str) -> PayBill {
    PayBill {
        bill_id: "1".into(),
        card: card.into(),
    }
}

#[tokio::test]
async fn a_contract_is_served_by_who_claims_it() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    let open = OpenBill {
        bill_id: "1".into(),
        cents: 42,
    };
    app.dispatch(open).await.unwrap();

    let refused = app.dispatch(pay("0")).await.unwrap_err();
    assert_eq!(
        refused.rejection(),
        Some(BillingError::CardRefused("0".into()))
    );
    let payment_id = app.dispatch(pay("7")).await.unwrap().output;
    let again = app.dispatch(pay("7")).await.unwrap_err();
    assert_eq!(again.rejection(), Some(BillingError::AlreadyPaid));

    let bill = app
        .ask(GetBill {
            bill_id: "1".into(),
        })
        .await
        .unwrap();
    let paid = BillStatus {
        cents: 42,
        payment_id: Some(payment_id),
    };
    assert_eq!(bill, Some(paid));
}

#[tokio::test]
async fn a_handler_s_answer_is_a_token_of_what_it_wrote() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    let open = OpenBill {
        bill_id: "1".into(),
        cents: 42,
    };
    let opened = app.dispatch(open).await.unwrap().position;
    let paid = app.dispatch(pay("7")).await.unwrap().position;
    assert_eq!((opened.position().get(), paid.position().get()), (1, 2));
    let bill = app
        .after(paid)
        .ask(GetBill {
            bill_id: "1".into(),
        })
        .await
        .unwrap();
    assert!(bill.is_some_and(|bill| bill.payment_id.is_some()));
}

#[tokio::test]
async fn the_catalog_shows_every_type() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    let catalog = app.catalog();

    let kinds: Vec<_> = catalog
        .entries()
        .iter()
        .map(|entry| (entry.kind, entry.name))
        .collect();
    assert_eq!(
        kinds,
        [
            (MessageKind::Command, "OpenBill"),
            (MessageKind::Command, "PayBill"),
            (MessageKind::Command, "SettleBill"),
            (MessageKind::Query, "GetBill"),
            (MessageKind::Event, "BillOpened"),
            (MessageKind::Event, "BillSettled"),
            (MessageKind::Aggregate, "Bill"),
            (MessageKind::View, "Bill"),
            (MessageKind::Handler, "Billing"),
        ]
    );
    let open = catalog.get(MessageKind::Command, "OpenBill").unwrap();
    assert_eq!(open.route, Some(RouteInfo::Contract));
    assert!(open.by_name);
    assert!(open.place.file().ends_with("contracts/messages/src/lib.rs"));
    let fields: Vec<_> = open
        .fields
        .iter()
        .map(|field| (field.name, field.type_name))
        .collect();
    assert_eq!(fields, [("bill_id", "String"), ("cents", "u64")]);
    assert!(
        open.fields
            .iter()
            .all(|field| field.place.line() > open.place.line())
    );
    let view = catalog.get(MessageKind::View, "Bill").unwrap();
    assert_eq!(
        (view.version, &*view.events),
        (Some(1), &["BillOpened", "BillSettled"][..])
    );
}

#[tokio::test]
async fn a_rejection_is_told_from_a_failure() {
    let app = App::builder(Memory::new()).start().await.unwrap();
    let missing = app.dispatch(pay("7")).await;
    assert!(
        matches!(&missing, Err(DispatchError::Rejected(BillingError::OutOfOrder(why))) if why.contains("does not exist")),
        "{missing:?}"
    );
}
