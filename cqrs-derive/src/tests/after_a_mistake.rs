::core::compile_error! {
    "`#[aggregate]` has no `naem`: did you mean `name`?"
}
::core::compile_error! {
    "an aggregate cannot be generic, since it is known under one name as one type"
}
#[allow(unused_qualifications)]
const _: () = {
    use ::cqrs::__private as __cqrs;
    #[automatically_derived]
    impl<T> __cqrs::Aggregate for User<T>
    where
        for<'workaround> Self: __cqrs::State,
    {
        const NAME: &'static ::core::primitive::str = "";
        type Id = ::std::string::String;
        type Event = __cqrs::NoEvent;
        type Error = UserError;
        fn apply(&mut self, _: &__cqrs::NoEvent) {}
    }
};
