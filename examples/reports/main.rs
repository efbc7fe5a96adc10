//! Reports by SQL: orders and customers are events, what is reported about them is rows of ordinary tables.
//!
//! Run it, then ask the file yourself:
//!
//! ```text
//! sqlite3 reports.db "SELECT * FROM sales_orders JOIN sales_customers ON sales_customers.id = customer"
//! ```

mod model;
mod queries;
mod sales;
#[cfg(test)]
mod tests;

use std::error::Error;

use cqrs::{App, DispatchError, sqlite::Sqlite};

use self::{
    model::{CancelOrder, PlaceOrder, RegisterCustomer},
    queries::{BestCustomers, RevenueByCountry},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sqlite = Sqlite::open("reports.db")?;
    let app = App::builder(sqlite.clone())
        .provide(sqlite.clone())
        .start()
        .await?;
    trade(&app).await?;

    println!("Revenue by country:");
    for line in app.ask(RevenueByCountry).await? {
        println!(
            "  {} {:>3} orders {:>8}",
            line.country, line.orders, line.cents
        );
    }
    println!("Best customers:");
    for (name, cents) in app.ask(BestCustomers { limit: 2 }).await? {
        println!("  {name:<6} {cents:>8}");
    }

    // The same file by plain SQL, without a query of the program.
    let largest: Option<i64> = sqlite
        .query(|file| file.query_row("SELECT max(cents) FROM sales_orders", [], |row| row.get(0)))
        .await?;
    println!("Largest order: {largest:?}");
    app.shutdown().await?;
    Ok(())
}

/// A day's work; done already when the program runs a second time.
async fn trade(app: &App) -> Result<(), Box<dyn Error>> {
    for (customer, name, country) in [("c1", "Ann", "NO"), ("c2", "Bo", "SE"), ("c3", "Cia", "NO")]
    {
        let registered = app
            .dispatch(RegisterCustomer {
                customer: customer.into(),
                name: name.into(),
                country: country.into(),
            })
            .await;
        if let Err(DispatchError::AlreadyExists { .. }) = registered {
            return Ok(());
        }
        registered?;
    }
    for (order, customer, cents) in [
        ("o1", "c1", 12_000),
        ("o2", "c2", 9_900),
        ("o3", "c3", 70_000),
        ("o4", "c1", 500),
    ] {
        let (order, customer) = (order.into(), customer.into());
        app.dispatch(PlaceOrder {
            order,
            customer,
            cents,
        })
        .await?;
    }
    app.dispatch(CancelOrder { order: "o2".into() }).await?;
    Ok(())
}
