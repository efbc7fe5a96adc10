//! The check of `start`, as a test.

use cqrs_core::{
    App, Memory,
    app::{AppBuilder, Catalog},
};
use tokio::runtime::{Builder, Handle};

/// Fails unless everything that the test's program is made of fits together: what `start` checks, as a test of one line.
///
/// What handlers need is given to the builder, as in `main`; the value may be a fake, as nothing runs.
///
/// ```standalone_crate
/// # use cqrs::{Handler, Query, QueryHandler, HandlerContext, HandlerError};
/// # #[derive(Clone)] struct Rates;
/// # #[derive(Query, serde::Deserialize)] #[query(handler = Exchange, output = u32)] struct GetRate {}
/// # #[derive(Handler)] struct Exchange { rates: Rates }
/// # impl QueryHandler<GetRate> for Exchange {
/// #     async fn handle(&self, _: GetRate, _: &HandlerContext) -> Result<u32, HandlerError> {
/// #         let _ = &self.rates;
/// #         Ok(1)
/// #     }
/// # }
/// // In a test of its own, beside the program.
/// cqrs_testing::assert_wired!(|builder| builder.provide(Rates));
/// ```
///
/// Without anything to provide it is `assert_wired!()`. What is registered is what is linked: a test in `tests/` names the
/// program's crate, by `use my_program as _;` if by nothing else.
#[macro_export]
macro_rules! assert_wired {
    () => {
        $crate::wired::assert_wired(|builder| builder)
    };
    ($configure:expr $(,)?) => {
        $crate::wired::assert_wired($configure)
    };
}

/// What `assert_wired!` is.
#[track_caller]
pub fn assert_wired(configure: impl FnOnce(AppBuilder) -> AppBuilder) {
    let catalog = match check(configure(App::builder(Memory::new()))) {
        Ok(catalog) => catalog,
        Err(error) => panic!("{error}"),
    };
    assert!(
        !catalog.entries().is_empty(),
        "nothing is registered, so nothing was checked\n  {UNLINKED}"
    );
}

/// What to do where nothing is registered.
pub(crate) const UNLINKED: &str = "if the program is another crate, it may not be linked into this test: add `use that_crate as _;`";

/// Checks a builder, inside of a runtime or not.
pub(crate) fn check(builder: AppBuilder) -> Result<Catalog, String> {
    let checked = if Handle::try_current().is_ok() {
        builder.check()
    } else {
        let runtime = Builder::new_current_thread()
            .build()
            .map_err(|error| format!("there is no runtime to check in: {error}"))?;
        let _inside = runtime.enter();
        builder.check()
    };
    checked.map_err(|error| error.to_string())
}
