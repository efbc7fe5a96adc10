#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Query for GetUsers {
        const NAME: &'static ::core::primitive::str = "GetUsers";
        type Output = Vec<UserView>;
        type Error = __cqrs::HandlerError;
        #[inline]
        fn __route(
            self,
            __cqrs_call: __cqrs::QueryCall<'_>,
        ) -> impl ::core::future::Future<
            Output = __cqrs::QueryResult<Self>,
        > + ::core::marker::Send {
            __cqrs::QueryCall::handle::<UserQueries, Self>(__cqrs_call, self)
        }
    }
    #[automatically_derived]
    impl __cqrs::AnsweredBy<UserQueries> for GetUsers {}
    #[automatically_derived]
    impl __cqrs::GoesTo<Self> for GetUsers {}
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Query> for GetUsers {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::query::<
            GetUsers,
        >()
            .to_handler::<UserQueries>()
            .query_by_name::<GetUsers>()
            .fields(const { &[__cqrs::Field::new("limit", "usize")] });
    }
    __cqrs::submit! {
        < GetUsers as __cqrs::Registered < __cqrs::kind::Query >> ::REGISTRATION
    }
};
