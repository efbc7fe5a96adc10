//! What can be wrong with a store: mistakes that stores in the field have made.

mod appends;
mod checkpoints;
mod pages;

pub(crate) use self::{
    appends::{
        AcknowledgedBefore, CutOff, FailsItsNeighbour, ForgetsIds, JudgedBeforeTheBatch,
        PartlyStored, RetriedAsNew, SplitCommit,
    },
    checkpoints::{LooksBeforeItOverwrites, LooksOnlyAtThePosition, OverwritesCheckpoints},
    pages::{
        Delivered, HeadTooNew, LateVisible, LooksFirst, OffByOne, Phantom, RevisionsTurned, Turned,
        WrongIndex,
    },
};
