//! Dealing with what is parked.

use bytes::Bytes;

use super::{HandlerFollower, deliver::attempt};
use crate::{
    FeedEvent, Position,
    projection::{
        desk::{Desk, Halt},
        order::{Released, is_parked},
    },
    store::documents::ParkedEvent,
};

impl HandlerFollower {
    /// Gives the parked events of a stream to the handler, in order, each once, until one fails.
    pub(super) async fn release_key(
        &mut self,
        desk: &mut Desk,
        key: &Bytes,
        leave_out: Option<Position>,
    ) -> Result<Option<Released>, Halt> {
        let parked = desk.parked(Some(key)).await?;
        if !is_parked(&parked, leave_out) {
            return Ok(None);
        }
        let mut released = Released {
            left: parked.len() as u64,
            ..Released::default()
        };
        let position = desk.progress.position();
        for (number, parked) in parked.into_iter().enumerate() {
            let event = desk.event(parked.position).await?;
            let left_out = leave_out.is_some() && number == 0;
            let (park, unpark) = match self.once(desk, event.as_ref(), left_out).await? {
                Ok(()) => (None, Some((parked.key, parked.position))),
                Err(error) => {
                    released.error = Some(error.clone());
                    let failed = ParkedEvent {
                        attempts: parked.attempts + 1,
                        error,
                        ..parked
                    };
                    desk.progress.let_go(key);
                    (Some(failed), None)
                }
            };
            if !self.commit(desk, position, park, unpark).await? {
                released.error = Some("somebody else has moved the handler: try again".into());
            }
            if released.error.is_some() {
                return Ok(Some(released));
            }
            released.done += 1;
            released.left -= 1;
        }
        desk.progress.let_go(key);
        Ok(Some(released))
    }

    async fn once(
        &self,
        desk: &Desk,
        event: Option<&FeedEvent>,
        left_out: bool,
    ) -> Result<Result<(), String>, Halt> {
        match event.and_then(|event| Some((event, self.listen(event)?))) {
            Some((event, listen)) if !left_out => {
                let outcome = attempt(desk, listen, event).await?;
                Ok(outcome.map_err(|(_, error)| error))
            }
            // It was erased, or the handler does not follow it any more.
            _ => Ok(Ok(())),
        }
    }
}
