//! How a message is sent that comes as JSON.

use futures::future::{BoxFuture, FutureExt};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    AskError, Command, Committed, DispatchError, Query,
    call::{CommandCall, QueryCall},
    command::InvalidMessage,
};

pub(crate) type CommandJson =
    for<'a> fn(
        CommandCall<'a>,
        &'a [u8],
    ) -> BoxFuture<'a, Result<Committed<Box<RawValue>>, DispatchError<String>>>;

pub(crate) type QueryJson =
    for<'a> fn(QueryCall<'a>, &'a [u8]) -> BoxFuture<'a, Result<Box<RawValue>, AskError<String>>>;

pub(super) fn dispatch_json<'a, C>(
    call: CommandCall<'a>,
    json: &'a [u8],
) -> BoxFuture<'a, Result<Committed<Box<RawValue>>, DispatchError<String>>>
where
    C: Command<Output: Serialize> + DeserializeOwned,
{
    let json_error = |source| InvalidMessage::Json {
        name: C::NAME.to_owned(),
        source,
    };
    async move {
        let command: C = serde_json::from_slice(json)
            .map_err(|error| DispatchError::Invalid(json_error(error)))?;
        let committed = command
            .__route(call)
            .await
            .map_err(|error| error.map(|rejection| rejection.to_string()))?;
        let output = serde_json::value::to_raw_value(&committed.output)
            .map_err(|error| DispatchError::Invalid(json_error(error)))?;
        Ok(Committed {
            output,
            position: committed.position,
        })
    }
    .boxed()
}

pub(super) fn ask_json<'a, Q>(
    call: QueryCall<'a>,
    json: &'a [u8],
) -> BoxFuture<'a, Result<Box<RawValue>, AskError<String>>>
where
    Q: Query<Output: Serialize> + DeserializeOwned,
{
    let json_error = |source| {
        AskError::Invalid(InvalidMessage::Json {
            name: Q::NAME.to_owned(),
            source,
        })
    };
    async move {
        let query: Q = serde_json::from_slice(json).map_err(json_error)?;
        let answer = call
            .ask(query)
            .await
            .map_err(|error| error.map(|rejection| rejection.to_string()))?;
        serde_json::value::to_raw_value(&answer).map_err(json_error)
    }
    .boxed()
}
