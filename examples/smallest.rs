//! The shortest way from nothing to create, update and get: an aggregate that is its own view.
//!
//! Run it twice: the note is there the second time.

use std::{convert::Infallible, error::Error};

use cqrs::{Aggregate, App, Apply, Command, Context, Decide, Event, Query, View, sqlite::Sqlite};
use serde::{Deserialize, Serialize};

// ---- the model ----

#[derive(Command, Deserialize)]
#[command(aggregate = Note, create)]
struct WriteNote {
    #[id]
    id: String,
    text: String,
}

#[derive(Command, Deserialize)]
#[command(aggregate = Note)]
struct RewriteNote {
    #[id]
    id: String,
    text: String,
}

#[derive(Event, Serialize, Deserialize)]
struct NoteWritten {
    text: String,
}

#[derive(Aggregate, View, Debug, Default, Serialize, Deserialize)]
#[aggregate(events(NoteWritten))]
struct Note {
    text: String,
}

impl Decide<WriteNote> for Note {
    fn decide(&self, command: &WriteNote, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let text = command.text.clone();
        cx.emit(NoteWritten { text });
        Ok(())
    }
}

impl Decide<RewriteNote> for Note {
    fn decide(&self, command: &RewriteNote, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let text = command.text.clone();
        cx.emit(NoteWritten { text });
        Ok(())
    }
}

impl Apply<NoteWritten> for Note {
    fn apply(&mut self, event: &NoteWritten) {
        self.text.clone_from(&event.text);
    }
}

#[derive(Query, Deserialize)]
#[query(view = Note)]
struct GetNote {
    #[id]
    id: String,
}

// ---- the wiring and the calls ----

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = App::builder(Sqlite::open("notes.db")?).start().await?;
    let (id, text) = (String::from("todo"), String::from("buy milk"));

    if let Err(error) = app.dispatch(WriteNote { id, text }).await {
        println!("Not written: {error}");
    }
    let (id, text) = (String::from("todo"), String::from("buy milk and bread"));
    app.dispatch(RewriteNote { id, text }).await?;

    let id = String::from("todo");
    println!("{:?}", app.ask(GetNote { id }).await?);
    app.shutdown().await?;
    Ok(())
}
