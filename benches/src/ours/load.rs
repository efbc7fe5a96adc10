//! Loading an aggregate that is not in memory.

use std::num::NonZeroUsize;

use cqrs::{
    Aggregate, Aggregates, App, Handler, HandlerContext, HandlerError, Query, QueryHandler,
    app::AppBuilder,
};
use cqrs_bench_harness::{Failure, Measure, Measured, Request, stream_id, time_loads};

use super::{
    log::fill,
    model::{KeptUser, User},
    opened::Opened,
};

/// With a snapshot at every 100 events there are so many to apply on average.
const TAIL: usize = 50;

pub(super) async fn run(request: &Request, events: usize, snapshot: bool) -> Measured {
    let opened = Opened::new(request).await?;
    let streams = 2;
    let (app, loaded) = if snapshot {
        fill(opened.store(), KeptUser::NAME, events * streams, streams).await?;
        keep(opened, streams).await?;
        let opened = Opened::new(request).await?;
        fill(opened.store(), KeptUser::NAME, TAIL * streams, streams).await?;
        let app = looking(opened).start().await?;
        let look = async |user| Ok(app.ask(LookAtKept { user }).await?);
        let loaded = time_loads(request.seconds, streams, events + 1 + TAIL, look).await?;
        (app, loaded)
    } else {
        fill(opened.store(), User::NAME, events * streams, streams).await?;
        let app = looking(opened).start().await?;
        let loaded = look_at(&app, request.seconds, streams, events).await?;
        (app, loaded)
    };
    app.shutdown().await?;
    Ok(vec![loaded])
}

/// With room for one aggregate in memory, so that two that are asked for in turn are loaded each time.
pub(super) fn looking(opened: Opened) -> AppBuilder {
    opened
        .app(0)
        .cached_aggregates(NonZeroUsize::MIN)
        .handler::<Looks>()
        .query::<LookAt>()
        .query::<LookAtKept>()
}

/// Writes one more event to each, upon which it is kept.
async fn keep(opened: Opened, streams: usize) -> Result<(), Failure> {
    let app = opened.app(0).start().await?;
    for stream in 0..streams {
        let renamed = cqrs_bench_harness::Renamed::sample(stream, 0);
        let renamed = super::model::Renamed::from(renamed);
        app.dispatch(super::model::RenameKept {
            user: stream_id(stream),
            to: renamed,
        })
        .await?;
    }
    app.shutdown().await?;
    Ok(())
}

/// Loads users that have this many events each.
pub(super) async fn look_at(
    app: &App,
    seconds: f64,
    streams: usize,
    events: usize,
) -> Result<Measure, Failure> {
    let look = async |user| Ok(app.ask(LookAt { user }).await?);
    time_loads(seconds, streams, events, look).await
}

/// How often a user was renamed, as the events say.
#[derive(Query)]
#[query(handler = Looks, output = u64, local)]
struct LookAt {
    user: String,
}

/// The same of one that is kept.
#[derive(Query)]
#[query(handler = Looks, output = u64, local)]
struct LookAtKept {
    user: String,
}

#[derive(Handler)]
struct Looks {
    users: Aggregates<User>,
    kept: Aggregates<KeptUser>,
}

impl QueryHandler<LookAt> for Looks {
    async fn handle(&self, query: LookAt, _: &HandlerContext) -> Result<u64, HandlerError> {
        let renamed = self.users.look(&query.user, User::renamed).await?;
        Ok(renamed.unwrap_or(0))
    }
}

impl QueryHandler<LookAtKept> for Looks {
    async fn handle(&self, query: LookAtKept, _: &HandlerContext) -> Result<u64, HandlerError> {
        let renamed = self.kept.look(&query.user, KeptUser::renamed).await?;
        Ok(renamed.unwrap_or(0))
    }
}
