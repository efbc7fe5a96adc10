//! What can be wrong with a store: mistakes that stores in the field have made.

mod appends;
mod pages;

pub(crate) use self::{
    appends::{
        AcknowledgedBefore, ForgetsIds, JudgedBeforeTheBatch, PartlyStored, RetriedAsNew,
        SplitCommit,
    },
    pages::{
        Delivered, HeadTooNew, LateVisible, LooksFirst, OffByOne, Phantom, RevisionsTurned, Turned,
        WrongIndex,
    },
};
