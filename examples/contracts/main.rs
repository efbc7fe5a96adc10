//! Messages in one crate, who serves them in another: neither knows this program, and it knows only the messages.

use std::error::Error;

// Without this line the crate is not linked, and `start` says that nobody handles its commands. Try it.
use contracts_billing as _;
use contracts_messages::{GetBill, OpenBill, PayBill};
use cqrs::{App, Memory};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = App::builder(Memory::new()).start().await?;
    let bill_id = || String::from("2026-17");

    let cents = 4_200;
    let bill = OpenBill {
        bill_id: bill_id(),
        cents,
    };
    app.dispatch(bill).await?;

    for card in ["0000", "4711", "4711"] {
        let pay = PayBill {
            bill_id: bill_id(),
            card: card.into(),
        };
        match app.dispatch(pay).await {
            Ok(paid) => println!("paid: {}", paid.output),
            Err(error) => println!("not paid: {error}"),
        }
    }

    println!("{:?}", app.ask(GetBill { bill_id: bill_id() }).await?);
    app.shutdown().await?;
    Ok(())
}
