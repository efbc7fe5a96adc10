//! What the derives write is silent under the lints that people deny.

#![cfg(feature = "macros")]
#![deny(
    dead_code,
    deprecated,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    private_bounds,
    private_interfaces,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unused,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::clone_on_ref_ptr,
    clippy::default_numeric_fallback,
    clippy::disallowed_methods,
    clippy::exhaustive_enums,
    clippy::expect_used,
    clippy::if_then_some_else_none,
    clippy::impl_trait_in_params,
    clippy::implicit_return,
    clippy::indexing_slicing,
    clippy::min_ident_chars,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::multiple_inherent_impl,
    clippy::panic,
    clippy::pattern_type_mismatch,
    clippy::pub_use,
    clippy::question_mark_used,
    clippy::ref_patterns,
    clippy::renamed_function_params,
    clippy::same_name_method,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::single_call_fn,
    clippy::single_char_lifetime_names,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    clippy::use_self,
    clippy::wildcard_enum_match_arm
)]
#![expect(
    clippy::implicit_return,
    clippy::missing_trait_methods,
    clippy::redundant_pub_crate,
    reason = "the program itself is written like most"
)]

/// A program with all that the derives can be told.
mod program {
    use core::convert::Infallible;

    use cqrs::{
        Aggregate, Apply, Command, CommandHandler, Context, Decide, Event, EventHandler, Handler,
        HandlerContext, HandlerError, Project, Query, QueryHandler, Recorded, View, Views,
    };
    #[cfg(feature = "sqlite")]
    use cqrs::{
        ProjectRows, Projection, Tables,
        sqlite::{Sqlite, SqliteTables},
    };
    use serde::{Deserialize, Serialize};

    /// Opens.
    #[expect(non_snake_case, reason = "a field is named by someone else")]
    #[derive(Command, Serialize, Deserialize)]
    #[command(aggregate = Account, create, output = u64)]
    pub(crate) struct Open {
        /// Whose.
        #[id]
        pub(crate) id: String,
        /// What comes from elsewhere.
        pub(crate) camelCase: Option<Vec<u8>>,
    }

    /// Pays.
    #[derive(Command, Serialize, Deserialize)]
    #[command(handler = Service)]
    pub(crate) struct Pay {
        /// How much.
        pub(crate) cents: u64,
    }

    /// Claimed by the aggregate.
    #[derive(Command, Serialize, Deserialize)]
    #[command(upsert)]
    pub(crate) struct Claimed {
        /// Whose.
        #[id]
        pub(crate) id: String,
    }

    /// Asks for one.
    #[derive(Query, Serialize, Deserialize)]
    #[query(view = Statement)]
    pub(crate) struct GetStatement {
        /// Whose.
        #[id]
        pub(crate) id: String,
    }

    /// Asks for something.
    #[derive(Query, Serialize, Deserialize)]
    #[query(output = u64)]
    pub(crate) struct Count {
        /// Of what.
        pub(crate) of: String,
    }

    /// Opened.
    #[derive(Event, Serialize, Deserialize)]
    #[event(version = 3, upcast(1 = OpenedV1, 2 = OpenedV2), formerly("Begun", "Started"))]
    pub(crate) struct Opened {
        /// By whom.
        #[tag]
        pub(crate) owner: String,
    }

    /// Its first shape.
    #[derive(Deserialize)]
    pub(crate) struct OpenedV1;

    /// Its second shape.
    #[derive(Deserialize)]
    pub(crate) struct OpenedV2;

    impl From<OpenedV1> for OpenedV2 {
        fn from(_: OpenedV1) -> Self {
            Self
        }
    }

    impl From<OpenedV2> for Opened {
        fn from(_: OpenedV2) -> Self {
            Self {
                owner: String::new(),
            }
        }
    }

    /// Decides.
    #[derive(Aggregate, Default, Serialize, Deserialize)]
    #[aggregate(events(Opened), commands(Claimed), snapshot(every = 100))]
    pub(crate) struct Account {
        /// By whom it was opened.
        owner: String,
    }

    impl Apply<Opened> for Account {
        fn apply(&mut self, event: &Opened) {
            self.owner.clone_from(&event.owner);
        }
    }

    impl Decide<Open> for Account {
        fn decide(&self, command: &Open, cx: &mut Context<'_, Self>) -> Result<u64, Infallible> {
            cx.emit(Opened {
                owner: command.id.clone(),
            });
            Ok(1)
        }
    }

    impl Decide<Claimed> for Account {
        fn decide(&self, _: &Claimed, _: &mut Context<'_, Self>) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    /// Shows.
    #[derive(View, Serialize, Deserialize)]
    #[view(events(Opened), version = 2)]
    pub(crate) struct Statement {
        /// Whose.
        #[index]
        pub owner: String,
        /// How often.
        #[index]
        times: u64,
    }

    impl Project<Opened> for Statement {
        fn project(_: Option<Self>, _: &String, event: &Recorded<Opened>) -> Option<Self> {
            Some(Self {
                owner: event.owner.clone(),
                times: 1,
            })
        }
    }

    /// What is told in tables.
    #[cfg(feature = "sqlite")]
    #[derive(Projection)]
    #[projection(name = "told", version = 2, store = Sqlite, events(Opened))]
    pub(crate) struct Told;

    #[cfg(feature = "sqlite")]
    impl Tables for Told {
        async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    #[cfg(feature = "sqlite")]
    impl ProjectRows<Opened> for Told {
        async fn project(_: &Recorded<Opened>, _: &mut SqliteTables) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    /// Serves.
    #[derive(Handler)]
    #[handler(name = "service", events(Opened), queries(Count), reads(Statement), from = beginning)]
    pub(crate) struct Service {
        /// What it reads.
        #[expect(dead_code, reason = "only its being there counts")]
        statements: Views<Statement>,
        /// How many at once.
        #[inject(default)]
        limit: u64,
    }

    #[derive(Clone, Copy, Debug, Default)]
    struct Kept;

    /// Has a field of a type that is seen less than itself.
    #[derive(Handler)]
    pub(crate) struct Keeper {
        #[expect(dead_code, reason = "only its type counts")]
        #[inject(default)]
        kept: Kept,
    }

    impl CommandHandler<Pay> for Service {
        async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    impl QueryHandler<Count> for Service {
        async fn handle(&self, _: Count, _: &HandlerContext) -> Result<u64, HandlerError> {
            Ok(self.limit)
        }
    }

    impl EventHandler<Opened> for Service {
        async fn handle(
            &self,
            _: &Recorded<Opened>,
            _: &HandlerContext,
        ) -> Result<(), HandlerError> {
            Ok(())
        }
    }
}

/// That it compiles is the test; this keeps the program in use.
#[test]
fn the_program_is_there() {
    use cqrs::Command as _;

    assert_eq!(program::Open::NAME, "Open");
    assert_eq!(program::Pay { cents: 1 }.cents, 1);
    assert_eq!(program::Count { of: String::new() }.of, "");
    assert_eq!(program::GetStatement { id: String::new() }.id, "");
    assert_eq!(program::Claimed { id: String::new() }.id, "");
    let open = program::Open {
        id: String::new(),
        camelCase: None,
    };
    assert!(open.camelCase.is_none());
}
