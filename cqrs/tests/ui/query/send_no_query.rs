struct Ask;

// One error for each: no second one at `.await`, at `?`, or where the answer is used.
async fn send(
    app: &cqrs::App,
    bus: cqrs::QueryBus,
    dispatcher: cqrs::Dispatcher,
    cx: &cqrs::HandlerContext,
) -> Result<u64, cqrs::HandlerError> {
    let answer = app.eventual().ask(Ask).await?;
    let _ = bus.ask(Ask).await;
    let _ = dispatcher.ask(Ask).await;
    let _ = cx.ask(Ask).await;
    Ok(answer.len())
}

fn main() {}
