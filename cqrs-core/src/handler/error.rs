//! What a handler fails with.

use std::{error::Error, fmt};

use crate::{DispatchError, StoreError};

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

/// What the framework's own errors, and those of the operating system, say of trying again.
fn severity_of(error: &(dyn Error + 'static)) -> Severity {
    use std::io::ErrorKind as Io;

    if let Some(error) = error.downcast_ref::<StoreError>() {
        return if error.is_transient() {
            Severity::Transient
        } else {
            Severity::Unclear
        };
    }
    if let Some(error) = error.downcast_ref::<DispatchError<HandlerError>>() {
        return if error.is_transient() {
            Severity::Transient
        } else {
            Severity::Unclear
        };
    }
    match error
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
    {
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
            | Io::NetworkDown,
        ) => Severity::Transient,
        _ => Severity::Unclear,
    }
}

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
