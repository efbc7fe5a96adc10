use cqrs::Command;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(create)]
pub struct Open {
    #[id]
    id: String,
}

mod accounts {
    use cqrs::{Aggregate, Apply, Context, Decide, Event, HandlerError};
    use serde::{Deserialize, Serialize};

    #[derive(Event, Serialize, Deserialize)]
    struct AccountOpened {}

    #[derive(Aggregate, Default)]
    #[aggregate(events(AccountOpened), commands(super::Open))]
    struct Account;

    impl Apply<AccountOpened> for Account {
        fn apply(&mut self, _: &AccountOpened) {}
    }

    impl Decide<super::Open> for Account {
        fn decide(&self, _: &super::Open, _: &mut Context<'_, Self>) -> Result<(), HandlerError> {
            Ok(())
        }
    }
}

mod doors {
    use cqrs::{Aggregate, Apply, Context, Decide, Event, HandlerError};
    use serde::{Deserialize, Serialize};

    #[derive(Event, Serialize, Deserialize)]
    struct DoorOpened {}

    #[derive(Aggregate, Default)]
    #[aggregate(events(DoorOpened), commands(super::Open))]
    struct Door;

    impl Apply<DoorOpened> for Door {
        fn apply(&mut self, _: &DoorOpened) {}
    }

    impl Decide<super::Open> for Door {
        fn decide(&self, _: &super::Open, _: &mut Context<'_, Self>) -> Result<(), HandlerError> {
            Ok(())
        }
    }
}

fn main() {}
