//! The derives work wherever a struct can stand, and whatever it is called.

#![cfg(feature = "macros")]
#![expect(
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    reason = "what is public here is so for its own sake"
)]
#![expect(non_camel_case_types, reason = "raw identifiers are lower case")]

use std::{convert::Infallible, fmt, num::ParseIntError, str::FromStr};

use cqrs::{
    Aggregate, Apply, Command, CommandHandler, Context, Decide, Event, Handler, HandlerContext,
    HandlerError, Index, Project, Query, Recorded, View, Views,
};
use serde::{Deserialize, Serialize};

mod deep {
    pub(crate) mod inside {
        use cqrs::{Event, Query};
        use serde::{Deserialize, Serialize};

        #[derive(Event, Serialize, Deserialize)]
        pub(crate) struct Moved {
            pub(crate) to: String,
        }

        /// Public, while who answers it is private to another module.
        #[derive(Query, Serialize, Deserialize)]
        #[query(handler = crate::Private, output = String)]
        pub struct Public;
    }
}

#[derive(Handler)]
struct Private;

impl cqrs::QueryHandler<deep::inside::Public> for Private {
    async fn handle(
        &self,
        _: deep::inside::Public,
        _: &HandlerContext,
    ) -> Result<String, HandlerError> {
        Ok(String::new())
    }
}

/// A public command with a private decider names its error, which is public.
#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = r#struct, error = Infallible, create)]
pub struct r#type {
    #[id]
    pub r#fn: Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Number(u64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Number {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

#[derive(Event, Serialize, Deserialize)]
struct r#match {
    #[tag]
    r#loop: u8,
}

#[derive(Aggregate, Default)]
#[aggregate(events(r#match, deep::inside::Moved), id = Number)]
struct r#struct;

impl Apply<r#match> for r#struct {
    fn apply(&mut self, _: &r#match) {}
}

impl Apply<deep::inside::Moved> for r#struct {
    fn apply(&mut self, _: &deep::inside::Moved) {}
}

impl Decide<r#type> for r#struct {
    fn decide(&self, _: &r#type, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(r#match { r#loop: 1 });
        Ok(())
    }
}

#[derive(View, Serialize, Deserialize)]
#[view(events(r#match), key = Number)]
struct r#ref {
    #[index]
    r#where: Option<u64>,
    #[index]
    pub(crate) last_seen2: (String, i64),
}

impl Project<r#match> for r#ref {
    fn project(_: Option<Self>, _: &Number, event: &Recorded<r#match>) -> Option<Self> {
        Some(Self {
            r#where: Some(event.r#loop.into()),
            last_seen2: (String::new(), 0),
        })
    }
}

#[cfg(feature = "sqlite")]
mod rows {
    use cqrs::{
        HandlerError, ProjectRows, Projection, Recorded, Tables,
        sqlite::{Sqlite, SqliteTables},
    };

    #[derive(Projection)]
    #[projection(name = "raw", store = Sqlite, events(super::r#match))]
    struct r#virtual;

    impl Tables for r#virtual {
        async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    impl ProjectRows<super::r#match> for r#virtual {
        async fn project(
            _: &Recorded<super::r#match>,
            _: &mut SqliteTables,
        ) -> Result<(), HandlerError> {
            Ok(())
        }
    }
}

