#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Event for UserCreatedEvent {
        const NAME: &'static ::core::primitive::str = "UserCreated";
        const VERSION: ::core::primitive::u32 = 3;
        const FORMERLY: &'static [&'static ::core::primitive::str] = &["UserMade"];
        fn tags(&self, __cqrs_tags: &mut __cqrs::Tags) {
            __cqrs::Tags::add(
                __cqrs_tags,
                "email",
                &<String as __cqrs::TagValue>::text(&self.email),
            );
            __cqrs::Tags::add(
                __cqrs_tags,
                "by",
                &<u64 as __cqrs::TagValue>::text(&self.actor),
            );
        }
        fn decode(
            __cqrs_version: ::core::primitive::u32,
            __cqrs_payload: &[::core::primitive::u8],
        ) -> ::core::result::Result<Self, __cqrs::DecodeReason> {
            match __cqrs_version {
                3 => __cqrs::read_payload::<Self>(__cqrs_payload),
                1 => {
                    ::core::result::Result::Ok(
                        <V2 as __cqrs::Upcast<
                            UserCreatedEvent,
                        >>::upcast(
                            <V1 as __cqrs::Upcast<
                                V2,
                            >>::upcast(__cqrs::read_payload::<V1>(__cqrs_payload)?),
                        ),
                    )
                }
                2 => {
                    ::core::result::Result::Ok(
                        <V2 as __cqrs::Upcast<
                            UserCreatedEvent,
                        >>::upcast(__cqrs::read_payload::<V2>(__cqrs_payload)?),
                    )
                }
                _ => {
                    ::core::result::Result::Err(__cqrs::DecodeReason::Version {
                        known: 3,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Event> for UserCreatedEvent {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::event::<
            UserCreatedEvent,
        >()
            .fields(const {
                &[
                    __cqrs::Field::new("email", "String"),
                    __cqrs::Field::new("actor", "u64"),
                ]
            });
    }
    __cqrs::submit! {
        < UserCreatedEvent as __cqrs::Registered < __cqrs::kind::Event >> ::REGISTRATION
    }
};
