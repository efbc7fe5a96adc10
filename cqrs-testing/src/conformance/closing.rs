//! The end of a store's use.

use cqrs_core::AppendError;

use super::{
    pipeline::submit,
    subject::{Subject, add, broken, event, exactly, refused_with, same, stream, to},
};

async fn close(s: &Subject) {
    if let Err(error) = s.close().await {
        broken("a store can be closed", &error);
    }
}

pub(super) async fn what_is_submitted_after_closing_fails(s: Subject) {
    s.record(&stream("a"), &["Opened"]).await;
    close(&s).await;

    refused_with!(
        s.refused(add(&stream("a"), event("Paid")), "it is closed")
            .await,
        AppendError::Store(_),
        "what is submitted after closing did not happen"
    );
}

pub(super) async fn closing_twice_does_nothing(s: Subject) {
    close(&s).await;
    close(&s).await;
}

pub(super) async fn closing_finishes_what_was_submitted(s: Subject) {
    let mut answers = Vec::new();
    for revision in 0..50 {
        let append = to(&stream("a"), exactly(revision), [event("Paid")]);
        answers.push(submit(&s, append));
    }
    close(&s).await;

    for (revision, answer) in answers.into_iter().enumerate() {
        match answer.await {
            Ok(appended) => same(
                appended.revisions[0].get(),
                revision as u64 + 1,
                "in the order submitted",
            ),
            Err(error) => broken("closing finishes what was submitted before", &error),
        }
    }
}

pub(super) async fn the_identity_does_not_change(s: Subject) {
    let before = s.identity();
    s.record(&stream("a"), &["Opened"]).await;

    same(s.identity(), before, "the identity is that of the store");
}
