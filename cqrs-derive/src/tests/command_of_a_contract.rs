#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Command for Touch {
        const NAME: &'static ::core::primitive::str = "users.touch";
        type Output = ();
        type Error = __cqrs::HandlerError;
    }
    #[automatically_derived]
    #[allow(private_bounds)]
    impl<__Aggregate: __cqrs::Aggregate> __cqrs::DecidableBy<__Aggregate> for Touch
    where
        UserId: __cqrs::IdOf<__Aggregate, <__Aggregate as __cqrs::Aggregate>::Id>,
    {
        type Claimed = Self;
        const CREATION: __cqrs::Creation = __cqrs::Creation::Upsert;
        #[inline]
        fn aggregate_id(&self) -> &<__Aggregate as __cqrs::Aggregate>::Id {
            <UserId as __cqrs::IdOf<
                __Aggregate,
                <__Aggregate as __cqrs::Aggregate>::Id,
            >>::id(&self.user_id)
        }
    }
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Command> for Touch {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::command::<
            Touch,
        >()
            .command_by_name::<Touch>()
            .fields(const { &[__cqrs::Field::new("user_id", "UserId")] });
    }
    __cqrs::submit! {
        < Touch as __cqrs::Registered < __cqrs::kind::Command >> ::REGISTRATION
    }
};
