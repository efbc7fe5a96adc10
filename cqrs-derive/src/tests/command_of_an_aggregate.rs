#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Command for CreateUser {
        const NAME: &'static ::core::primitive::str = "CreateUser";
        type Output = ();
        type Error = <User as __cqrs::Aggregate>::Error;
        #[inline]
        fn __route(
            self,
            __cqrs_call: __cqrs::CommandCall<'_>,
        ) -> impl __cqrs::Way<Self> {
            __cqrs::CommandCall::decide::<
                __cqrs::Answering<<User as __cqrs::Aggregate>::Error, User>,
                Self,
            >(__cqrs_call, self)
        }
    }
    #[automatically_derived]
    impl __cqrs::DecidedBy<User> for CreateUser {
        const CREATION: __cqrs::Creation = __cqrs::Creation::Create;
        #[inline]
        fn aggregate_id(&self) -> &<User as __cqrs::Aggregate>::Id {
            <String as __cqrs::IdOf<
                User,
                <User as __cqrs::Aggregate>::Id,
            >>::id(&self.user_id)
        }
    }
    #[automatically_derived]
    impl __cqrs::GoesTo<Self> for CreateUser {}
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Command> for CreateUser {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::command::<
            CreateUser,
        >()
            .to_aggregate::<User>()
            .command_by_name::<CreateUser>()
            .fields(const {
                &[
                    __cqrs::Field::new("user_id", "String"),
                    __cqrs::Field::new("email", "String"),
                ]
            });
    }
    __cqrs::submit! {
        < CreateUser as __cqrs::Registered < __cqrs::kind::Command >> ::REGISTRATION
    }
};
