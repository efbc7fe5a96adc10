#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::View for User {
        const NAME: &'static ::core::primitive::str = "User";
        type Key = <Self as __cqrs::Aggregate>::Id;
        fn follows() -> ::std::vec::Vec<__cqrs::Follow<Self>> {
            __cqrs::Follow::<Self>::own_events::<<Self as __cqrs::Aggregate>::Id>()
        }
        fn key_of_stream(
            __cqrs_id: &::core::primitive::str,
        ) -> ::core::option::Option<<Self as __cqrs::Aggregate>::Id> {
            #[allow(unused_imports)]
            use __cqrs::NoKey as _;
            __cqrs::KeyProbe::<<Self as __cqrs::Aggregate>::Id>::new().key(__cqrs_id)
        }
    }
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::View> for User {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::view::<User>();
    }
    __cqrs::submit! {
        < User as __cqrs::Registered < __cqrs::kind::View >> ::REGISTRATION
    }
};
