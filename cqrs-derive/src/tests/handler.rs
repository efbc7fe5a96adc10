#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    #[allow(private_bounds)]
    impl __cqrs::Handler for Mail
    where
        for<'__cqrs_any> Pool: ::core::marker::Send + ::core::marker::Sync,
        for<'__cqrs_any> Limit: ::core::marker::Send + ::core::marker::Sync,
    {
        const NAME: &'static ::core::primitive::str = "welcome-mail";
        fn inject(
            __cqrs_from: &mut __cqrs::Injector<'_>,
        ) -> ::core::option::Option<Self> {
            let __cqrs_field0 = __cqrs::Injector::field::<Pool>(__cqrs_from, "pool");
            let __cqrs_field1 = __cqrs::Injector::field_or_default::<Limit>(__cqrs_from);
            ::core::option::Option::Some(Self {
                pool: __cqrs_field0?,
                limit: __cqrs_field1,
            })
        }
    }
    #[automatically_derived]
    impl __cqrs::FollowedByHandler<Mail> for Created {}
    #[automatically_derived]
    impl __cqrs::HandledBy<Mail> for Remind
    where
        for<'__cqrs_any> Remind: __cqrs::Command,
    {}
    #[automatically_derived]
    impl __cqrs::AnsweredBy<Mail> for Remind
    where
        for<'__cqrs_any> Remind: __cqrs::Query,
    {}
    #[automatically_derived]
    impl __cqrs::GoesTo<Mail> for Remind {}
    const _: () = __cqrs::a_message_goes_to_one_so_take_it_out_of_the_other_list::<
        Remind,
        _,
    >();
    #[automatically_derived]
    impl __cqrs::HandledBy<Mail> for Count
    where
        for<'__cqrs_any> Count: __cqrs::Command,
    {}
    #[automatically_derived]
    impl __cqrs::AnsweredBy<Mail> for Count
    where
        for<'__cqrs_any> Count: __cqrs::Query,
    {}
    #[automatically_derived]
    impl __cqrs::GoesTo<Mail> for Count {}
    const _: () = __cqrs::a_message_goes_to_one_so_take_it_out_of_the_other_list::<
        Count,
        _,
    >();
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Handler> for Mail {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::handler::<
            __cqrs::Answering<
                <Limit as __cqrs::HandlerField>::Proof,
                __cqrs::Answering<<Pool as __cqrs::HandlerField>::Proof, Mail>,
            >,
        >(const {
                &[
                    __cqrs::Claim::handles::<
                        __cqrs::Answering<<Remind as __cqrs::Command>::Output, Mail>,
                        __cqrs::Answering<<Remind as __cqrs::Command>::Output, Remind>,
                    >(),
                    __cqrs::Claim::answers::<
                        __cqrs::Answering<<Count as __cqrs::Query>::Output, Mail>,
                        __cqrs::Answering<<Count as __cqrs::Query>::Output, Count>,
                    >(),
                ]
            })
            .subscribing(const { &[__cqrs::Listen::to::<Mail, Created>()] }, true)
            .reading(const { &[__cqrs::TypeRef::of_read_model::<UserView>()] });
    }
    __cqrs::submit! {
        < Mail as __cqrs::Registered < __cqrs::kind::Handler >> ::REGISTRATION
    }
};
