//! Tasks that append.

use std::sync::Arc;

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventId, Expected, Metadata, NewEvent, Position, Revision,
    Store, StreamId,
};
use uuid::Uuid;

use super::Violation;

/// The name of the events that filtered readers follow.
pub(super) const FOLLOWED: &str = "Followed";

/// The name of all others.
const OTHER: &str = "Other";

/// An event that the store said it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acknowledged {
    pub(super) id: EventId,
    pub(super) position: Position,
}

/// Appends in three ways by turns: to a stream of its own at its exact revision, to a stream that all share, and to both
/// at once.
pub(super) async fn write(
    store: Arc<dyn Store>,
    writer: usize,
    appends: usize,
) -> Result<Vec<Acknowledged>, Violation> {
    let own = stream(&format!("own-{writer}"))?;
    let shared = stream("shared")?;
    let mut revision = Revision::NONE;
    let mut acknowledged = Vec::new();
    for round in 0..appends {
        let at_revision = Expected::Exactly(revision);
        let append = match round % 3 {
            0 => Append::new().stream(own.clone(), at_revision, [event(FOLLOWED)]),
            1 => Append::new().stream(shared.clone(), Expected::Any, [event(OTHER)]),
            _ => Append::new()
                .stream(
                    shared.clone(),
                    Expected::Any,
                    [event(OTHER), event(FOLLOWED)],
                )
                .stream(own.clone(), at_revision, [event(OTHER)]),
        };
        let ids: Vec<_> = append
            .streams
            .iter()
            .flat_map(|listed| listed.events.iter().map(|event| event.id))
            .collect();
        let appended = send(&store, append.clone()).await?;
        let moved = append.streams.iter().zip(&appended.revisions);
        for (_, to) in moved.filter(|(listed, _)| listed.stream == own) {
            revision = *to;
        }
        // The last one is at the position of the answer.
        let before = (0..).map(|back| appended.position.get().saturating_sub(back));
        let places = ids.into_iter().rev().zip(before);
        acknowledged.extend(places.map(|(id, position)| Acknowledged {
            id,
            position: Position::new(position),
        }));
    }
    Ok(acknowledged)
}

/// Appends, and sends again as long as the outcome is not known or the store has too much to do.
async fn send(store: &Arc<dyn Store>, append: Append) -> Result<Appended, Violation> {
    loop {
        match store.append(append.clone()).await {
            Ok(appended) => return Ok(appended),
            Err(AppendError::Unknown(_) | AppendError::Overloaded { .. }) => {
                tokio::task::yield_now().await;
            }
            Err(error) => {
                return Err(Violation::new(format!(
                    "an append against which nothing speaks failed: {error}"
                )));
            }
        }
    }
}

fn event(name: &'static str) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: name.into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    }
}

fn stream(id: &str) -> Result<StreamId, Violation> {
    StreamId::new("Tailing", id).map_err(|error| Violation::new(error.to_string()))
}
