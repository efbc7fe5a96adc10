//! Opening what a request asks for.

use cqrs::{App, Memory, Store, app::AppBuilder, postgres::Postgres, sqlite::Sqlite};
use cqrs_bench_harness::{Database, Failure, Request};

use super::model::{
    EmailTaken, Emails, GetUser, KeptUser, Rename, RenameKept, Renamed, TakeEmail, User, View1,
    View2, View3, View4, View5, View6, View7, View8, View9, View10,
};

/// A store of one of the kinds that can be asked for.
pub(super) enum Opened {
    Memory(Memory),
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Opened {
    /// Opens the store that a request asks for.
    pub(super) async fn new(request: &Request) -> Result<Self, Failure> {
        match request.workload.database() {
            None | Some(Database::Memory) => Ok(Self::Memory(Memory::new())),
            Some(Database::Sqlite) => Ok(Self::Sqlite(Sqlite::open(
                request.directory.join("events.db"),
            )?)),
            Some(Database::Postgres) => {
                let url = request.postgres.as_deref().ok_or("no database was given")?;
                Ok(Self::Postgres(Postgres::connect(url).await?))
            }
        }
    }

    /// The store.
    pub(super) fn store(&self) -> &dyn Store {
        match self {
            Self::Memory(store) => store,
            Self::Sqlite(store) => store,
            Self::Postgres(store) => store,
        }
    }

    /// An app with the model and this many views of it.
    pub(super) fn app(self, views: usize) -> AppBuilder {
        let builder = match self {
            Self::Memory(store) => App::builder(store),
            Self::Sqlite(store) => App::builder(store),
            Self::Postgres(store) => App::builder(store),
        };
        let model = builder
            .without_auto_registration()
            .event::<Renamed>()
            .event::<EmailTaken>()
            .aggregate::<User>()
            .aggregate::<KeptUser>()
            .command::<Rename>()
            .command::<RenameKept>()
            .command::<TakeEmail>()
            .handler::<Emails>();
        with_views(model, views)
    }
}

fn with_views(builder: AppBuilder, count: usize) -> AppBuilder {
    let views: [fn(AppBuilder) -> AppBuilder; 10] = [
        |builder| builder.view::<View1>().query::<GetUser>(),
        AppBuilder::view::<View2>,
        AppBuilder::view::<View3>,
        AppBuilder::view::<View4>,
        AppBuilder::view::<View5>,
        AppBuilder::view::<View6>,
        AppBuilder::view::<View7>,
        AppBuilder::view::<View8>,
        AppBuilder::view::<View9>,
        AppBuilder::view::<View10>,
    ];
    views
        .into_iter()
        .take(count)
        .fold(builder, |builder, add| add(builder))
}
