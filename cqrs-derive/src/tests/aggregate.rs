#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[doc(hidden)]
    #[allow(
        missing_debug_implementations,
        private_interfaces,
        unnameable_types,
        unreachable_pub,
        clippy::large_enum_variant,
    )]
    pub enum __CqrsEvent {
        Event0(Created),
        Event1(events::Renamed),
    }
    #[automatically_derived]
    impl __cqrs::AggregateEvent for __CqrsEvent {
        const KINDS: &'static [__cqrs::EventKind] = &[
            __cqrs::kind::<User, Created>(),
            __cqrs::kind::<User, events::Renamed>(),
        ];
        fn decode(
            __cqrs_stored: &__cqrs::StoredEvent,
        ) -> ::core::result::Result<Self, __cqrs::DecodeError> {
            if __cqrs::is_named::<User, Created>(__cqrs_stored) {
                return ::core::result::Result::map(
                    __cqrs::decode::<User, Created>(__cqrs_stored),
                    Self::Event0,
                );
            }
            if __cqrs::is_named::<User, events::Renamed>(__cqrs_stored) {
                return ::core::result::Result::map(
                    __cqrs::decode::<User, events::Renamed>(__cqrs_stored),
                    Self::Event1,
                );
            }
            ::core::result::Result::Err(__cqrs::unknown_event::<User>(__cqrs_stored))
        }
        fn encode(
            &self,
            __cqrs_id: __cqrs::EventId,
        ) -> ::core::result::Result<__cqrs::NewEvent, __cqrs::EncodeError> {
            match self {
                Self::Event0(__cqrs_event) => {
                    __cqrs::encode::<User, Created>(__cqrs_event, __cqrs_id)
                }
                Self::Event1(__cqrs_event) => {
                    __cqrs::encode::<User, events::Renamed>(__cqrs_event, __cqrs_id)
                }
            }
        }
        fn kind(&self) -> __cqrs::EventKind {
            match self {
                Self::Event0(_) => __cqrs::kind::<User, Created>(),
                Self::Event1(_) => __cqrs::kind::<User, events::Renamed>(),
            }
        }
    }
    #[automatically_derived]
    impl __cqrs::Aggregate for User {
        const NAME: &'static ::core::primitive::str = "User";
        type Id = UserId;
        type Event = __CqrsEvent;
        type Error = UserError;
        const SNAPSHOTS: ::core::option::Option<__cqrs::Snapshots<Self>> = ::core::option::Option::Some(
            __cqrs::Snapshots::<Self>::new(1, 100),
        );
        fn apply(&mut self, __cqrs_event: &__CqrsEvent) {
            match __cqrs_event {
                __CqrsEvent::Event0(__cqrs_event) => {
                    <User as __cqrs::Apply<Created>>::apply(self, __cqrs_event)
                }
                __CqrsEvent::Event1(__cqrs_event) => {
                    <User as __cqrs::Apply<events::Renamed>>::apply(self, __cqrs_event)
                }
            }
        }
    }
    #[automatically_derived]
    impl __cqrs::EventOf<User> for Created {
        #[inline]
        fn into_event(self) -> __CqrsEvent {
            __CqrsEvent::Event0(self)
        }
    }
    #[automatically_derived]
    impl __cqrs::EventOf<User> for events::Renamed {
        #[inline]
        fn into_event(self) -> __CqrsEvent {
            __CqrsEvent::Event1(self)
        }
    }
    const __CQRS_CLASH: ::core::primitive::usize = __cqrs::first_clash(
        <__CqrsEvent as __cqrs::AggregateEvent>::KINDS,
    );
    const _: () = ::core::assert!(
        __CQRS_CLASH != 1usize,
        "`Renamed` has the stored name of another event of `User`: give one of them a name of its own with `#[event(name = \"..\")]`"
    );
    #[automatically_derived]
    impl __cqrs::GoesTo<User> for Touch {}
    #[automatically_derived]
    impl __cqrs::DecidedBy<User> for Touch
    where
        for<'__cqrs_any> Touch: __cqrs::Command,
    {
        const CREATION: __cqrs::Creation = {
            __cqrs::a_message_goes_to_one_so_take_it_out_of_the_other_list::<Touch, _>();
            <Touch as __cqrs::DecidableBy<User>>::CREATION
        };
        #[inline]
        fn aggregate_id(&self) -> &<User as __cqrs::Aggregate>::Id {
            <Touch as __cqrs::DecidableBy<User>>::aggregate_id(self)
        }
    }
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Aggregate> for User {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::aggregate::<
            User,
        >(const {
            &[
                __cqrs::Claim::decides::<
                    __cqrs::Answering<
                        <Touch as __cqrs::DecidableBy<User>>::Claimed,
                        User,
                    >,
                    <Touch as __cqrs::DecidableBy<User>>::Claimed,
                >(),
            ]
        });
    }
    __cqrs::submit! {
        < User as __cqrs::Registered < __cqrs::kind::Aggregate >> ::REGISTRATION
    }
};
