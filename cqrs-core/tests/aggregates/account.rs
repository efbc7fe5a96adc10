//! A bank account written by hand, without a derive.

use cqrs_core::{
    Aggregate, AggregateEvent, App, Apply, Command, Context, Creation, Decide, DecidedBy,
    DecodeError, DecodeReason, EncodeError, Event, EventId, EventKind, EventOf, Memory, NewEvent,
    Registration, Snapshots, StoredEvent, Tags, call::CommandCall, encode_event,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Opened;

impl Event for Opened {
    const NAME: &'static str = "Opened";
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deposited {
    pub(crate) cents: u64,
    pub(crate) reference: String,
}

impl Event for Deposited {
    const NAME: &'static str = "Deposited";

    fn tags(&self, tags: &mut Tags) {
        tags.add("reference", &self.reference);
    }
}

pub(crate) enum AccountEvent {
    Opened(Opened),
    Deposited(Deposited),
}

impl AggregateEvent for AccountEvent {
    const KINDS: &'static [EventKind] = &[EventKind::of::<Opened>(), EventKind::of::<Deposited>()];

    fn decode(stored: &StoredEvent) -> Result<Self, DecodeError> {
        let (version, payload) = (stored.meta.version, &stored.payload);
        match &*stored.meta.name {
            Opened::NAME => Opened::decode(version, payload).map(Self::Opened),
            Deposited::NAME => Deposited::decode(version, payload).map(Self::Deposited),
            _ => Err(DecodeReason::Name { of: Account::NAME }),
        }
        .map_err(|reason| DecodeError::new(&stored.meta, reason))
    }

    fn encode(&self, id: EventId) -> Result<NewEvent, EncodeError> {
        match self {
            Self::Opened(event) => encode_event(event, id),
            Self::Deposited(event) => encode_event(event, id),
        }
    }

    fn kind(&self) -> EventKind {
        match self {
            Self::Opened(_) => EventKind::of::<Opened>(),
            Self::Deposited(_) => EventKind::of::<Deposited>(),
        }
    }
}

impl EventOf<Account> for Opened {
    fn into_event(self) -> AccountEvent {
        AccountEvent::Opened(self)
    }
}

impl EventOf<Account> for Deposited {
    fn into_event(self) -> AccountEvent {
        AccountEvent::Deposited(self)
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) cents: u64,
    pub(crate) deposits: u64,
}

impl Aggregate for Account {
    const NAME: &'static str = "Account";
    type Id = String;
    type Event = AccountEvent;
    type Error = String;
    const SNAPSHOTS: Option<Snapshots<Self>> = Some(Snapshots::new(1, 10));

    fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened(event) => Apply::apply(self, event),
            AccountEvent::Deposited(event) => Apply::apply(self, event),
        }
    }
}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: &Deposited) {
        self.cents += event.cents;
        self.deposits += 1;
    }
}

macro_rules! commands {
    ($($command:ident { $($field:ident: $type:ty),* } $creation:ident -> $output:ty;)+) => { $(
        #[derive(Clone, Debug)]
        pub(crate) struct $command {
            pub(crate) account: String,
            $(pub(crate) $field: $type,)*
        }

        impl Command for $command {
            const NAME: &'static str = stringify!($command);
            type Output = $output;
            type Error = String;

            async fn __route(self, call: CommandCall<'_>) -> cqrs_core::CommandResult<Self> {
                call.decide::<Account, Self>(self).await
            }
        }

        impl DecidedBy<Account> for $command {
            const CREATION: Creation = Creation::$creation;

            fn aggregate_id(&self) -> &String {
                &self.account
            }
        }
    )+ };
}

commands! {
    Open { } Create -> ();
    Deposit { cents: u64, reference: String } Update -> u64;
    Inspect { } Upsert -> (u64, u64);
    Break { } Upsert -> ();
}

impl Decide<Open> for Account {
    fn decide(&self, _: &Open, cx: &mut Context<'_, Self>) -> Result<(), String> {
        cx.emit(Opened);
        Ok(())
    }
}

impl Decide<Deposit> for Account {
    fn decide(&self, command: &Deposit, cx: &mut Context<'_, Self>) -> Result<u64, String> {
        if command.cents == 0 {
            return Err(format!("nothing to add to {}", self.cents));
        }
        cx.emit(Deposited {
            cents: command.cents,
            reference: command.reference.clone(),
        });
        Ok(self.cents + command.cents)
    }
}

impl Decide<Inspect> for Account {
    fn decide(&self, _: &Inspect, _: &mut Context<'_, Self>) -> Result<(u64, u64), String> {
        Ok((self.cents, self.deposits))
    }
}

#[expect(clippy::panic_in_result_fn, reason = "that is what it is for")]
impl Decide<Break> for Account {
    fn decide(&self, _: &Break, _: &mut Context<'_, Self>) -> Result<(), String> {
        panic!("broken on purpose")
    }
}

pub(crate) fn open(account: &str) -> Open {
    Open {
        account: account.into(),
    }
}

pub(crate) fn deposit(account: &str, cents: u64) -> Deposit {
    Deposit {
        account: account.into(),
        cents,
        reference: "r".into(),
    }
}

pub(crate) fn inspect(account: &str) -> Inspect {
    Inspect {
        account: account.into(),
    }
}

pub(crate) async fn app_on(store: &Memory) -> App {
    App::builder(store.clone())
        .without_auto_registration()
        .register(Registration::aggregate::<Account>(&[]))
        .start()
        .await
        .expect("the wiring is right")
}
