//! Transfers: a rule over two accounts, kept by one append to both, and once for each transfer id.

use cqrs::{
    Aggregate, Aggregates, AppendError, AppendEventsError, Apply, Command, CommandHandler,
    DispatchError, Event, Events, Expected, Handler, HandlerContext, HandlerError, Revision,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::account::{Account, AccountError, TransferReceived, TransferSent};

/// Moves money. Sent again with the same id, it is answered again and moves nothing.
#[derive(Command, Clone, Debug, Serialize, Deserialize)]
#[command(handler = Transfers, error = TransferError)]
pub struct Transfer {
    pub transfer_id: String,
    pub from: String,
    pub to: String,
    pub cents: u64,
}

#[derive(Event, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferMade {
    pub from: String,
    pub to: String,
    pub cents: u64,
}

/// A transfer that was made. Its stream begins with it, so that there is one for each id.
#[derive(Aggregate, Debug, Default)]
#[aggregate(events(TransferMade), name = "Transfer")]
pub struct MadeTransfer {
    made: Option<TransferMade>,
}

impl Apply<TransferMade> for MadeTransfer {
    fn apply(&mut self, event: &TransferMade) {
        self.made = Some(event.clone());
    }
}

#[derive(Debug, Error)]
pub enum TransferError {
    #[error("a transfer goes to another account")]
    SameAccount,
    #[error("there is no account `{0}`")]
    NoAccount(String),
    #[error(transparent)]
    Refused(AccountError),
    #[error("the transfer `{0}` was made before, and was another one")]
    IdReused(String),
    #[error("the transfer was not made: {0}")]
    Failed(HandlerError),
}

#[derive(Handler)]
pub struct Transfers {
    accounts: Aggregates<Account>,
    transfers: Aggregates<MadeTransfer>,
    events: Events,
}

/// How often it is tried when others keep moving money on the same accounts.
const ATTEMPTS: usize = 10;

impl CommandHandler<Transfer> for Transfers {
    async fn handle(&self, transfer: Transfer, cx: &HandlerContext) -> Result<(), TransferError> {
        if transfer.from == transfer.to {
            return Err(TransferError::SameAccount);
        }
        for _ in 0..ATTEMPTS {
            if let Some(before) = self.made(&transfer.transfer_id, cx).await? {
                return same(&transfer, &before);
            }
            let cents = transfer.cents;
            let from = self.revision(&transfer.from, cx, move |it| it.less(cents));
            let from = from.await?;
            let to = self.revision(&transfer.to, cx, |_| Ok(0)).await?;
            match self.record(&transfer, from, to, cx).await {
                Ok(_) => return Ok(()),
                // One of the accounts has changed since, or the transfer was made meanwhile: look again.
                Err(AppendEventsError::Append(AppendError::Conflict { .. })) => {}
                Err(error) => return Err(TransferError::Failed(error.into())),
            }
        }
        let busy = HandlerError::transient("the accounts are busy: send it again");
        Err(TransferError::Failed(busy))
    }
}

impl Transfers {
    /// The transfer that was made under this id, if any.
    async fn made(
        &self,
        transfer_id: &String,
        cx: &HandlerContext,
    ) -> Result<Option<TransferMade>, TransferError> {
        let transfers = self.transfers.within(cx);
        let looked = transfers.update(transfer_id, |it, _| Ok::<_, HandlerError>(it.made.clone()));
        match looked.await {
            Ok(found) => Ok(found.into_output()),
            Err(DispatchError::NotFound { .. }) => Ok(None),
            Err(error) => Err(TransferError::Failed(error.into())),
        }
    }

    /// Where an account stands, if the rule allows it.
    async fn revision(
        &self,
        account_id: &String,
        cx: &HandlerContext,
        rule: impl Fn(&Account) -> Result<u64, AccountError> + Send + 'static,
    ) -> Result<Revision, TransferError> {
        let accounts = self.accounts.within(cx);
        // Nothing is emitted: this looks, with the cache and the care of a decision.
        let looked = accounts.update(account_id, move |account, cx| {
            rule(account)?;
            Ok(cx.revision())
        });
        match looked.await {
            Ok(looked) => Ok(looked.into_output()),
            Err(DispatchError::Rejected(error)) => Err(TransferError::Refused(error)),
            Err(DispatchError::NotFound { .. }) => {
                Err(TransferError::NoAccount(account_id.clone()))
            }
            Err(error) => Err(TransferError::Failed(error.into())),
        }
    }

    /// Both sides and the transfer itself: all of them or none, and only if nothing has changed.
    async fn record(
        &self,
        transfer: &Transfer,
        from: Revision,
        to: Revision,
        cx: &HandlerContext,
    ) -> Result<(), AppendEventsError> {
        let Transfer {
            transfer_id, cents, ..
        } = transfer;
        let sent = TransferSent {
            transfer_id: transfer_id.clone(),
            cents: *cents,
        };
        let received = TransferReceived {
            transfer_id: transfer_id.clone(),
            cents: *cents,
        };
        let append = self
            .events
            .append()
            .within(cx)
            .to::<MadeTransfer>(transfer_id, Expected::NoStream, [transfer.made()])
            .to::<Account>(&transfer.from, Expected::Exactly(from), [sent])
            .to::<Account>(&transfer.to, Expected::Exactly(to), [received]);
        append.commit().await.map(drop)
    }
}

impl Transfer {
    fn made(&self) -> TransferMade {
        TransferMade {
            from: self.from.clone(),
            to: self.to.clone(),
            cents: self.cents,
        }
    }
}

fn same(transfer: &Transfer, before: &TransferMade) -> Result<(), TransferError> {
    if transfer.made() == *before {
        Ok(())
    } else {
        Err(TransferError::IdReused(transfer.transfer_id.clone()))
    }
}
