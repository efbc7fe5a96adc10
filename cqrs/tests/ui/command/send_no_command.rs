struct Open;

// One error for each: no second one at `.await`, at `?`, or where the answer is used.
async fn send(
    app: &cqrs::App,
    bus: cqrs::CommandBus,
    dispatcher: cqrs::Dispatcher,
    cx: &cqrs::HandlerContext,
) -> Result<u64, cqrs::HandlerError> {
    let answer = app.with(cqrs::Metadata::new()).dispatch(Open).await?;
    let _ = bus.dispatch(Open).await;
    let _ = dispatcher.dispatch(Open).await;
    let _ = cx.dispatch(Open).await;
    Ok(answer.output.len())
}

fn main() {}
