//! Those who send commands, and remember what they were told.

use std::{fmt::Debug, sync::Arc, time::Duration};

use cqrs::{Command, CommandId, CommandResult, DispatchError, Store};
use tokio::time::sleep;

use crate::{
    bank::{Deposit, GetAccount, Withdraw},
    nodes::{Node, World},
    random::Random,
};

/// What a client knows of a command that it has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It happened.
    Acknowledged,
    /// It did not happen.
    NotDone,
    /// It may have happened.
    Unknown,
}

pub(crate) type Told = Vec<(CommandId, Fate)>;

/// Sends commands to any node until the end, one after another.
pub(crate) async fn send<S: Store + Clone>(
    world: Arc<World<S>>,
    number: u64,
    nodes: u8,
    end: Duration,
) -> Told {
    let mut random = Random::of(world.seed, 100 + number);
    let mut told = Vec::new();
    loop {
        sleep(random.up_to_millis(1_500)).await;
        if world.clock.elapsed() >= end {
            return told;
        }
        let id = CommandId::from_key(&format!("{number}-{}", told.len()));
        let account = u8::try_from(random.below(6)).unwrap_or_default();
        let amount = u32::try_from(random.below(100)).unwrap_or_default();
        let fate = match random.below(4) {
            0 => {
                insist(
                    &world,
                    &mut random,
                    nodes,
                    id,
                    &Withdraw { account, amount },
                )
                .await
            }
            _ => insist(&world, &mut random, nodes, id, &Deposit { account, amount }).await,
        };
        told.push((id, fate));
        if random.once_in(4) {
            look(&world, &mut random, nodes, account).await;
        }
    }
}

/// Sends a command again, perhaps to another node, until it is known what became of it, or patience is out.
async fn insist<S: Store + Clone, C>(
    world: &World<S>,
    random: &mut Random,
    nodes: u8,
    id: CommandId,
    command: &C,
) -> Fate
where
    C: Command + Clone + Debug,
    C::Error: Debug,
{
    let mut fate = Fate::NotDone;
    for _ in 0..=random.below(6) {
        let number = random.small(nodes);
        let Some(node) = world.node(number) else {
            sleep(Duration::from_millis(200)).await;
            continue;
        };
        let sent = dispatch(&node, id, command.clone());
        let answer = world.in_time("a command", sent).await.flatten();
        world.trace.say(format_args!(
            "{id} {command:?} on {number}: {}",
            short(answer.as_ref())
        ));
        match answer {
            Some(Ok(_) | Err(DispatchError::AlreadyHandled { .. })) => return Fate::Acknowledged,
            // Whoever was rejected has not happened before either: that is looked up first.
            Some(Err(DispatchError::Rejected(_) | DispatchError::NotFound { .. })) => {
                return Fate::NotDone;
            }
            None | Some(Err(DispatchError::Unknown { .. })) => fate = Fate::Unknown,
            // This time it did not happen.
            Some(Err(
                DispatchError::Store(_)
                | DispatchError::Conflict { .. }
                | DispatchError::Overloaded
                | DispatchError::ShuttingDown,
            )) => {}
            Some(Err(other)) => {
                world.trace.find(format_args!("{id} was told {other:?}"));
                return Fate::Unknown;
            }
        }
        sleep(random.up_to_millis(300)).await;
    }
    fate
}

/// `None` when the node crashed meanwhile.
async fn dispatch<C: Command>(node: &Node, id: CommandId, command: C) -> Option<CommandResult<C>> {
    tokio::select! {
        biased;
        () = node.gone() => None,
        answer = node.app.with_id(id).dispatch(command) => Some(answer),
    }
}

const fn short<T, E>(answer: Option<&Result<T, DispatchError<E>>>) -> &'static str {
    match answer {
        None => "gone",
        Some(Ok(_)) => "done",
        Some(Err(DispatchError::AlreadyHandled { .. })) => "done before",
        Some(Err(DispatchError::Rejected(_))) => "rejected",
        Some(Err(DispatchError::NotFound { .. })) => "not there",
        Some(Err(DispatchError::Unknown { .. })) => "unknown",
        Some(Err(DispatchError::Store(_))) => "failed",
        Some(Err(_)) => "refused",
    }
}

/// Asks, and writes down what was answered.
async fn look<S: Store + Clone>(world: &World<S>, random: &mut Random, nodes: u8, account: u8) {
    let Some(node) = world.node(random.small(nodes)) else {
        return;
    };
    let asked = async {
        tokio::select! {
            biased;
            () = node.gone() => None,
            // It may be told that the view is too far behind.
            answer = node.app.ask(GetAccount { account }) => answer.ok(),
        }
    };
    let answer = world.in_time("a query", asked).await.flatten();
    world
        .trace
        .say(format_args!("account {account}: {answer:?}"));
}
