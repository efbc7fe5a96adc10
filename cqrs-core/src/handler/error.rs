//! What a handler fails with.

use std::{error::Error, fmt};

use crate::{
    AppendError, AppendEventsError, AskError, DispatchError, ReadError, ReadViewError, StoreError,
};

/// What a handler fails with, unless it says otherwise. `?` turns every error and text into one.
///
/// For a handler of events it tells whether to try again:
///
/// ```
/// use cqrs_core::HandlerError;
///
/// fn send(address: &str) -> Result<(), HandlerError> {
///     if !address.contains('@') {
///         return Err(HandlerError::permanent("no address"));
///     }
///     std::fs::read_to_string("/no/such/template")?;
///     Ok(())
/// }
/// # assert!(send("x").is_err() && send("x@y").is_err());
/// ```
// It does not implement `Error`, as the blanket `From` would then overlap with the one of every type into itself.
pub struct HandlerError {
    severity: Severity,
    source: Box<dyn Error + Send + Sync>,
}

/// What trying again would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Nobody can tell: a handler of events tries several times, then parks the event.
    Unclear,
    /// It will work when the surroundings do: tried again for ever.
    Transient,
    /// It will never work: the event is parked at once.
    Permanent,
}

impl HandlerError {
    /// It will work when the surroundings do: a handler of events tries again for ever.
    #[must_use]
    pub fn transient(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            severity: Severity::Transient,
            source: error.into(),
        }
    }

    /// It will never work: the event is parked at once.
    #[must_use]
    pub fn permanent(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            severity: Severity::Permanent,
            source: error.into(),
        }
    }

    /// What trying again would bring.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The error itself.
    #[must_use]
    pub fn get(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.source
    }

    /// The error itself, if it is a `T`.
    #[must_use]
    pub fn downcast_ref<T: Error + 'static>(&self) -> Option<&T> {
        self.source.downcast_ref()
    }

    /// The error itself, to keep.
    #[must_use]
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.source
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let source = error.into();
        let severity = severity_of(&*source);
        Self { severity, source }
    }
}

/// What the framework's own errors, and those of the operating system, say of trying again: the error's own, or one that
/// caused it.
fn severity_of(error: &(dyn Error + 'static)) -> Severity {
    // What another handler has said is said.
    if let Some(DispatchError::Rejected(error)) = error.downcast_ref() {
        let error: &HandlerError = error;
        return error.severity;
    }
    if let Some(AskError::Rejected(error)) = error.downcast_ref() {
        let error: &HandlerError = error;
        return error.severity;
    }
    let mut next = Some(error);
    while let Some(error) = next {
        if is_transient(error) {
            return Severity::Transient;
        }
        next = error.source();
    }
    Severity::Unclear
}

fn is_transient(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind as Io;

    if error.is::<Passing>() {
        return true;
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return error.is_transient();
    }
    // Those that show another error as their own have no source that says it.
    if let Some(error) = error.downcast_ref::<ReadError>() {
        return error.is_transient();
    }
    if let Some(error) = error.downcast_ref::<ReadViewError>() {
        return error.is_transient();
    }
    if let Some(AppendEventsError::Append(AppendError::Overloaded { .. })) = error.downcast_ref() {
        return true;
    }
    matches!(
        error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind),
        Some(
            Io::ConnectionRefused
                | Io::ConnectionReset
                | Io::ConnectionAborted
                | Io::NotConnected
                | Io::TimedOut
                | Io::Interrupted
                | Io::BrokenPipe
                | Io::HostUnreachable
                | Io::NetworkUnreachable
                | Io::NetworkDown
        )
    )
}

/// The cause of an error that passes by itself, where there is no other.
///
/// Errors of messages are generic, so that nobody can ask for them by type; their causes can be asked for.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it may work when it is sent again")]
pub(crate) struct Passing;

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)?;
        // The type is no `Error`, so nobody could ask for the sources.
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerError")
            .field("severity", &self.severity)
            .field("source", &self.source)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::error::StoreErrorKind;

    #[derive(Debug, thiserror::Error)]
    #[error("the mail was not sent")]
    struct NotSent(#[source] DispatchError<String>);

    #[test]
    fn severity_is_that_of_the_error_or_of_what_caused_it() {
        let away = || StoreError::new(StoreErrorKind::Unavailable, "it is away");
        let corrupt = StoreError::new(StoreErrorKind::Corrupt, "it is broken");
        let nested = |error: HandlerError| DispatchError::Rejected(error);
        for (severity, expected) in [
            (HandlerError::from("text").severity, Severity::Unclear),
            (HandlerError::from(away()).severity, Severity::Transient),
            (HandlerError::from(corrupt).severity, Severity::Unclear),
            (
                HandlerError::from(DispatchError::<String>::Store(away())).severity,
                Severity::Transient,
            ),
            (
                HandlerError::from(DispatchError::<String>::Overloaded).severity,
                Severity::Transient,
            ),
            (
                HandlerError::from(DispatchError::Rejected("no".to_owned())).severity,
                Severity::Unclear,
            ),
            (
                HandlerError::from(NotSent(DispatchError::TimedOut)).severity,
                Severity::Transient,
            ),
            (
                HandlerError::from(nested(HandlerError::permanent("no"))).severity,
                Severity::Permanent,
            ),
            (
                HandlerError::from(nested(HandlerError::transient("wait"))).severity,
                Severity::Transient,
            ),
            (
                HandlerError::from(AskError::<String>::View(ReadViewError::Store(away()))).severity,
                Severity::Transient,
            ),
        ] {
            assert_eq!(severity, expected);
        }
    }
}
