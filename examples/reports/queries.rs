//! Reports, by plain SQL on the tables that readers know.

use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler, sqlite::Sqlite};
use serde::{Deserialize, Serialize};

use super::sales::Sales;

#[derive(Query, Deserialize)]
#[query(handler = Reports, output = Vec<CountryRevenue>)]
pub(crate) struct RevenueByCountry;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CountryRevenue {
    pub(crate) country: String,
    pub(crate) orders: i64,
    pub(crate) cents: i64,
}

/// The names of those who have spent most, and how much.
#[derive(Query, Deserialize)]
#[query(handler = Reports, output = Vec<(String, i64)>)]
pub(crate) struct BestCustomers {
    pub(crate) limit: u32,
}

/// `reads(Sales)`: a report waits until the tables have what was written before it was asked for.
#[derive(Handler)]
#[handler(reads(Sales))]
pub(crate) struct Reports {
    sqlite: Sqlite,
}

impl QueryHandler<RevenueByCountry> for Reports {
    async fn handle(
        &self,
        _: RevenueByCountry,
        _: &HandlerContext,
    ) -> Result<Vec<CountryRevenue>, HandlerError> {
        let sql = "
            SELECT country, count(*), sum(cents)
            FROM sales_orders JOIN sales_customers ON sales_customers.id = sales_orders.customer
            GROUP BY country ORDER BY country";
        let lines = self.sqlite.query(move |file| {
            let mut report = file.prepare_cached(sql)?;
            let lines = report.query_map([], |row| {
                Ok(CountryRevenue {
                    country: row.get(0)?,
                    orders: row.get(1)?,
                    cents: row.get(2)?,
                })
            })?;
            lines.collect()
        });
        Ok(lines.await?)
    }
}

impl QueryHandler<BestCustomers> for Reports {
    async fn handle(
        &self,
        query: BestCustomers,
        _: &HandlerContext,
    ) -> Result<Vec<(String, i64)>, HandlerError> {
        let sql = "
            SELECT name, sum(cents) AS spent
            FROM sales_orders JOIN sales_customers ON sales_customers.id = sales_orders.customer
            GROUP BY sales_customers.id ORDER BY spent DESC LIMIT ?1";
        let best = self.sqlite.query(move |file| {
            let mut report = file.prepare_cached(sql)?;
            let lines = report.query_map([query.limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
            lines.collect()
        });
        Ok(best.await?)
    }
}
