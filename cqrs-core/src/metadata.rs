//! What travels with a message.

use crate::{CausationId, CommandId, CorrelationId, Name};

/// What travels with a command or query beside its payload, and is stored with the events that follow from it.
///
/// Correlation and causation are filled in by the framework where they are not given.
///
/// ```
/// use cqrs_core::Metadata;
///
/// let metadata = Metadata::new().actor("jane").tenant("acme");
/// assert_eq!(metadata.actor_name(), Some("jane"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub(crate) command_id: Option<CommandId>,
    pub(crate) correlation_id: Option<CorrelationId>,
    pub(crate) causation_id: Option<CausationId>,
    pub(crate) actor: Option<Name>,
    pub(crate) tenant: Option<Name>,
}

impl Metadata {
    /// Nothing given.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            command_id: None,
            correlation_id: None,
            causation_id: None,
            actor: None,
            tenant: None,
        }
    }

    /// Identifies the dispatch: see [`CommandId`].
    #[must_use]
    pub fn command(mut self, id: impl Into<CommandId>) -> Self {
        self.command_id = Some(id.into());
        self
    }

    /// The flow that this message belongs to.
    #[must_use]
    pub fn correlation(mut self, id: impl Into<CorrelationId>) -> Self {
        self.correlation_id = Some(id.into());
        self
    }

    /// The message that this one was sent for.
    #[must_use]
    pub fn causation(mut self, id: impl Into<CausationId>) -> Self {
        self.causation_id = Some(id.into());
        self
    }

    /// Who acts.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<Name>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// For whom: a label, which isolates nothing.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Name>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// The id of the dispatch, when it was given or has been drawn.
    #[must_use]
    pub const fn command_id(&self) -> Option<CommandId> {
        self.command_id
    }

    /// The flow.
    #[must_use]
    pub const fn correlation_id(&self) -> Option<CorrelationId> {
        self.correlation_id
    }

    /// The direct cause.
    #[must_use]
    pub const fn causation_id(&self) -> Option<CausationId> {
        self.causation_id
    }

    /// Who acts.
    #[must_use]
    pub fn actor_name(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// For whom.
    #[must_use]
    pub fn tenant_name(&self) -> Option<&str> {
        self.tenant.as_deref()
    }
}
