//! What the derives write means the same wherever they stand: no name of the user's is taken for another.

#![cfg(feature = "macros")]
#![no_implicit_prelude]
#![expect(dead_code, reason = "the names only have to be there")]
#![expect(
    clippy::unused_self,
    clippy::wrong_self_convention,
    reason = "methods of the user's that the derives must not call"
)]

/// Everything that generated code could reach for by a bare name.
mod shadows {
    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Result;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) struct Box;
    pub(crate) struct Default;
    pub(crate) struct From;
    pub(crate) struct Into;
    pub(crate) struct Send;
    pub(crate) struct Sync;
    pub(crate) struct Sized;
    pub(crate) struct Clone;
    pub(crate) struct Infallible;
    pub(crate) struct HandlerError;
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod serde {}
    pub(crate) mod cqrs {}
    pub(crate) mod inventory {}
}

mod program {
    #[expect(unused_imports, reason = "they are there to be taken by mistake")]
    use super::shadows::{
        Box, Clone, Default, Err, From, HandlerError, Infallible, Into, None, Ok, Option, Result,
        Send, Sized, Some, String, Sync, Vec, core, cqrs, inventory, serde, std,
    };

    #[derive(::cqrs::Command)]
    #[command(aggregate = Account, upsert, local)]
    pub(crate) struct Open {
        #[id]
        pub(crate) id: ::std::string::String,
    }

    #[derive(::cqrs::Command)]
    #[command(handler = Service, local)]
    pub(crate) struct Pay {
        pub(crate) cents: ::core::primitive::u64,
    }

    #[derive(::cqrs::Query)]
    #[query(view = Statement, local)]
    pub(crate) struct GetStatement {
        #[id]
        pub(crate) id: ::std::string::String,
    }

    #[derive(::cqrs::Query)]
    #[query(handler = Service, output = (), local)]
    pub(crate) struct Ping;

    #[derive(::cqrs::Event, ::serde::Serialize, ::serde::Deserialize)]
    #[event(version = 2, upcast(1 = OpenedV1), formerly("AccountOpened"))]
    pub(crate) struct Opened {
        #[tag]
        pub(crate) owner: ::std::string::String,
    }

    #[derive(::serde::Deserialize)]
    pub(crate) struct OpenedV1 {
        owner: ::std::string::String,
    }

    impl ::core::convert::From<OpenedV1> for Opened {
        fn from(old: OpenedV1) -> Self {
            Self { owner: old.owner }
        }
    }

