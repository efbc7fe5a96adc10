//! What sending returns.

/// The future `F` itself, for a message that is answered with a `T`.
///
/// What is no message has no `T`, so that the compiler says this once, at the message. Of the future of an `async fn` it
/// would say it again wherever the future is used, at `.await` twice.
pub type Answering<T, F> = <T as Answer>::In<F>;

/// Every type, as an answer.
#[doc(hidden)]
pub trait Answer {
    /// `F`. The compiler looks at the answer before it looks at `F`, and goes no further when there is none.
    type In<F>;
}

impl<T> Answer for T {
    type In<F> = F;
}
