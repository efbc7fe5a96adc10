//! The derives work where the framework has another name.

#![cfg(all(feature = "macros", feature = "inventory", feature = "sqlite"))]

extern crate self as house;

/// How a company's own crate hands on what it rests on.
mod framework {
    pub(crate) use ::cqrs as events_and_commands;
}

mod program {
    use serde::{Deserialize, Serialize};

    use super::framework::events_and_commands::{
        Aggregate, Apply, Command, CommandHandler, Context, Decide, Event, EventHandler, Handler,
        HandlerContext, HandlerError, Keys, Project, ProjectRows, Projection, Query, QueryHandler,
        Recorded, Tables, View,
        sqlite::{Sqlite, SqliteTables},
    };

    // A name that would be taken if the path were not used everywhere.
    mod cqrs {}

    #[derive(Command, Serialize, Deserialize)]
    #[command(aggregate = Account, create, crate = super::framework::events_and_commands)]
    pub(crate) struct Open {
        #[id]
        pub(crate) id: String,
    }

    #[derive(Command, Serialize, Deserialize)]
    #[command(output = u64, crate = crate::framework::events_and_commands)]
    pub(crate) struct Claimed {
        #[id]
        pub(crate) id: String,
    }

    #[derive(Query, Serialize, Deserialize)]
    #[query(view = Account, crate = crate::framework::events_and_commands)]
    pub(crate) struct GetAccount {
        #[id]
        pub(crate) id: String,
    }

    #[derive(Query, Serialize, Deserialize)]
    #[query(output = u64, crate = crate::framework::events_and_commands)]
    pub(crate) struct Count;

    #[derive(Event, Serialize, Deserialize)]
    #[event(version = 2, upcast(1 = OpenedV1), crate = crate::framework::events_and_commands)]
    pub(crate) struct Opened {
        #[tag(name = "by")]
        pub(crate) owner: String,
    }

    #[derive(Deserialize)]
    pub(crate) struct OpenedV1;

    impl From<OpenedV1> for Opened {
        fn from(_: OpenedV1) -> Self {
            Self {
                owner: String::new(),
            }
        }
    }

    #[derive(Aggregate, View, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(
        events(Opened),
        commands(Claimed),
        snapshot(version = 2, every = 5),
        crate = crate::framework::events_and_commands
    )]
    pub(crate) struct Account {
        #[index]
        pub(crate) owner: String,
    }

    impl Apply<Opened> for Account {
        fn apply(&mut self, event: &Opened) {
            self.owner.clone_from(&event.owner);
        }
    }

    impl Decide<Open> for Account {
        fn decide(
            &self,
            command: &Open,
            cx: &mut Context<'_, Self>,
        ) -> Result<(), std::convert::Infallible> {
            cx.emit(Opened {
                owner: command.id.clone(),
            });
            Ok(())
        }
    }

    impl Decide<Claimed> for Account {
        fn decide(&self, _: &Claimed, _: &mut Context<'_, Self>) -> Result<u64, HandlerError> {
            Ok(self.owner.len() as u64)
        }
    }

    #[derive(View, Serialize, Deserialize)]
    #[view(events(Opened), key = (String, u64), crate = crate::framework::events_and_commands)]
    pub(crate) struct Owners;

    impl Project<Opened> for Owners {
        fn keys(event: &Recorded<Opened>) -> Keys<(String, u64)> {
            Keys::one((event.owner.clone(), 1))
        }

        fn project(view: Option<Self>, _: &(String, u64), _: &Recorded<Opened>) -> Option<Self> {
            view
        }
    }

    #[derive(Projection)]
    #[projection(
        name = "owners",
        store = Sqlite,
        events(Opened),
        crate = crate::framework::events_and_commands
    )]
    pub(crate) struct OwnersTable;

    impl Tables for OwnersTable {
        async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    impl ProjectRows<Opened> for OwnersTable {
        async fn project(_: &Recorded<Opened>, _: &mut SqliteTables) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    #[derive(Handler)]
    #[handler(
        name = "mail",
        events(Opened),
        from = beginning,
        queries(Count),
        reads(Owners, OwnersTable),
        crate = crate::framework::events_and_commands
    )]
    pub(crate) struct Mail;

    impl EventHandler<Opened> for Mail {
        async fn handle(
            &self,
            _: &Recorded<Opened>,
            _: &HandlerContext,
        ) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    impl QueryHandler<Count> for Mail {
        async fn handle(&self, _: Count, _: &HandlerContext) -> Result<u64, HandlerError> {
            Ok(1)
        }
    }

    #[derive(Command, Serialize, Deserialize)]
    #[command(handler = Mail, crate = house::framework::events_and_commands)]
    pub(crate) struct Send;

    impl CommandHandler<Send> for Mail {
        async fn handle(&self, _: Send, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_program_runs_through_a_re_export() {
    use program::{Account, Claimed, Count, GetAccount, Open, Send};

    let directory = tempfile::tempdir().expect("a directory");
    let store = framework::events_and_commands::sqlite::Sqlite::open(directory.path().join("a.db"))
        .expect("a store");
    let app = framework::events_and_commands::App::builder(store)
        .start()
        .await
        .expect("the program is wired");

    app.dispatch(Open { id: "jane".into() })
        .await
        .expect("it is not there yet");
    let claimed = app
        .dispatch(Claimed { id: "jane".into() })
        .await
        .expect("it is there");
    app.dispatch(Send).await.expect("the handler agrees");

    assert_eq!(claimed.into_output(), 4);
    assert_eq!(app.ask(Count).await.expect("the handler answers"), 1);
    let account = app
        .ask(GetAccount { id: "jane".into() })
        .await
        .expect("the view answers");
    assert_eq!(
        account,
        Some(Account {
            owner: "jane".into()
        })
    );
}
