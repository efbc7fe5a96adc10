//! The whole of it without a derive: what the derives write can be written by hand, and is registered by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::convert::Infallible;

use cqrs::{
    Aggregate, AggregateEvent, AnsweredBy, App, Apply, Claim, Command, Context, Creation, Decide,
    DecidedBy, DecodeError, DecodeReason, DispatchError, EncodeError, Event, EventId, EventKind,
    EventOf, Follow, FollowedBy, Handler, HandlerContext, HandlerError, Injector, Memory, NewEvent,
    Project, Query, QueryHandler, Recorded, Registration, Store, StoredEvent, View, Views,
    app::{AppBuilder, MessageKind, StartError},
    encode_event,
    sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Hired {
    name: String,
}

impl Event for Hired {
    const NAME: &'static str = "Hired";
}

#[derive(Serialize, Deserialize)]
struct Promoted;

impl Event for Promoted {
    const NAME: &'static str = "Promoted";
}

/// The set of the aggregate's events, which the derive hides.
enum EmployeeEvent {
    Hired(Hired),
    Promoted(Promoted),
}

impl AggregateEvent for EmployeeEvent {
    const KINDS: &'static [EventKind] = &[EventKind::of::<Hired>(), EventKind::of::<Promoted>()];

    fn decode(stored: &StoredEvent) -> Result<Self, DecodeError> {
        let (version, payload) = (stored.meta.version, &stored.payload);
        let event = match &*stored.meta.name {
            Hired::NAME => Hired::decode(version, payload).map(Self::Hired),
            Promoted::NAME => Promoted::decode(version, payload).map(Self::Promoted),
            _ => Err(DecodeReason::Name { of: Employee::NAME }),
        };
        event.map_err(|reason| DecodeError::new(&stored.meta, reason))
    }

    fn encode(&self, id: EventId) -> Result<NewEvent, EncodeError> {
        match self {
            Self::Hired(event) => encode_event(event, id),
            Self::Promoted(event) => encode_event(event, id),
        }
    }

    fn kind(&self) -> EventKind {
        match self {
            Self::Hired(_) => EventKind::of::<Hired>(),
            Self::Promoted(_) => EventKind::of::<Promoted>(),
        }
    }
}

impl EventOf<Employee> for Hired {
    fn into_event(self) -> EmployeeEvent {
        EmployeeEvent::Hired(self)
    }
}

impl EventOf<Employee> for Promoted {
    fn into_event(self) -> EmployeeEvent {
        EmployeeEvent::Promoted(self)
    }
}

#[derive(Default)]
struct Employee {
    level: u32,
}

impl Aggregate for Employee {
    const NAME: &'static str = "Employee";
    type Id = u64;
    type Event = EmployeeEvent;
    type Error = Infallible;

    fn apply(&mut self, event: &EmployeeEvent) {
        match event {
            EmployeeEvent::Hired(event) => Apply::apply(self, event),
            EmployeeEvent::Promoted(event) => Apply::apply(self, event),
        }
    }
}

impl Apply<Hired> for Employee {
    fn apply(&mut self, _: &Hired) {
        self.level = 1;
    }
}

impl Apply<Promoted> for Employee {
    fn apply(&mut self, _: &Promoted) {
        self.level += 1;
    }
}

struct Hire {
    number: u64,
    name: String,
}

impl Command for Hire {
    const NAME: &'static str = "Hire";
    type Output = ();
    type Error = Infallible;
}

impl DecidedBy<Employee> for Hire {
    const CREATION: Creation = Creation::Create;

    fn aggregate_id(&self) -> &u64 {
        &self.number
    }
}

impl Decide<Hire> for Employee {
    fn decide(&self, command: &Hire, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        let name = command.name.clone();
        cx.emit(Hired { name });
        Ok(())
    }
}

/// Answers the level before.
#[derive(Deserialize)]
struct Promote {
    number: u64,
}

impl Command for Promote {
    const NAME: &'static str = "Promote";
    type Output = u32;
    type Error = Infallible;
}

impl DecidedBy<Employee> for Promote {
    const CREATION: Creation = Creation::Update;

    fn aggregate_id(&self) -> &u64 {
        &self.number
    }
}

impl Decide<Promote> for Employee {
    fn decide(&self, _: &Promote, cx: &mut Context<'_, Self>) -> Result<u32, Infallible> {
        cx.emit(Promoted);
        Ok(self.level)
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Badge {
    name: String,
    stars: u32,
}

impl View for Badge {
    const NAME: &'static str = "Badge";
    type Key = u64;

    fn follows() -> Vec<Follow<Self>> {
        vec![Follow::event::<Hired>(), Follow::event::<Promoted>()]
    }

    fn key_of_stream(id: &str) -> Option<u64> {
        id.parse().ok()
    }
}

impl FollowedBy<Badge> for Hired {}
impl FollowedBy<Badge> for Promoted {}

impl Project<Hired> for Badge {
    fn project(_: Option<Self>, _: &u64, event: &Recorded<Hired>) -> Option<Self> {
        let name = event.name.clone();
        Some(Self { name, stars: 0 })
    }
}

impl Project<Promoted> for Badge {
    fn project(view: Option<Self>, _: &u64, _: &Recorded<Promoted>) -> Option<Self> {
        view.map(|view| Self {
            stars: view.stars + 1,
            ..view
        })
    }
}

struct AllBadges;

impl Query for AllBadges {
    const NAME: &'static str = "AllBadges";
    type Output = Vec<Badge>;
    type Error = HandlerError;
}

struct Badges {
    badges: Views<Badge>,
    title: &'static str,
}

impl Handler for Badges {
    const NAME: &'static str = "Badges";

    fn inject(from: &mut Injector<'_>) -> Option<Self> {
        // Each is asked for before one may be missing, so that `start` can tell of all.
        let (badges, title) = (from.field("badges"), from.field("title"));
        Some(Self {
            badges: badges?,
            title: title?,
        })
    }
}

impl AnsweredBy<Badges> for AllBadges {}

impl QueryHandler<AllBadges> for Badges {
    async fn handle(&self, _: AllBadges, _: &HandlerContext) -> Result<Vec<Badge>, HandlerError> {
        let mut badges = self.badges.list().await?;
        for badge in &mut badges {
            badge.name = format!("{} {}", self.title, badge.name);
        }
        Ok(badges)
    }
}

const DECIDES: &[Claim] = &[
    Claim::decides::<Employee, Hire>(),
    Claim::decides::<Employee, Promote>(),
];
const ANSWERS: &[Claim] = &[Claim::answers::<Badges, AllBadges>()];

fn builder(store: impl Store) -> AppBuilder {
    App::builder(store)
        .register(Registration::event::<Hired>())
        .register(Registration::event::<Promoted>())
        .register(Registration::aggregate::<Employee>(DECIDES))
        .register(Registration::command::<Hire>())
        .register(Registration::command::<Promote>().command_by_name::<Promote>())
        .register(Registration::view::<Badge>())
        .register(Registration::query::<AllBadges>())
        .register(Registration::handler::<Badges>(ANSWERS))
}

async fn it_runs(store: impl Store + Clone) {
    for round in 0..2 {
        let app = builder(store.clone()).provide("Dr").start().await.unwrap();
        let hire = Hire {
            number: 7,
            name: "Ada".into(),
        };
        let hired = app.dispatch(hire).await;
        assert_eq!(hired.is_ok(), round == 0);
        let promote = Promote { number: 7 };
        assert_eq!(app.dispatch(promote).await.unwrap().output, round + 1);

        let badges = app.ask(AllBadges).await.unwrap();
        let badge = Badge {
            name: "Dr Ada".into(),
            stars: round + 1,
        };
        assert_eq!(badges, [badge]);
    }
}

#[tokio::test]
async fn a_program_without_a_derive_runs_like_any_other() {
    it_runs(Memory::new()).await;
}

#[tokio::test]
async fn a_program_without_a_derive_runs_like_any_other_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    it_runs(Sqlite::open(folder.path().join("store.db")).unwrap()).await;
}

#[tokio::test]
async fn what_is_written_by_hand_is_in_the_catalog_and_sent_by_name_if_it_says_so() {
    let app = builder(Memory::new()).provide("Dr").start().await.unwrap();
    let hire = Hire {
        number: 7,
        name: "Ada".into(),
    };
    app.dispatch(hire).await.unwrap();

    let promoted = app.dispatch_json("Promote", r#"{"number":7}"#).await;
    assert_eq!(promoted.unwrap().output.get(), "1");
    let local = app.dispatch_json("Hire", "{}").await.unwrap_err();
    assert!(matches!(local, DispatchError::Unserved(_)), "{local}");

    let catalog = app.catalog();
    let hire = catalog.get(MessageKind::Command, "Hire").unwrap();
    assert!(!hire.by_name);
    assert!(hire.place.file().ends_with("tests/by_hand.rs"));
    assert_eq!(catalog.entries().len(), 8);
}

#[tokio::test]
async fn start_checks_what_is_written_by_hand() {
    let wrong = builder(Memory::new()).start().await.unwrap_err();
    assert!(matches!(wrong, StartError::Wiring(_)), "{wrong}");
    let text = wrong.to_string();
    assert!(
        text.contains("`Badges`")
            && text.contains("needs `title: &str`")
            && text.contains("by_hand.rs:"),
        "{text}"
    );
}
