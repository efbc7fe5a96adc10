//! Configuring and starting an app.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    num::NonZeroUsize,
    panic::Location,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify};

use super::{
    App, Assembly, Catalog, Core, StartError,
    faults::{Fault, Faults},
    tables, wiring,
};
use crate::{
    Dispatcher, Events, Middleware, NodeId, Store,
    clock::{Clock, Ids, RandomIds, SystemClock},
    handler::{Provided, ProvidedTwice},
    log::Log,
    middleware::Chain,
    projection::{Node, Projections},
    registry::{self, Registered, Registration, kind},
    runtime::AggregateSettings,
    services::Services,
};

/// Configures an app. Made by [`App::builder`], ends with [`start`](AppBuilder::start).
#[must_use = "nothing runs before `start`"]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct AppBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    provided: Provided,
    provided_twice: Vec<ProvidedTwice>,
    middleware: Chain,
    registered: Vec<Registration>,
    auto: bool,
    checked: bool,
    follows: bool,
    aggregates: AggregateSettings,
    wait_limit: Duration,
    message_bytes: usize,
    shutdown_limit: Duration,
    serve_while_rebuilding: bool,
    node: Node,
}

/// So long that nobody waits for its end, and so short that the clock can count it.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 86_400);

impl AppBuilder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            provided: Provided::default(),
            provided_twice: Vec::new(),
            middleware: Chain::default(),
            registered: Vec::new(),
            auto: true,
            checked: true,
            follows: true,
            aggregates: AggregateSettings::default(),
            wait_limit: Duration::from_secs(5),
            message_bytes: 1 << 20,
            shutdown_limit: Duration::from_secs(10),
            serve_while_rebuilding: false,
            node: Node {
                // However ids are made for the program, no two apps have the same one.
                id: NodeId::new(RandomIds.next()),
                name: format!("pid {}", std::process::id()),
                term: Duration::from_secs(10),
                forget_after: None,
            },
        }
    }

    /// Provides a value to every handler that has a field of its type.
    #[track_caller]
    pub fn provide<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if let Err(twice) = self.provided.value(value, Location::caller()) {
            self.provided_twice.push(twice);
        }
        self
    }

    /// Wraps every command and query, inside of what was added before.
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.middleware.push(middleware);
        self
    }

    /// Where the time comes from. Default: the machine's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where ids come from. Default: random `UUIDv7`.
    pub fn ids(mut self, ids: impl Ids + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// Takes only what is registered by hand. Default: everything that was derived in a crate that is linked.
    pub const fn without_auto_registration(mut self) -> Self {
        self.auto = false;
        self
    }

    /// Registers a derived command by hand.
    pub fn command<C: Registered<kind::Command>>(self) -> Self {
        self.register(C::REGISTRATION)
    }

    /// Registers a derived query by hand.
    pub fn query<Q: Registered<kind::Query>>(self) -> Self {
        self.register(Q::REGISTRATION)
    }

    /// Registers a derived event by hand.
    pub fn event<E: Registered<kind::Event>>(self) -> Self {
        self.register(E::REGISTRATION)
    }

    /// Registers a derived aggregate by hand.
    pub fn aggregate<A: Registered<kind::Aggregate>>(self) -> Self {
        self.register(A::REGISTRATION)
    }

    /// Registers a derived view by hand.
    pub fn view<V: Registered<kind::View>>(self) -> Self {
        self.register(V::REGISTRATION)
    }

    /// Registers a derived projection by hand.
    pub fn projection<P: Registered<kind::Projection>>(self) -> Self {
        self.register(P::REGISTRATION)
    }

    /// Registers a derived handler by hand.
    pub fn handler<H: Registered<kind::Handler>>(self) -> Self {
        self.register(H::REGISTRATION)
    }

    /// Registers a type by hand that was written by hand.
    pub fn register(mut self, registration: Registration) -> Self {
        self.registered.push(registration);
        self
    }

    /// How long a query waits for views to see what was written before it. Default: 5 seconds.
    pub const fn wait_limit(mut self, limit: Duration) -> Self {
        self.wait_limit = limit;
        self
    }

    /// How many aggregates of each type are kept in memory. Default: 10 000.
    pub const fn cached_aggregates(mut self, count: NonZeroUsize) -> Self {
        self.aggregates.cached = count;
        self
    }

    /// How often a command is decided, when others keep writing to its aggregate, before it is a conflict. Default: 10.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.aggregates.attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// How many bytes a message that is sent by name may have. Default: 1 MiB.
    pub const fn message_bytes(mut self, limit: usize) -> Self {
        self.message_bytes = limit;
        self
    }

    /// How long [`App::shutdown`] waits for handlers and calls to end before it gives them up. Default: 10 seconds; each has
    /// at least one.
    pub const fn shutdown_limit(mut self, limit: Duration) -> Self {
        self.shutdown_limit = limit;
        self
    }

    /// Starts before new versions of views are built; asking them says how far they are until then. Default: `start`
    /// waits for them.
    pub const fn serve_while_rebuilding(mut self) -> Self {
        self.serve_while_rebuilding = true;
        self
    }

    /// What this app is called among those that share the store. Default: the number of its process.
    pub fn node_name(mut self, name: impl Into<String>) -> Self {
        self.node.name = name.into();
        self
    }

    /// After how long without a sign of life another node takes over the views and handlers that run here. Default: 10
    /// seconds.
    ///
    /// A shorter time means more signs of life: there are five in it. It is at least 10 milliseconds, and at most a day.
    pub const fn lease(mut self, term: Duration) -> Self {
        self.node.term = term;
        self
    }

    /// Forgets versions of views that are older than this program's when no node has announced them for so long. Default:
    /// only [`App::forget_view_version`] does.
    pub const fn forget_old_views_after(mut self, time: Duration) -> Self {
        self.node.forget_after = Some(time);
        self
    }

    /// Starts whatever is wrong with the wiring, and says so only to who touches it; handlers of events run only on
    /// request, and are not waited for when they fail. For tests.
    #[doc(hidden)]
    pub const fn unchecked(mut self, with_event_handlers: bool) -> Self {
        self.checked = false;
        self.follows = with_event_handlers;
        self
    }

    /// Checks how everything fits together, and starts it.
    ///
    /// # Errors
    ///
    /// [`StartError::Wiring`] lists everything that does not fit; [`StartError::Store`] when the store fails.
    pub async fn start(self) -> Result<App, StartError> {
        let tasks = Handle::try_current().map_err(|_outside| StartError::NoRuntime)?;
        let serve_while_rebuilding = self.serve_while_rebuilding;
        let (core, dispatcher) = self.assemble(&tasks, true)?;
        dispatcher.connect(&core);
        core.projections.start(&tasks, &dispatcher);
        core.projections.opened().await?;
        if !serve_while_rebuilding {
            core.projections.built().await?;
        }
        Ok(App::new(core))
    }

    /// Only checks how everything fits together, and says what there is.
    #[doc(hidden)]
    pub fn check(self) -> Result<Catalog, StartError> {
        let tasks = Handle::try_current().map_err(|_outside| StartError::NoRuntime)?;
        // On whatever store: a test is not to need the one that the program has.
        let (core, _) = self.assemble(&tasks, false)?;
        Ok(core.catalog.clone())
    }

    fn assemble(
        mut self,
        tasks: &Handle,
        runs: bool,
    ) -> Result<(Arc<Core>, Dispatcher), StartError> {
        let registrations = self.registrations();
        let mut faults = Faults::default();
        wiring::check(&registrations, &mut faults);
        for twice in &self.provided_twice {
            faults.add(Fault::provided_twice(twice));
        }

        let views = tables::view_progress(&registrations);
        let log = Arc::new(Log {
            impatient: !self.checked,
            identity: self.store.identity(),
            store: self.store,
            clock: self.clock,
            ids: self.ids,
            followers: tables::followers(&registrations, &views),
        });
        let mut assembly = Assembly {
            log: Arc::clone(&log),
            tasks: tasks.clone(),
            aggregates: self.aggregates,
            views,
            aggregates_of: tables::aggregates_of(&registrations),
            services: Services::default(),
            provided: std::mem::take(&mut self.provided),
            subscribers: Vec::new(),
            follows: self.follows,
            runs,
            faults,
        };
        let dispatcher = Dispatcher::default();
        assembly.own(dispatcher.clone(), None);
        assembly.own(Events::new(Arc::clone(&log)), None);
        assembly.install(&registrations);

        let Assembly {
            services,
            subscribers,
            faults,
            ..
        } = assembly;
        let mut known_faults = BTreeMap::new();
        if self.checked {
            faults.into_result()?;
        } else {
            known_faults = tables::faults_by_message(&faults, &registrations);
        }
        let core = Arc::new(Core {
            services,
            middleware: self.middleware,
            commands: tables::commands_by_name(&registrations),
            queries: tables::queries_by_name(&registrations),
            catalog: Catalog::new(&registrations),
            faults: known_faults,
            wait_limit: self.wait_limit.min(FOR_EVER),
            message_bytes: self.message_bytes,
            shutdown_limit: self.shutdown_limit.min(FOR_EVER),
            projections: Projections::new(Arc::clone(&log), self.node, subscribers),
            log,
            closing: AtomicBool::new(false),
            call_ended: Notify::new(),
        });
        Ok((core, dispatcher))
    }

    /// Everything that was registered, each type once, in an order that does not depend on the linker.
    fn registrations(&mut self) -> Vec<Registration> {
        let mut all = std::mem::take(&mut self.registered);
        if self.auto {
            all.extend(registry::registered());
        }
        let mut seen = HashSet::new();
        all.retain(|registration| {
            seen.insert((
                registration.entry.kind_and_attribute().0,
                registration.of.id(),
            ))
        });
        all.sort_by_key(|registration| (registration.place, registration.name));
        all
    }
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
