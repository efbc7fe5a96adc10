//! Billing: the aggregate and the services behind the messages of `contracts-messages`.
//!
//! Nothing is public: whoever links this crate, by `use contracts_billing as _;`, has it served.

use contracts_messages::{BillStatus, BillingError, GetBill, OpenBill, PayBill, SettleBill};
use cqrs::{
    Aggregate, Apply, CommandHandler, Context, Decide, DispatchError, Event, Handler,
    HandlerContext, HandlerError, Project, QueryHandler, Recorded, View, Views,
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct BillOpened {
    cents: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct BillSettled {
    payment_id: String,
}

// The commands do not name this aggregate, so it names them.
#[derive(Aggregate, Default)]
#[aggregate(events(BillOpened, BillSettled), commands(OpenBill, SettleBill), error = BillingError)]
struct Bill {
    paid: bool,
}

impl Decide<OpenBill> for Bill {
    fn decide(&self, command: &OpenBill, cx: &mut Context<'_, Self>) -> Result<(), BillingError> {
        let cents = command.cents;
        cx.emit(BillOpened { cents });
        Ok(())
    }
}

impl Decide<SettleBill> for Bill {
    fn decide(&self, command: &SettleBill, cx: &mut Context<'_, Self>) -> Result<(), BillingError> {
        if self.paid {
            return Err(BillingError::AlreadyPaid);
        }
        let payment_id = command.payment_id.clone();
        cx.emit(BillSettled { payment_id });
        Ok(())
    }
}

impl Apply<BillOpened> for Bill {
    fn apply(&mut self, _: &BillOpened) {}
}

impl Apply<BillSettled> for Bill {
    fn apply(&mut self, _: &BillSettled) {
        self.paid = true;
    }
}

#[derive(View, Serialize, Deserialize)]
#[view(events(BillOpened, BillSettled))]
struct BillView {
    status: BillStatus,
}

impl Project<BillOpened> for BillView {
    fn project(_: Option<Self>, _: &String, event: &Recorded<BillOpened>) -> Option<Self> {
        let status = BillStatus {
            cents: event.cents,
            payment_id: None,
        };
        Some(Self { status })
    }
}

impl Project<BillSettled> for BillView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<BillSettled>) -> Option<Self> {
        let mut view = view?;
        view.status.payment_id = Some(event.payment_id.clone());
        Some(view)
    }
}

#[derive(Handler)]
#[handler(commands(PayBill), queries(GetBill))]
struct Billing {
    bills: Views<BillView>,
}

impl CommandHandler<PayBill> for Billing {
    async fn handle(&self, command: PayBill, cx: &HandlerContext) -> Result<String, BillingError> {
        // Here a bank would be asked, with the command's id, so that it does not charge twice.
        if command.card.starts_with('0') {
            return Err(BillingError::CardRefused(command.card));
        }
        let payment_id = format!("payment by {}", command.card);
        let settle = SettleBill {
            bill_id: command.bill_id,
            payment_id: payment_id.clone(),
        };
        match cx.dispatch(settle).await {
            Ok(_) => Ok(payment_id),
            Err(DispatchError::Rejected(error)) => Err(error),
            Err(error) => Err(BillingError::OutOfOrder(error.to_string())),
        }
    }
}

impl QueryHandler<GetBill> for Billing {
    async fn handle(
        &self,
        query: GetBill,
        _: &HandlerContext,
    ) -> Result<Option<BillStatus>, HandlerError> {
        Ok(self
            .bills
            .get(&query.bill_id)
            .await?
            .map(|bill| bill.status))
    }
}
