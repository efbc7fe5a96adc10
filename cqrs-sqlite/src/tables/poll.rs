//! Running what is written as async where nothing can be waited for.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

/// The outcome of a future that does not wait; `None` if it does.
pub(crate) fn once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::once;

    #[test]
    fn what_waits_has_no_outcome() {
        assert_eq!(once(async { 7 }), Some(7));
        assert_eq!(once(std::future::pending::<()>()), None);
    }
}