#[derive(Handler)]
#[expect(dead_code, reason = "only its being there counts")]
struct Tuple(Views<r#ref>, #[inject(default)] u8);

#[test]
fn raw_identifiers_are_stored_without_their_mark() {
    assert_eq!(<r#type as Command>::NAME, "type");
    assert_eq!(<r#match as Event>::NAME, "match");
    assert_eq!(<r#struct as Aggregate>::NAME, "struct");
    assert_eq!(<r#ref as View>::INDEXES, ["where", "last_seen2"]);
    let index: Index<r#ref, Option<u64>> = r#ref::WHERE;
    assert_eq!(index.name(), "where");
    assert_eq!(r#ref::LAST_SEEN2.name(), "last_seen2");
    assert_eq!(<Tuple as Handler>::NAME, "Tuple");
}

#[test]
fn types_may_be_local_to_a_function() {
    #[derive(Command, Serialize, Deserialize)]
    #[command(aggregate = Local)]
    struct Change {
        #[id]
        id: String,
    }

    #[derive(Event, Serialize, Deserialize)]
    struct Changed;

    #[derive(Aggregate, View, Default, Serialize, Deserialize)]
    #[aggregate(events(Changed))]
    struct Local {
        #[index]
        times: u32,
    }

    impl Apply<Changed> for Local {
        fn apply(&mut self, _: &Changed) {
            self.times += 1;
        }
    }

    impl Decide<Change> for Local {
        fn decide(&self, _: &Change, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
            cx.emit(Changed);
            Ok(())
        }
    }

    assert_eq!(<Change as Command>::NAME, "Change");
    assert_eq!(<Local as View>::NAME, "Local");
    assert_eq!(Local::TIMES.name(), "times");
}

#[cfg(any())]
#[derive(Command)]
#[command(aggregate = NotThere)]
struct NotThere;

#[cfg_attr(not(any()), derive(Command), command(handler = Behind))]
#[cfg_attr(not(any()), derive(Serialize, Deserialize))]
struct Conditional {
    #[cfg(any())]
    gone: NotThere,
    #[cfg(not(any()))]
    kept: u8,
}

#[derive(Handler)]
struct Behind {
    #[cfg(any())]
    gone: NotThere,
}

impl CommandHandler<Conditional> for Behind {
    async fn handle(&self, _: Conditional, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[test]
fn what_is_configured_away_is_not_there() {
    assert_eq!(<Conditional as Command>::NAME, "Conditional");
}

macro_rules! message {
    ($name:ident, $field:ident: $ty:ty) => {
        #[derive(Query, Serialize, Deserialize)]
        #[query(output = $ty)]
        struct $name {
            $field: $ty,
        }
    };
}

message!(FromMacro, number: Vec<Option<u8>>);

#[test]
fn a_macro_may_write_the_struct() {
    assert_eq!(<FromMacro as Query>::NAME, "FromMacro");
    assert_eq!(FromMacro { number: vec![None] }.number.len(), 1);
}

/// What is public may rest on what is private.
mod visible {
    use cqrs::{Aggregate, Apply, Command, Context, Decide, Event, HandlerError};
    use serde::{Deserialize, Serialize};

    use super::Number;

    #[derive(Clone, Copy, Serialize, Deserialize)]
    struct Hidden(u64);

    #[derive(Event, Serialize, Deserialize)]
    struct HiddenEvent(Hidden);

    #[derive(Aggregate, Default)]
    #[aggregate(events(HiddenEvent), commands(OfHidden), id = Number)]
    pub struct Shown;

    impl Apply<HiddenEvent> for Shown {
        fn apply(&mut self, event: &HiddenEvent) {
            assert_eq!(event.0.0, 1);
        }
    }

    type HiddenId = Number;

    #[derive(Command, Serialize, Deserialize)]
    #[command(upsert)]
    pub struct OfHidden {
        #[id]
        id: HiddenId,
    }

    impl Decide<OfHidden> for Shown {
        fn decide(&self, _: &OfHidden, cx: &mut Context<'_, Self>) -> Result<(), HandlerError> {
            cx.emit(HiddenEvent(Hidden(1)));
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    struct PrivateKey(String);

    /// A contract's command whose id's type is less visible than itself.
    #[derive(Command, Serialize, Deserialize)]
    pub struct OfPrivate {
        #[id]
        id: PrivateKey,
    }
}

#[test]
fn what_is_public_may_rest_on_what_is_private() {
    assert_eq!(<visible::OfPrivate as Command>::NAME, "OfPrivate");
    assert_eq!(<visible::Shown as Aggregate>::NAME, "Shown");
}
