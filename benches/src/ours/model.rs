//! Users who are renamed: the smallest model that each workload can be run on.

use std::convert::Infallible;

use cqrs::{
    Aggregate, AppendError, AppendEventsError, Apply, Command, CommandHandler, Context, Decide,
    Event, EventQuery, Events, Expected, Handler, HandlerContext, HandlerError, Project, Query,
    Range, Recorded, Tag, View,
};
use cqrs_bench_harness as harness;
use serde::{Deserialize, Serialize};

/// Renames a user, whom it makes if need be.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = User, upsert)]
pub(super) struct Rename {
    /// Who.
    #[id]
    pub(super) user: String,
    /// To what.
    pub(super) to: Renamed,
}

/// The event of all contestants.
#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub(super) struct Renamed {
    user: String,
    email: String,
    pub(super) name: String,
    age: u32,
    active: bool,
}

impl From<harness::Renamed> for Renamed {
    fn from(event: harness::Renamed) -> Self {
        let harness::Renamed {
            user,
            email,
            name,
            age,
            active,
        } = event;
        Self {
            user,
            email,
            name,
            age,
            active,
        }
    }
}

impl Rename {
    /// The command with this number.
    #[must_use]
    pub(super) fn sample(stream: usize, number: u64) -> Self {
        Self {
            user: harness::stream_id(stream),
            to: harness::Renamed::sample(stream, number).into(),
        }
    }
}

/// A user.
#[derive(Aggregate, Debug, Default, Serialize, Deserialize)]
#[aggregate(events(Renamed, EmailTaken))]
pub(super) struct User {
    renamed: u64,
    name: String,
}

impl User {
    pub(super) const fn renamed(&self) -> u64 {
        self.renamed
    }
}

impl Decide<Rename> for User {
    fn decide(&self, command: &Rename, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(command.to.clone());
        Ok(())
    }
}

impl Apply<Renamed> for User {
    fn apply(&mut self, event: &Renamed) {
        self.renamed += 1;
        self.name.clone_from(&event.name);
    }
}

impl Apply<EmailTaken> for User {
    fn apply(&mut self, _: &EmailTaken) {}
}

/// The same as a user, kept as a snapshot too.
#[derive(Aggregate, Debug, Default, Serialize, Deserialize)]
#[aggregate(events(Renamed), snapshot(version = 1, every = 100))]
pub(super) struct KeptUser {
    renamed: u64,
    name: String,
}

impl KeptUser {
    pub(super) const fn renamed(&self) -> u64 {
        self.renamed
    }
}

impl Apply<Renamed> for KeptUser {
    fn apply(&mut self, event: &Renamed) {
        self.renamed += 1;
        self.name.clone_from(&event.name);
    }
}

/// Renames one that is kept.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(aggregate = KeptUser)]
pub(super) struct RenameKept {
    /// Who.
    #[id]
    pub(super) user: String,
    /// To what.
    pub(super) to: Renamed,
}

impl Decide<RenameKept> for KeptUser {
    fn decide(&self, command: &RenameKept, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(command.to.clone());
        Ok(())
    }
}

/// Gives a user an address that nobody else has.
#[derive(Command, Debug, Serialize, Deserialize)]
#[command(handler = Emails, error = HandlerError)]
pub(super) struct TakeEmail {
    /// Who.
    pub(super) user: String,
    /// What is recorded.
    pub(super) taken: EmailTaken,
}

/// The same as `Renamed`, found by its address.
#[derive(Event, Clone, Debug, Serialize, Deserialize)]
pub(super) struct EmailTaken {
    user: String,
    #[tag]
    email: String,
    name: String,
    age: u32,
    active: bool,
}

impl TakeEmail {
    /// The command with this number; no other number has its address.
    #[must_use]
    pub(super) fn sample(stream: usize, number: u64) -> Self {
        let harness::Renamed {
            user,
            email,
            name,
            age,
            active,
        } = harness::Renamed::sample(stream, number);
        Self {
            user: user.clone(),
            taken: EmailTaken {
                user,
                email,
                name,
                age,
                active,
            },
        }
    }
}

/// Who sees to it that an address is given to one user.
#[derive(Handler)]
pub(super) struct Emails {
    events: Events,
}

impl CommandHandler<TakeEmail> for Emails {
    async fn handle(&self, command: TakeEmail, cx: &HandlerContext) -> Result<(), HandlerError> {
        let TakeEmail { user, taken } = command;
        let tag = Tag::new("email", &taken.email)?;
        let same = EventQuery::all().event::<EmailTaken>().tag(tag);
        let last = Range::backward().limit(1);
        let found = self.events.read(&same, last).await?;
        if !found.is_empty() {
            return Err(HandlerError::permanent("the address is taken"));
        }
        let append = self
            .events
            .append()
            .within(cx)
            .to::<User>(&user, Expected::Any, [taken])
            .only_if_none(same, found.head());
        match append.commit().await {
            Ok(_) => Ok(()),
            Err(AppendEventsError::Append(AppendError::ConditionFailed { .. })) => {
                Err(HandlerError::permanent("the address was taken"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Asks for the read model's document of a user.
#[derive(Query, Debug, Serialize, Deserialize)]
#[query(view = View1)]
pub(super) struct GetUser {
    /// Who.
    #[id]
    pub(super) user: String,
}

macro_rules! views {
    ($($view:ident)+) => { $(
        /// What is known of a user.
        #[derive(View, Clone, Debug, Default, Serialize, Deserialize)]
        #[view(events(Renamed))]
        pub(super) struct $view {
            renamed: u64,
            name: String,
        }

        impl Project<Renamed> for $view {
            fn project(view: Option<Self>, _: &String, event: &Recorded<Renamed>) -> Option<Self> {
                let renamed = view.map_or(0, |view| view.renamed) + 1;
                let name = event.name.clone();
                Some(Self { renamed, name })
            }
        }
    )+ };
}

views!(View1 View2 View3 View4 View5 View6 View7 View8 View9 View10);

impl View1 {
    pub(super) const fn renamed(&self) -> u64 {
        self.renamed
    }
}
