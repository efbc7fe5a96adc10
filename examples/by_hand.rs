//! Users on bare buses: plain CQRS, without a derive, a store or event sourcing.
//!
//! Everything is registered by hand, and the read model is a map behind a lock. What an app adds to this is that
//! nothing is lost, nothing is wired by hand, and a view catches up by itself.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use cqrs::{
    AnsweredBy, Command, CommandBus, CommandHandler, EventBus, HandledBy, HandlerContext,
    HandlerError, Query, QueryBus, QueryHandler,
};

// Messages: a name, what they answer, and why they are rejected.

struct CreateUser {
    user_id: String,
    username: String,
    email: String,
}

impl Command for CreateUser {
    const NAME: &'static str = "CreateUser";
    type Output = ();
    type Error = HandlerError;
}

struct UpdateUser {
    user_id: String,
    username: String,
    email: String,
}

impl Command for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    type Output = ();
    type Error = HandlerError;
}

struct GetUser {
    user_id: String,
}

impl Query for GetUser {
    const NAME: &'static str = "GetUser";
    type Output = Option<User>;
    type Error = HandlerError;
}

struct GetUsers {
    limit: usize,
    offset: usize,
}

impl Query for GetUsers {
    const NAME: &'static str = "GetUsers";
    type Output = Vec<User>;
    type Error = HandlerError;
}

struct UserCreated {
    user_id: String,
    username: String,
    email: String,
}

struct UserUpdated {
    user_id: String,
    username: String,
    email: String,
}

// The write side: one service for both commands.

#[derive(Clone, Debug)]
#[expect(dead_code, reason = "only printed")]
struct User {
    user_id: String,
    username: String,
    email: String,
    version: u64,
}

#[derive(Clone, Default)]
struct Users(Arc<Mutex<BTreeMap<String, User>>>);

impl Users {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<String, User>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct UserCommands {
    users: Users,
    events: EventBus,
}

// The derives write lines like this one: which handler a message goes to.
impl HandledBy<UserCommands> for CreateUser {}
impl HandledBy<UserCommands> for UpdateUser {}

impl CommandHandler<CreateUser> for UserCommands {
    async fn handle(&self, command: CreateUser, _: &HandlerContext) -> Result<(), HandlerError> {
        let CreateUser {
            user_id,
            username,
            email,
        } = command;
        let user = User {
            user_id: user_id.clone(),
            username: username.clone(),
            email: email.clone(),
            version: 1,
        };
        let created = self.users.with(|users| {
            let free = !users.contains_key(&user_id);
            if free {
                users.insert(user_id.clone(), user);
            }
            free
        });
        if !created {
            return Err("the user already exists".into());
        }
        let event = UserCreated {
            user_id,
            username,
            email,
        };
        Ok(self.events.publish(event).await?)
    }
}

impl CommandHandler<UpdateUser> for UserCommands {
    async fn handle(&self, command: UpdateUser, _: &HandlerContext) -> Result<(), HandlerError> {
        let UpdateUser {
            user_id,
            username,
            email,
        } = command;
        let updated = self.users.with(|users| {
            let user = users.get_mut(&user_id)?;
            user.username.clone_from(&username);
            user.email.clone_from(&email);
            user.version += 1;
            Some(())
        });
        updated.ok_or("the user was not found")?;
        let event = UserUpdated {
            user_id,
            username,
            email,
        };
        Ok(self.events.publish(event).await?)
    }
}

// The read side: a projection feeds a read model, and queries read it.

fn projection(model: &Users) -> EventBus {
    let (created, updated) = (model.clone(), model.clone());
    EventBus::new()
        .on("read model", move |event: Arc<UserCreated>| {
            let model = created.clone();
            async move {
                let user = User {
                    user_id: event.user_id.clone(),
                    username: event.username.clone(),
                    email: event.email.clone(),
                    version: 1,
                };
                model.with(|users| users.insert(event.user_id.clone(), user));
                Ok(())
            }
        })
        .on("read model", move |event: Arc<UserUpdated>| {
            let model = updated.clone();
            async move {
                let known = model.with(|users| {
                    let user = users.get_mut(&event.user_id)?;
                    user.username.clone_from(&event.username);
                    user.email.clone_from(&event.email);
                    user.version += 1;
                    Some(())
                });
                Ok(known.ok_or("the user is not in the read model")?)
            }
        })
        // An error of one is told to the publisher, and keeps no other from running.
        .on("audit", async |event: Arc<UserUpdated>| {
            println!("audit: {} was updated", event.user_id);
            Ok(())
        })
}

struct UserQueries {
    users: Users,
}

impl AnsweredBy<UserQueries> for GetUser {}
impl AnsweredBy<UserQueries> for GetUsers {}

impl QueryHandler<GetUser> for UserQueries {
    async fn handle(
        &self,
        query: GetUser,
        _: &HandlerContext,
    ) -> Result<Option<User>, HandlerError> {
        Ok(self.users.with(|users| users.get(&query.user_id).cloned()))
    }
}

impl QueryHandler<GetUsers> for UserQueries {
    async fn handle(&self, query: GetUsers, _: &HandlerContext) -> Result<Vec<User>, HandlerError> {
        let page = |users: &mut BTreeMap<String, User>| {
            let users = users.values().skip(query.offset).take(query.limit);
            users.cloned().collect()
        };
        Ok(self.users.with(page))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let model = Users::default();
    let commands = Arc::new(UserCommands {
        users: Users::default(),
        events: projection(&model),
    });
    let queries = Arc::new(UserQueries { users: model });

    let commands = CommandBus::new()
        .handle::<CreateUser, _>(Arc::clone(&commands))
        .handle::<UpdateUser, _>(commands);
    let queries = QueryBus::new()
        .handle::<GetUser, _>(Arc::clone(&queries))
        .handle::<GetUsers, _>(queries);

    let create = CreateUser {
        user_id: "user1".into(),
        username: "john_doe".into(),
        email: "john@example.com".into(),
    };
    if let Err(error) = commands.dispatch(create).await {
        println!("Error creating user: {error}");
    }

    let update = UpdateUser {
        user_id: "user1".into(),
        username: "john_doe_updated".into(),
        email: "john.updated@example.com".into(),
    };
    if let Err(error) = commands.dispatch(update).await {
        println!("Error updating user: {error}");
    }

    let user_id = "user1".into();
    println!("User: {:#?}", queries.ask(GetUser { user_id }).await?);
    let page = GetUsers {
        limit: 10,
        offset: 0,
    };
    println!("Users: {:#?}", queries.ask(page).await?);
    Ok(())
}
