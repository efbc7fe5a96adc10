#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Query for GetUser {
        const NAME: &'static ::core::primitive::str = "GetUser";
        type Output = ::core::option::Option<UserView>;
        type Error = __cqrs::HandlerError;
        async fn __route(
            self,
            __cqrs_call: __cqrs::QueryCall<'_>,
        ) -> __cqrs::QueryResult<Self> {
            __cqrs::QueryCall::document::<
                UserView,
                Self,
            >(__cqrs_call, __cqrs::QueryCall::key::<String, UserView>(&self.user_id))
                .await
        }
    }
    #[automatically_derived]
    impl __cqrs::GoesTo<Self> for GetUser {}
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Query> for GetUser {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::query::<
            GetUser,
        >()
            .to_view::<UserView>()
            .query_by_name::<GetUser>()
            .fields(const { &[__cqrs::Field::new("user_id", "String")] });
    }
    __cqrs::submit! {
        < GetUser as __cqrs::Registered < __cqrs::kind::Query >> ::REGISTRATION
    }
};
