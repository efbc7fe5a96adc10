//! Messages by name, as JSON: for gateways.

use serde_json::value::RawValue;

use super::{App, Request};
use crate::{
    AskError, Committed, DispatchError, Unserved,
    call::{CommandCall, QueryCall, Via},
    command::InvalidMessage,
};

impl App {
    /// Sends the command with this name, from JSON; what it answers is JSON too, and a rejection is its text.
    ///
    /// A command marked `local` is refused.
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn dispatch_json(
        &self,
        name: &str,
        json: impl AsRef<[u8]>,
    ) -> Result<Committed<Box<RawValue>>, DispatchError<String>> {
        Request::new(self).dispatch_json(name, json).await
    }

    /// Asks the query with this name, from JSON; the answer is JSON too, and a rejection is its text.
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    pub async fn ask_json(
        &self,
        name: &str,
        json: impl AsRef<[u8]>,
    ) -> Result<Box<RawValue>, AskError<String>> {
        Request::new(self).ask_json(name, json).await
    }
}

impl Request<'_> {
    /// Sends a command by name: see [`App::dispatch_json`].
    ///
    /// # Errors
    ///
    /// See [`DispatchError`].
    pub async fn dispatch_json(
        self,
        name: &str,
        json: impl AsRef<[u8]>,
    ) -> Result<Committed<Box<RawValue>>, DispatchError<String>> {
        let (app, options) = self.into_parts();
        let Some(core) = app.open() else {
            return Err(DispatchError::ShuttingDown);
        };
        let Some((&name, json_route)) = core.commands.get_key_value(name) else {
            return Err(DispatchError::Unserved(unknown(
                "command",
                name,
                core.commands.keys().copied(),
            )));
        };
        let Some(dispatch) = json_route else {
            return Err(DispatchError::Unserved(Unserved::Local { name }));
        };
        let json = json.as_ref();
        check_size(json, core.message_bytes).map_err(DispatchError::Invalid)?;
        dispatch(CommandCall::new(Via::Gate(&app.gate), options), json).await
    }

    /// Asks a query by name: see [`App::ask_json`].
    ///
    /// # Errors
    ///
    /// See [`AskError`].
    pub async fn ask_json(
        self,
        name: &str,
        json: impl AsRef<[u8]>,
    ) -> Result<Box<RawValue>, AskError<String>> {
        let (app, options) = self.into_parts();
        let Some(core) = app.open() else {
            return Err(AskError::ShuttingDown);
        };
        let Some((&name, json_route)) = core.queries.get_key_value(name) else {
            return Err(AskError::Unserved(unknown(
                "query",
                name,
                core.queries.keys().copied(),
            )));
        };
        let Some(ask) = json_route else {
            return Err(AskError::Unserved(Unserved::Local { name }));
        };
        let json = json.as_ref();
        check_size(json, core.message_bytes).map_err(AskError::Invalid)?;
        ask(QueryCall::new(Via::App(core), options), json).await
    }
}

const fn check_size(json: &[u8], limit: usize) -> Result<(), InvalidMessage> {
    if json.len() > limit {
        return Err(InvalidMessage::TooLarge {
            bytes: json.len(),
            limit,
        });
    }
    Ok(())
}

/// A name that no message has, with the one that was probably meant. A stranger chose it, so it is cut short.
fn unknown(kind: &'static str, name: &str, known: impl Iterator<Item = &'static str>) -> Unserved {
    let name: String = name.chars().take(100).collect();
    let nearest = known
        .map(|candidate| (distance(&name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count())
        .map(|(_, candidate)| candidate.to_owned());
    Unserved::Name {
        kind,
        name,
        nearest,
    }
}

/// How many characters to change, add or leave out to get from one text to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<_> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in to.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}
