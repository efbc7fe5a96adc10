//! What is erased is nowhere any more, and what is left goes on.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{convert::Infallible, fs, path::Path};

use cqrs::{
    Aggregate, App, Apply, Command, Context, Decide, DispatchError, Event, EventQuery, EventStore,
    Keys, Memory, Position, Project, Query, Range, Recorded, Revision, Store, StreamId, Tag, View,
    sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Patient, upsert, output = Vec<String>)]
struct Note {
    #[id]
    patient: String,
    text: String,
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Patient, create)]
struct Admit {
    #[id]
    patient: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Noted {
    text: String,
    #[tag]
    by: String,
}

/// Its state holds all that was said, and is kept as a snapshot.
#[derive(Aggregate, View, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Noted), snapshot(version = 1, every = 2))]
struct Patient {
    notes: Vec<String>,
}

impl Decide<Note> for Patient {
    /// Answers what it knew.
    fn decide(
        &self,
        command: &Note,
        cx: &mut Context<'_, Self>,
    ) -> Result<Vec<String>, Infallible> {
        let text = command.text.clone();
        cx.emit(Noted {
            text,
            by: "dr-jane".into(),
        });
        Ok(self.notes.clone())
    }
}

impl Decide<Admit> for Patient {
    fn decide(&self, _: &Admit, _: &mut Context<'_, Self>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Apply<Noted> for Patient {
    fn apply(&mut self, event: &Noted) {
        self.notes.push(event.text.clone());
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Patient)]
struct GetPatient {
    #[id]
    patient: String,
}

/// All that one doctor has noted, of all patients.
#[derive(View, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(Noted))]
struct DoctorView {
    notes: Vec<String>,
}

impl Project<Noted> for DoctorView {
    fn keys(event: &Recorded<Noted>) -> Keys<String> {
        Keys::one(event.by.clone())
    }

    fn project(view: Option<Self>, _: &String, event: &Recorded<Noted>) -> Option<Self> {
        let mut notes = view.map_or_else(Vec::new, |view| view.notes);
        notes.push(event.text.clone());
        Some(Self { notes })
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = DoctorView)]
struct GetDoctor {
    #[id]
    doctor: String,
}

async fn note(app: &App, patient: &str, text: &str) -> Vec<String> {
    let (patient, text) = (patient.to_owned(), text.to_owned());
    let note = Note { patient, text };
    app.dispatch(note).await.unwrap().into_output()
}

async fn noted(app: &App) -> Vec<String> {
    let doctor = "dr-jane".to_owned();
    // While the view is built again it says so.
    app.caught_up().await.unwrap();
    let doctor = app.ask(GetDoctor { doctor }).await.unwrap();
    doctor.map_or_else(Vec::new, |doctor| doctor.notes)
}

async fn get(app: &App, patient: &str) -> Option<Patient> {
    let patient = patient.to_owned();
    app.ask(GetPatient { patient }).await.unwrap()
}

async fn what_is_erased_is_nowhere(store: impl Store + Clone) {
    let app = App::builder(store.clone()).start().await.unwrap();
    for text in ["secret-1", "secret-2", "secret-3", "secret-4"] {
        note(&app, "joe", text).await;
        note(&app, "ann", &text.replace("secret", "open")).await;
    }
    let open = ["open-1", "open-2", "open-3", "open-4"];
    assert_eq!(noted(&app).await.len(), 8);

    let joe = "joe".to_owned();
    assert_eq!(app.erase::<Patient>(&joe).await.unwrap(), 4);

    assert_eq!(get(&app, "joe").await, None);
    assert_eq!(noted(&app).await, open);
    assert_eq!(get(&app, "ann").await.unwrap().notes, open);
    let store: &dyn EventStore = &store;
    let by = EventQuery::all().tag(Tag::new("by", "dr-jane").unwrap());
    let found = store
        .read(&by, Range::after(Position::START))
        .await
        .unwrap();
    assert!(
        found
            .events
            .iter()
            .all(|event| event.meta.stream.id() == "ann")
    );
    let stream = StreamId::new("Patient", "joe").unwrap();
    let page = store
        .read_stream(&stream, Revision::NONE, 100)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 5, "that something was said stays");
    assert!(page.events.iter().all(|event| event.payload.is_empty()));
    assert_eq!(store.snapshot(&stream, 1).await.unwrap(), None);

    // The aggregate is there, and knows nothing: not from its cache either.
    let admit = app.dispatch(Admit { patient: joe }).await.unwrap_err();
    assert!(matches!(admit, DispatchError::AlreadyExists { .. }));
    assert_eq!(note(&app, "joe", "fresh").await, [""; 0]);
    assert_eq!(note(&app, "joe", "start").await, ["fresh"]);
    assert_eq!(get(&app, "joe").await.unwrap().notes, ["fresh", "start"]);
    assert_eq!(app.erase::<Patient>(&"nobody".to_owned()).await.unwrap(), 0);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_erased_is_in_no_event_state_or_view() {
    what_is_erased_is_nowhere(Memory::new()).await;
}

#[tokio::test]
async fn what_is_erased_is_in_no_event_state_or_view_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    what_is_erased_is_nowhere(Sqlite::open(&file).unwrap()).await;

    // Another program finds it neither.
    let store = Sqlite::open(&file).unwrap();
    let app = App::builder(store).start().await.unwrap();
    app.caught_up().await.unwrap();
    assert_eq!(note(&app, "joe", "later").await, ["fresh", "start"]);
    app.shutdown().await.unwrap();
    drop(app);
    assert_eq!(files_with(folder.path(), b"open-1"), 1);
    assert_eq!(files_with(folder.path(), b"secret-"), 0, "nor the disk");
}

/// How many files have these bytes somewhere.
fn files_with(folder: &Path, wanted: &[u8]) -> usize {
    let files = fs::read_dir(folder).unwrap();
    let contents = files.map(|file| fs::read(file.unwrap().path()).unwrap());
    contents
        .filter(|content| content.windows(wanted.len()).any(|part| part == wanted))
        .count()
}
