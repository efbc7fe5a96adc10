#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::View for UserView {
        const NAME: &'static ::core::primitive::str = "User";
        const VERSION: ::core::primitive::u32 = 2;
        const INDEXES: &'static [&'static ::core::primitive::str] = &["email", "type"];
        type Key = u64;
        fn follows() -> ::std::vec::Vec<__cqrs::Follow<Self>> {
            <[_]>::into_vec(
                ::std::boxed::Box::new([__cqrs::Follow::<UserView>::event::<Created>()]),
            )
        }
        fn key_of_stream(
            __cqrs_id: &::core::primitive::str,
        ) -> ::core::option::Option<u64> {
            #[allow(unused_imports)]
            use __cqrs::NoKey as _;
            __cqrs::KeyProbe::<u64>::new().key(__cqrs_id)
        }
        fn index(&self, __cqrs_indexes: &mut __cqrs::Indexes) {
            __cqrs::Indexes::add::<String>(__cqrs_indexes, "email", &self.email);
            __cqrs::Indexes::add::<u8>(__cqrs_indexes, "type", &self.r#type);
        }
    }
    #[automatically_derived]
    impl __cqrs::FollowedBy<UserView> for Created {}
    #[automatically_derived]
    #[allow(dead_code, private_interfaces, unreachable_pub)]
    impl UserView {
        ///Finds documents of [`UserView`] by `email`.
        pub const EMAIL: __cqrs::Index<UserView, String> = __cqrs::Index::new("email");
        ///Finds documents of [`UserView`] by `type`.
        const TYPE: __cqrs::Index<UserView, u8> = __cqrs::Index::new("type");
    }
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::View> for UserView {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::view::<
            UserView,
        >();
    }
    __cqrs::submit! {
        < UserView as __cqrs::Registered < __cqrs::kind::View >> ::REGISTRATION
    }
};
