//! Events to append from a service.

use std::{fmt, sync::Arc};

use thiserror::Error;

use crate::{
    Aggregate, AggregateEvent, Append, AppendError, CommandId, EncodeError, EventQuery, Expected,
    HandlerContext, IntoEvents, InvalidText, Metadata, Position, StreamId, Token, log::Log,
};

/// Events to append, to any number of aggregates at once: all of them, or none.
#[must_use = "nothing is appended before `commit`"]
pub struct AppendEvents<'a> {
    log: &'a Arc<Log>,
    within: Option<&'a HandlerContext>,
    metadata: Metadata,
    streams: Vec<Stream>,
    condition: Option<(EventQuery, Position)>,
}

/// Events of one aggregate whose ids are not known yet.
struct Stream {
    id: Result<StreamId, InvalidText>,
    expected: Expected,
    events: Vec<ToEncode>,
}

type ToEncode = Box<dyn FnOnce(crate::EventId) -> Result<crate::NewEvent, EncodeError> + Send>;

/// Why events were not appended.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendEventsError {
    /// An aggregate's id is nothing that can be stored.
    #[error(transparent)]
    Id(#[from] InvalidText),
    /// An event is nothing that can be stored.
    #[error(transparent)]
    Event(#[from] EncodeError),
    /// An expectation or the condition does not hold, or the store failed.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl<'a> AppendEvents<'a> {
    pub(super) const fn new(log: &'a Arc<Log>) -> Self {
        Self {
            log,
            within: None,
            metadata: Metadata::new(),
            streams: Vec::new(),
            condition: None,
        }
    }

    /// Events of one aggregate, if it stands where it is expected. Without events it is only checked.
    pub fn to<A: Aggregate>(
        mut self,
        id: &A::Id,
        expected: Expected,
        events: impl IntoEvents<A>,
    ) -> Self {
        let encode = |event: A::Event| -> ToEncode { Box::new(move |id| event.encode(id)) };
        let events = events.into_events().into_iter().map(encode).collect();
        let id = StreamId::new(A::NAME, id.to_string());
        self.streams.push(Stream {
            id,
            expected,
            events,
        });
        self
    }

    /// Only if no event that matches `query` lies after `after`: the head of the page that was read.
    pub fn only_if_none(mut self, query: EventQuery, after: Position) -> Self {
        self.condition = Some((query, after));
        self
    }

    /// They carry this metadata. With a command id they are stored once, however often they are sent. Left aside when they
    /// belong to the flow of a message: see [`within`](Self::within).
    pub fn with(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// They belong to the flow of the message in hand.
    pub const fn within(mut self, cx: &'a HandlerContext) -> Self {
        self.within = Some(cx);
        self
    }

    /// Appends them.
    ///
    /// # Errors
    ///
    /// See [`AppendEventsError`].
    pub async fn commit(self) -> Result<Token, AppendEventsError> {
        let given = match self.within {
            Some(cx) => {
                let to: Vec<_> = self.streams.iter().flat_map(|stream| &stream.id).collect();
                cx.next_options("$append", &to).metadata()
            }
            None => self.metadata,
        };
        let metadata = self.log.complete(given);
        let command_id = metadata
            .command_id()
            .unwrap_or_else(|| CommandId::new(self.log.ids.next()));
        let mut append = Append::new();
        let mut number = 0;
        for Stream {
            id,
            expected,
            events,
        } in self.streams
        {
            let mut encoded = Vec::with_capacity(events.len());
            for encode in events {
                let event = encode(command_id.event(number))?;
                number += 1;
                encoded.push(event);
            }
            append = append.stream(id?, expected, encoded);
        }
        append = append.metadata(&metadata);
        if let Some((query, after)) = self.condition {
            append = append.only_if_none(query, after);
        }
        let appended = self.log.append(append).await?;
        if let Some(cx) = self.within {
            cx.saw(appended.position);
        }
        Ok(self.log.token(appended.position))
    }
}

impl fmt::Debug for AppendEvents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppendEvents")
            .field(
                "streams",
                &self
                    .streams
                    .iter()
                    .map(|stream| &stream.id)
                    .collect::<Vec<_>>(),
            )
            .field("condition", &self.condition)
            .finish_non_exhaustive()
    }
}
