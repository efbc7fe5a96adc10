#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl __cqrs::Command for Pay {
        const NAME: &'static ::core::primitive::str = "Pay";
        type Output = PaymentId;
        type Error = PaymentError;
        #[inline]
        fn __route(
            self,
            __cqrs_call: __cqrs::CommandCall<'_>,
        ) -> impl __cqrs::Way<Self> {
            __cqrs::CommandCall::handle::<Payments, Self>(__cqrs_call, self)
        }
    }
    #[automatically_derived]
    impl __cqrs::HandledBy<Payments> for Pay {}
    #[automatically_derived]
    impl __cqrs::GoesTo<Self> for Pay {}
    #[automatically_derived]
    impl __cqrs::Registered<__cqrs::kind::Command> for Pay {
        const REGISTRATION: __cqrs::Registration = __cqrs::Registration::command::<Pay>()
            .to_handler::<Payments>()
            .fields(const { &[] });
    }
    __cqrs::submit! {
        < Pay as __cqrs::Registered < __cqrs::kind::Command >> ::REGISTRATION
    }
};
