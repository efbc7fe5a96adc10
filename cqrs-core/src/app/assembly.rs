//! Putting an app together from what was registered.

use std::{collections::HashMap, fmt, sync::Arc};

use tokio::runtime::Handle;

use super::faults::{Fault, Faults};
use crate::{
    Aggregate, Aggregates, Handler, Registration, Tables, View, Views,
    call::Service,
    handler::{Injector, Provided},
    log::Log,
    projection::{
        HandlerSubscriber, Progress, RowsSubscriber, Subscriber, ViewSource, ViewSubscriber,
    },
    registry::{Claim, Entry, TypeRef},
    runtime::{AggregateRuntime, AggregateSettings},
    services::Services,
    store::{
        documents::{Subscription, SubscriptionKind},
        tables,
    },
};

/// An app that is being put together: each registration adds what its type needs.
pub struct Assembly {
    pub(super) log: Arc<Log>,
    pub(super) tasks: Handle,
    pub(super) aggregates: AggregateSettings,
    /// Each view and projection that was registered, by its type.
    pub(super) views: HashMap<std::any::TypeId, Arc<Progress>>,
    /// The aggregates that record an event, by its name.
    pub(super) aggregates_of: HashMap<&'static str, Vec<&'static str>>,
    pub(super) services: Services,
    pub(super) provided: Provided,
    pub(super) subscribers: Vec<Box<dyn Subscriber>>,
    /// Whether handlers of events are to run.
    pub(super) follows: bool,
    /// Whether it is to run on this store: otherwise only the wiring is looked at.
    pub(super) runs: bool,
    pub(super) faults: Faults,
}

impl Assembly {
    /// Makes everything that was registered: aggregates, views and projections first, as handlers have them injected.
    pub(super) fn install(&mut self, registrations: &[Registration]) {
        for registration in registrations {
            match registration.entry {
                Entry::Aggregate {
                    install, claims, ..
                } => {
                    install(self);
                    self.install_claims(claims);
                }
                Entry::View { install, .. } => install(self),
                Entry::Projection { install, .. } => install(self, registration),
                _ => {}
            }
        }
        for registration in registrations {
            if let Entry::Handler { install, .. } = registration.entry {
                install(self, registration);
            }
        }
    }

    fn install_claims(&mut self, claims: &[Claim]) {
        for claim in claims {
            (claim.install)(&mut self.services);
        }
    }

    pub(crate) fn aggregate<A: Aggregate>(&mut self) {
        let runtime = Arc::new(AggregateRuntime::<A>::new(
            Arc::clone(&self.log),
            self.tasks.clone(),
            self.aggregates,
        ));
        self.own(Aggregates::new(Arc::clone(&runtime)), None);
        self.services.insert(runtime);
    }

    pub(crate) fn view<V: View>(&mut self) {
        let Some(progress) = self.views.get(&TypeRef::of::<V>().id()).map(Arc::clone) else {
            return;
        };
        let source = Arc::new(ViewSource {
            store: Arc::clone(&self.log.store),
            subscription: progress.subscription().clone(),
            progress: Arc::clone(&progress),
        });
        let views = Views::<V>::new(Arc::clone(&source));
        self.own(views.clone(), Some(progress));
        self.services.insert(views);
        let several = self.follows_several::<V>();
        self.subscribers
            .push(Box::new(ViewSubscriber::<V>::new(source, several)));
    }

    pub(crate) fn projection<P: Tables>(&mut self, registration: &Registration) {
        let id = registration.of.id();
        if let Some(store) = tables::find::<P::Store>(&*self.log.store) {
            if let Some(progress) = self.views.get(&id).map(Arc::clone) {
                self.subscribers
                    .push(Box::new(RowsSubscriber::<P>::new(store, progress)));
            }
            return;
        }
        // It does not run, so nobody is to wait for it.
        self.views.remove(&id);
        if self.runs {
            let store = TypeRef::of::<P::Store>();
            self.faults.add(Fault::other_store(registration, store));
        }
    }

    /// Whether a document can be made of the events of several aggregates, even if its key is an aggregate's id.
    fn follows_several<V: View>(&self) -> bool {
        let mut aggregates: Vec<_> = V::follows()
            .iter()
            .filter(|follow| follow.aggregate.is_none())
            .flat_map(|follow| {
                self.aggregates_of
                    .get(follow.kind.name)
                    .into_iter()
                    .flatten()
            })
            .collect();
        aggregates.sort_unstable();
        aggregates.dedup();
        aggregates.len() > 1
    }

    pub(crate) fn handler<H: Handler>(&mut self, registration: &Registration) {
        let mut injector = Injector::new(&self.provided);
        let made = H::inject(&mut injector);
        let injected = injector.finish();
        for need in injected.missing {
            self.faults
                .add(Fault::missing_resource(registration, &need));
        }
        let Some(handler) = made else { return };
        let service = Service::new(Arc::new(handler));
        let Entry::Handler {
            claims,
            reads,
            subscribes,
            ..
        } = registration.entry
        else {
            self.services.insert(service);
            return;
        };
        let mut views = injected.reads;
        views.extend(
            reads
                .iter()
                .filter_map(|view| self.views.get(&view.id()))
                .map(Arc::clone),
        );
        self.services.insert(service.reading(views));
        self.install_claims(claims);
        if let Some(subscribes) = subscribes.filter(|_| self.follows) {
            let subscription = Subscription {
                kind: SubscriptionKind::Handler,
                name: registration.name.into(),
                version: 1,
            };
            let progress = Arc::new(Progress::new(subscription));
            self.subscribers.push(Box::new(HandlerSubscriber::new(
                progress,
                subscribes.events,
                subscribes.from_beginning,
            )));
        }
    }

    pub(super) fn own<T: Clone + Send + Sync + 'static>(
        &mut self,
        value: T,
        reads: Option<Arc<Progress>>,
    ) {
        if let Err(twice) = self.provided.own(value, reads) {
            self.faults.add(Fault::provided_twice(&twice));
        }
    }
}

impl fmt::Debug for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assembly")
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
