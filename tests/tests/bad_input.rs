//! Bad input gets an error that says what, where and what to do; nothing is lost, and nothing panics.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::convert::Infallible;

use cqrs::{
    Aggregate, App, Apply, AskError, Command, Context, Decide, DispatchError, Event,
    InvalidMessage, Memory, Query, Unserved, View,
};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Note, upsert)]
struct WriteNote {
    #[id]
    id: String,
    text: String,
    tag: String,
}

#[derive(Command)]
#[command(aggregate = Note, local)]
struct Shred {
    #[id]
    id: String,
}

#[derive(Event, Serialize, Deserialize)]
struct NoteWritten {
    text: String,
    #[tag]
    tag: String,
}

#[derive(Aggregate, View, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(NoteWritten))]
struct Note {
    text: String,
}

impl Decide<WriteNote> for Note {
    fn decide(&self, command: &WriteNote, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let (text, tag) = (command.text.clone(), command.tag.clone());
        cx.emit(NoteWritten { text, tag });
        Ok(())
    }
}

impl Decide<Shred> for Note {
    fn decide(&self, _: &Shred, _: &mut Context<'_, Self>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Apply<NoteWritten> for Note {
    fn apply(&mut self, event: &NoteWritten) {
        self.text.clone_from(&event.text);
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Note)]
struct GetNote {
    #[id]
    id: String,
}

async fn app() -> App {
    App::builder(Memory::new()).start().await.unwrap()
}

fn write(id: &str, tag: &str) -> WriteNote {
    WriteNote {
        id: id.into(),
        text: "text".into(),
        tag: tag.into(),
    }
}

#[tokio::test]
async fn messages_by_name_come_and_go_as_json() {
    let app = app().await;

    let json = r#"{"id":"a","text":"hello","tag":"t"}"#;
    let committed = app.dispatch_json("WriteNote", json).await.unwrap();
    assert_eq!(committed.output.get(), "null");
    let note = app.ask_json("GetNote", r#"{"id":"a"}"#).await.unwrap();
    assert_eq!(note.get(), r#"{"text":"hello"}"#);
    let nothing = app.ask_json("GetNote", br#"{"id":"b"}"#).await.unwrap();
    assert_eq!(nothing.get(), "null");
}

#[tokio::test]
async fn json_that_is_not_the_message_says_where_it_goes_wrong() {
    let app = app().await;

    for (json, why) in [
        ("", "EOF while parsing"),
        ("{", "EOF while parsing"),
        (r#"{"id":"a"}"#, "missing field `text`"),
        (
            r#"{"id":1,"text":"","tag":"t"}"#,
            "invalid type: integer `1`",
        ),
        ("[[[[[[[", "invalid"),
        ("\u{0}", "expected value"),
        (&"[".repeat(100_000), "invalid"),
    ] {
        let refused = app.dispatch_json("WriteNote", json).await.unwrap_err();
        assert!(
            matches!(refused, DispatchError::Invalid(InvalidMessage::Json { .. })),
            "{refused}"
        );
        let text = refused.to_string();
        assert!(text.contains("`WriteNote`") && text.contains(why), "{text}");
    }
    let refused = app.ask_json("GetNote", [0xff, 0xfe]).await.unwrap_err();
    assert!(
        matches!(refused, AskError::Invalid(InvalidMessage::Json { .. })),
        "{refused}"
    );
}

#[tokio::test]
async fn names_that_nobody_has_get_the_nearest_one() {
    let app = app().await;

    let unknown = app.dispatch_json("WriteNotes", "{}").await.unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "no command is named `WriteNotes`: did you mean `WriteNote`?"
    );
    let unknown = app.ask_json("Everything", "{}").await.unwrap_err();
    assert_eq!(unknown.to_string(), "no query is named `Everything`");
    let long = app
        .dispatch_json(&"x".repeat(10 << 20), "{}")
        .await
        .unwrap_err();
    assert!(
        long.to_string().len() < 200,
        "what a stranger sends is not sent back whole"
    );
}

#[tokio::test]
async fn local_messages_cannot_be_sent_by_name() {
    let app = app().await;

    app.dispatch(write("a", "t")).await.unwrap();
    app.dispatch(Shred { id: "a".into() }).await.unwrap();
    let refused = app
        .dispatch_json("Shred", r#"{"id":"a"}"#)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            DispatchError::Unserved(Unserved::Local { name: "Shred" })
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_message_that_is_too_large_is_not_read() {
    let app = app().await;

    let json = format!(r#"{{"id":"a","text":"{}","tag":"t"}}"#, "x".repeat(2 << 20));
    let refused = app.dispatch_json("WriteNote", json).await.unwrap_err();
    assert!(
        matches!(
            refused,
            DispatchError::Invalid(InvalidMessage::TooLarge { .. })
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn ids_and_tags_that_cannot_be_stored_are_refused() {
    let app = app().await;
    let long = "x".repeat(10 << 20);

    for (id, tag, why) in [
        ("", "t", "an aggregate's id is empty"),
        (
            "a\0b",
            "t",
            "an aggregate's id has the control character '\\0' at byte 1",
        ),
        (
            &*long,
            "t",
            "an aggregate's id has 10485760 bytes, at most 512 fit",
        ),
        (
            "a",
            "",
            "event `NoteWritten` cannot be tagged: a tag's value is empty",
        ),
        ("a", "\n", "control character '\\n'"),
        ("a", &*long, "at most 256 fit"),
    ] {
        let refused = app.dispatch(write(id, tag)).await.unwrap_err();
        assert!(matches!(refused, DispatchError::Invalid(_)), "{refused}");
        assert!(refused.to_string().contains(why), "{refused}");
    }

    app.dispatch(write("a", "t")).await.unwrap();
    for id in ["", "a\0b", &*long] {
        assert_eq!(app.ask(GetNote { id: id.into() }).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_payload_beyond_the_store_s_limits_is_refused_and_fails_nobody_else() {
    let store = Memory::new().with_limits(cqrs::store::Limits::default().bytes(1_000));
    let app = App::builder(store).start().await.unwrap();
    let mut large = write("a", "t");
    large.text = "x".repeat(2_000);

    let (small, large, other) = tokio::join!(
        app.dispatch(write("a", "t")),
        app.dispatch(large),
        app.dispatch(write("a", "t")),
    );
    assert!(small.is_ok() && other.is_ok());
    let refused = large.unwrap_err();
    assert!(
        matches!(refused, DispatchError::Invalid(InvalidMessage::Append(_))),
        "{refused}"
    );
    assert!(refused.to_string().contains("too large"), "{refused}");
}
