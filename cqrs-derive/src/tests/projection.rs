#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Projection for Sales {
        const NAME: &'static ::core::primitive::str = "sales";
        const VERSION: ::core::primitive::u32 = 2;
        type Store = Sqlite;
        fn follows() -> ::std::vec::Vec<__cqrs::FollowRows<Self>> {
            <[_]>::into_vec(
                ::std::boxed::Box::new([
                    __cqrs::FollowRows::<Sales>::event::<Placed>(),
                    __cqrs::FollowRows::<Sales>::event::<orders::Cancelled>(),
                ]),
            )
        }
    }
    #[automatically_derived]
    impl __cqrs::ReadModel for Sales {}
    #[automatically_derived]
    impl __cqrs::FollowedByProjection<Sales> for Placed {}
    #[automatically_derived]
    impl __cqrs::FollowedByProjection<Sales> for orders::Cancelled {}
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Projection> for Sales {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::projection::<
            Sales,
        >();
    }
    __cqrs::submit! {
        < Sales as __cqrs::Registered < __cqrs::kind::Projection >> ::REGISTRATION
    }
};
