//! What the derives write, in short.

/// The set of an aggregate's events.
macro_rules! events_of {
    ($aggregate:ident, $set:ident: $($event:ident),+ $(,)?) => {
        pub(crate) enum $set { $($event($event)),+ }

        $(impl cqrs_core::EventOf<$aggregate> for $event {
            fn into_event(self) -> $set { $set::$event(self) }
        })+

        impl cqrs_core::AggregateEvent for $set {
            const KINDS: &'static [cqrs_core::EventKind] = &[$(cqrs_core::EventKind::of::<$event>()),+];

            fn decode(stored: &cqrs_core::StoredEvent) -> Result<Self, cqrs_core::DecodeError> {
                use cqrs_core::Event;
                let (name, version) = (&*stored.meta.name, stored.meta.version);
                $(if cqrs_core::EventKind::of::<$event>().is_named(name) {
                    return $event::decode(version, &stored.payload)
                        .map($set::$event)
                        .map_err(|reason| cqrs_core::DecodeError::new(&stored.meta, reason));
                })+
                let of = <$aggregate as cqrs_core::Aggregate>::NAME;
                Err(cqrs_core::DecodeError::new(&stored.meta, cqrs_core::DecodeReason::Name { of }))
            }

            fn encode(&self, id: cqrs_core::EventId) -> Result<cqrs_core::NewEvent, cqrs_core::EncodeError> {
                match self { $(Self::$event(event) => cqrs_core::encode_event(event, id)),+ }
            }

            fn kind(&self) -> cqrs_core::EventKind {
                match self { $(Self::$event(_) => cqrs_core::EventKind::of::<$event>()),+ }
            }
        }
    };
}

/// An event under the name of its type.
macro_rules! event {
    ($event:ident) => {
        impl cqrs_core::Event for $event {
            const NAME: &'static str = stringify!($event);
        }
    };
}

/// A command that an aggregate decides; its id is the field `id`.
macro_rules! command {
    ($command:ident, $aggregate:ident, $creation:ident, $output:ty) => {
        impl cqrs_core::Command for $command {
            const NAME: &'static str = stringify!($command);
            type Output = $output;
            type Error = <$aggregate as cqrs_core::Aggregate>::Error;
        }

        impl cqrs_core::DecidedBy<$aggregate> for $command {
            const CREATION: cqrs_core::Creation = cqrs_core::Creation::$creation;

            fn aggregate_id(&self) -> &String {
                &self.id
            }
        }
    };
}

pub(crate) use {command, event, events_of};
