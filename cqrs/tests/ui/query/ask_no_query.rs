struct Ask;

async fn ask(app: cqrs::App) {
    let _ = app.ask(Ask).await;
}

fn main() {}