    #[derive(
        ::cqrs::Aggregate, ::core::default::Default, ::serde::Serialize, ::serde::Deserialize,
    )]
    #[aggregate(events(Opened), snapshot(every = 10))]
    pub(crate) struct Account {
        owner: ::std::string::String,
    }

    // Methods of the same names, which are not the traits' own.
    impl Account {
        pub(crate) const fn apply(&mut self) {}
        pub(crate) const fn into_event(&self) {}
    }
    impl Opened {
        pub(crate) const fn into_event(&self) {}
        pub(crate) const fn decode() {}
    }
    impl Open {
        pub(crate) const fn id(&self) {}
        pub(crate) const fn aggregate_id(&self) {}
        pub(crate) const NAME: () = ();
    }

    impl ::cqrs::Apply<Opened> for Account {
        fn apply(&mut self, event: &Opened) {
            ::std::clone::Clone::clone_from(&mut self.owner, &event.owner);
        }
    }

    impl ::cqrs::Decide<Open> for Account {
        fn decide(
            &self,
            command: &Open,
            cx: &mut ::cqrs::Context<'_, Self>,
        ) -> ::core::result::Result<(), ::core::convert::Infallible> {
            cx.emit(Opened {
                owner: ::std::clone::Clone::clone(&command.id),
            });
            ::core::result::Result::Ok(())
        }
    }

    #[derive(::cqrs::View, ::serde::Serialize, ::serde::Deserialize)]
    #[view(events(Opened))]
    pub(crate) struct Statement {
        #[index]
        pub(crate) owner: ::std::string::String,
    }

    impl ::cqrs::Project<Opened> for Statement {
        fn project(
            _: ::core::option::Option<Self>,
            _: &::std::string::String,
            event: &::cqrs::Recorded<Opened>,
        ) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(Self {
                owner: ::std::clone::Clone::clone(&event.owner),
            })
        }
    }

    #[cfg(feature = "sqlite")]
    #[derive(::cqrs::Projection)]
    #[projection(name = "rows", store = ::cqrs::sqlite::Sqlite, events(Opened))]
    pub(crate) struct Rows;

    #[cfg(feature = "sqlite")]
    impl ::cqrs::Tables for Rows {
        async fn create(
            _: &mut ::cqrs::sqlite::SqliteTables,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }

    #[cfg(feature = "sqlite")]
    impl ::cqrs::ProjectRows<Opened> for Rows {
        async fn project(
            _: &::cqrs::Recorded<Opened>,
            _: &mut ::cqrs::sqlite::SqliteTables,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }

    #[derive(::cqrs::Handler)]
    #[handler(name = "service", events(Opened))]
    pub(crate) struct Service {
        statements: ::cqrs::Views<Statement>,
        #[inject(default)]
        limit: ::core::primitive::u64,
        #[inject(default)]
        _named: ::core::option::Option<
            for<'any> fn(&'any ::core::primitive::str) -> &'any ::core::primitive::str,
        >,
    }

    impl ::cqrs::CommandHandler<Pay> for Service {
        async fn handle(
            &self,
            _: Pay,
            _: &::cqrs::HandlerContext,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }

    impl ::cqrs::QueryHandler<Ping> for Service {
        async fn handle(
            &self,
            _: Ping,
            _: &::cqrs::HandlerContext,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }

    impl ::cqrs::EventHandler<Opened> for Service {
        async fn handle(
            &self,
            _: &::cqrs::Recorded<Opened>,
            _: &::cqrs::HandlerContext,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }
}

/// Primitive types can be shadowed too; serde's derives do not stand that, so what is stored is written elsewhere.
mod primitives {
    macro_rules! shadow {
        ($($name:ident)+) => {
            $(#[expect(non_camel_case_types, reason = "it is named after a primitive type")]
            pub(crate) struct $name;)+
        };
    }

    shadow!(bool str u8 u32 u64 usize);

    #[derive(::cqrs::Command)]
    #[command(aggregate = Account, local)]
    pub(crate) struct Close {
        #[id]
        pub(crate) id: ::std::string::String,
    }

    #[derive(::cqrs::Query)]
    #[query(view = super::program::Statement, local)]
    pub(crate) struct GetStatement {
        #[id]
        pub(crate) id: ::std::string::String,
    }

    #[derive(::cqrs::Aggregate, ::core::default::Default)]
    #[aggregate(events(super::program::Opened), name = "primitives")]
    pub(crate) struct Account;

    impl ::cqrs::Apply<super::program::Opened> for Account {
        fn apply(&mut self, _: &super::program::Opened) {}
    }

    impl ::cqrs::Decide<Close> for Account {
        fn decide(
            &self,
            _: &Close,
            _: &mut ::cqrs::Context<'_, Self>,
        ) -> ::core::result::Result<(), ::core::convert::Infallible> {
            ::core::result::Result::Ok(())
        }
    }

    #[cfg(feature = "sqlite")]
    #[derive(::cqrs::Projection)]
    #[projection(name = "primitives", store = ::cqrs::sqlite::Sqlite, events(super::program::Opened))]
    pub(crate) struct Rows;

    #[cfg(feature = "sqlite")]
    impl ::cqrs::Tables for Rows {
        async fn create(
            _: &mut ::cqrs::sqlite::SqliteTables,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }

    #[cfg(feature = "sqlite")]
    impl ::cqrs::ProjectRows<super::program::Opened> for Rows {
        async fn project(
            _: &::cqrs::Recorded<super::program::Opened>,
            _: &mut ::cqrs::sqlite::SqliteTables,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }

    #[derive(::cqrs::Handler)]
    #[handler(name = "primitives", events(super::program::Opened))]
    pub(crate) struct Service;

    impl ::cqrs::EventHandler<super::program::Opened> for Service {
        async fn handle(
            &self,
            _: &::cqrs::Recorded<super::program::Opened>,
            _: &::cqrs::HandlerContext,
        ) -> ::core::result::Result<(), ::cqrs::HandlerError> {
            ::core::result::Result::Ok(())
        }
    }
}

#[::core::prelude::v1::test]
fn names_are_the_frameworks() {
    ::core::assert_eq!(<program::Open as ::cqrs::Command>::NAME, "Open");
    ::core::assert_eq!(program::Statement::OWNER.name(), "owner");
}
