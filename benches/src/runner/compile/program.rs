//! The programs that are compiled.

use std::fmt::Write;

/// Each derive once, with the type that it is written at.
pub(super) const DERIVES: [(&str, &str); 7] = [
    ("Command", "Pay"),
    ("Query", "GetBill"),
    ("Event", "Paid"),
    ("Aggregate", "Bill"),
    ("View", "BillView"),
    ("Handler", "Thanks"),
    ("Projection", "Payments"),
];

/// A program with each of [`DERIVES`].
pub(super) const EACH_DERIVE: &str = r#"#![allow(dead_code)]

use std::convert::Infallible;

use cqrs::{
    Aggregate, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext, HandlerError,
    Project, ProjectRows, Projection, Query, Recorded, Tables, View, Views, sqlite::{Sqlite, SqliteTables},
};
use serde::{Deserialize, Serialize};

#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = Bill, upsert)]
struct Pay { #[id] id: String, name: String, amount: u64, note: Option<String> }

#[derive(Event, Clone, Debug, Serialize, Deserialize)]
struct Paid { name: String, amount: u64, note: Option<String> }

#[derive(Aggregate, Debug, Default, Serialize, Deserialize)]
#[aggregate(events(Paid))]
struct Bill { count: u64, name: String }

impl Decide<Pay> for Bill {
    fn decide(&self, c: &Pay, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Paid { name: c.name.clone(), amount: c.amount, note: c.note.clone() });
        Ok(())
    }
}

impl Apply<Paid> for Bill {
    fn apply(&mut self, event: &Paid) { self.count += event.amount; self.name = event.name.clone(); }
}

#[derive(View, Clone, Debug, Default, Serialize, Deserialize)]
#[view(events(Paid))]
struct BillView { count: u64, name: String }

impl Project<Paid> for BillView {
    fn project(view: Option<Self>, _: &String, event: &Recorded<Paid>) -> Option<Self> {
        let count = view.map_or(0, |view| view.count) + event.amount;
        Some(Self { count, name: event.name.clone() })
    }
}

#[derive(Query, Debug, Serialize, Deserialize)]
#[query(view = BillView)]
struct GetBill { #[id] id: String }

#[derive(Handler)]
#[handler(name = "thanks", events(Paid))]
struct Thanks { bills: Views<BillView> }

impl EventHandler<Paid> for Thanks {
    async fn handle(&self, event: &Recorded<Paid>, _: &HandlerContext) -> Result<(), HandlerError> {
        let _ = self.bills.get(&event.name).await?;
        Ok(())
    }
}

#[derive(Projection)]
#[projection(name = "payments", store = Sqlite, events(Paid))]
struct Payments;

impl Tables for Payments {
    async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> { Ok(()) }
}

impl ProjectRows<Paid> for Payments {
    async fn project(_: &Recorded<Paid>, _: &mut SqliteTables) -> Result<(), HandlerError> { Ok(()) }
}

fn main() {}
"#;

/// 20 aggregates, each with five commands and five events; without the framework, the same types with serde alone.
pub(super) fn program(with_framework: bool) -> String {
    let mut source = String::from("#![allow(dead_code)]\nuse serde::{Deserialize, Serialize};\n");
    if with_framework {
        source.push_str(
            "use std::convert::Infallible;\nuse cqrs::{Aggregate, Apply, Command, Context, Decide, Event};\n",
        );
    }
    for aggregate in 0..20 {
        let events: Vec<_> = (0..5)
            .map(|number| format!("Done{aggregate}x{number}"))
            .collect();
        let derive = if with_framework { "Aggregate, " } else { "" };
        let attribute = if with_framework {
            format!("#[aggregate(events({}))]\n", events.join(", "))
        } else {
            String::new()
        };
        let _written = writeln!(
            source,
            "#[derive({derive}Debug, Default, Serialize, Deserialize)]\n{attribute}\
             struct Thing{aggregate} {{ count: u64, name: String }}"
        );
        for (number, event) in events.iter().enumerate() {
            message(&mut source, aggregate, number, event, with_framework);
        }
    }
    source.push_str("fn main() {}\n");
    source
}

fn message(source: &mut String, aggregate: u32, number: usize, event: &str, with_framework: bool) {
    let fields = "name: String, amount: u64, note: Option<String>";
    let thing = format!("Thing{aggregate}");
    let command = format!("Do{aggregate}x{number}");
    let _written = if with_framework {
        writeln!(
            source,
            "#[derive(Event, Clone, Debug, Serialize, Deserialize)] struct {event} {{ {fields} }}\n\
             #[derive(Command, Debug, Serialize, Deserialize)] #[command(aggregate = {thing}, upsert)]\n\
             struct {command} {{ #[id] id: String, {fields} }}\n\
             impl Decide<{command}> for {thing} {{\n\
                 fn decide(&self, c: &{command}, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {{\n\
                     cx.emit({event} {{ name: c.name.clone(), amount: c.amount, note: c.note.clone() }});\n\
                     Ok(())\n\
                 }}\n\
             }}\n\
             impl Apply<{event}> for {thing} {{\n\
                 fn apply(&mut self, event: &{event}) {{ self.count += event.amount; self.name = event.name.clone(); }}\n\
             }}"
        )
    } else {
        writeln!(
            source,
            "#[derive(Clone, Debug, Serialize, Deserialize)] struct {event} {{ {fields} }}\n\
             #[derive(Debug, Serialize, Deserialize)] struct {command} {{ id: String, {fields} }}\n\
             impl {thing} {{\n\
                 fn decide_{number}(&self, c: &{command}) -> {event} {{\n\
                     {event} {{ name: c.name.clone(), amount: c.amount, note: c.note.clone() }}\n\
                 }}\n\
                 fn apply_{number}(&mut self, event: &{event}) {{\n\
                     self.count += event.amount; self.name = event.name.clone();\n\
                 }}\n\
             }}"
        )
    };
}
