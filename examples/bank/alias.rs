//! Aliases: a name is taken once in the whole bank, which no single account can know.
//!
//! The events that take a name carry it as a tag. Look for one, and append only if none has come since.

use cqrs::{
    Aggregates, AppendError, AppendEventsError, Command, CommandHandler, EventQuery, Events,
    Expected, Handler, HandlerContext, HandlerError, Range, Tag,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::account::{Account, AccountError, AliasTaken};

/// Gives an account a name to be paid to.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(handler = Aliases, error = AliasError)]
pub struct TakeAlias {
    pub account_id: String,
    pub alias: String,
}

#[derive(Debug, Error)]
pub enum AliasError {
    #[error("the alias `{0}` is taken")]
    Taken(String),
    #[error("the alias was not taken: {0}")]
    Failed(HandlerError),
}

#[derive(Handler)]
pub struct Aliases {
    accounts: Aggregates<Account>,
    events: Events,
}

impl CommandHandler<TakeAlias> for Aliases {
    async fn handle(&self, command: TakeAlias, cx: &HandlerContext) -> Result<(), AliasError> {
        let TakeAlias { account_id, alias } = command;
        // It only looks whether the account is there. It will not go away, so that it may change until the append.
        let looked = self
            .accounts
            .within(cx)
            .update(&account_id, |_, _| Ok::<_, AccountError>(()));
        looked.await.map_err(failed)?;

        let tag = Tag::new("alias", &alias).map_err(failed)?;
        let taken = EventQuery::all().event::<AliasTaken>().tag(tag);
        let last = Range::backward().limit(1);
        let found = self.events.read(&taken, last).await.map_err(failed)?;
        if !found.is_empty() {
            return Err(AliasError::Taken(alias));
        }

        let event = AliasTaken {
            alias: alias.clone(),
        };
        let append = self
            .events
            .append()
            .within(cx)
            .to::<Account>(&account_id, Expected::Any, [event])
            .only_if_none(taken, found.head());
        match append.commit().await {
            Ok(_) => Ok(()),
            // Somebody was faster.
            Err(AppendEventsError::Append(AppendError::ConditionFailed { .. })) => {
                Err(AliasError::Taken(alias))
            }
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: impl Into<HandlerError>) -> AliasError {
    AliasError::Failed(error.into())
}
