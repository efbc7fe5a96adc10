struct Open;

async fn send(app: cqrs::App) {
    let _ = app.dispatch(Open).await;
}

fn main() {}
