//! What a program stores, as far as its types say.

use std::collections::{BTreeMap, BTreeSet};

use cqrs_core::app::{Catalog, MessageKind};
use serde::{Deserialize, Serialize};

/// What a program stores: events by name, and the names of what else is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shapes {
    pub(super) events: BTreeMap<String, EventShape>,
    #[serde(default)]
    pub(super) aggregates: BTreeSet<String>,
    #[serde(default)]
    pub(super) views: BTreeSet<String>,
    // Left out where there are none, so that older files stay as they are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) projections: BTreeSet<String>,
    #[serde(default)]
    pub(super) handlers: BTreeSet<String>,
}

/// The stored shape of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventShape {
    pub(super) version: u32,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) formerly: BTreeSet<String>,
    /// Names and types, as the source has them.
    pub(super) fields: BTreeMap<String, String>,
    /// Where it is declared: for messages.
    #[serde(skip)]
    pub(super) place: String,
}

impl Shapes {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut shapes = Self::default();
        for entry in catalog.entries() {
            let name = entry.name.to_owned();
            match entry.kind {
                MessageKind::Event => {
                    let fields = entry.fields.iter();
                    let shape = EventShape {
                        version: entry.version.unwrap_or(1),
                        formerly: entry.formerly.iter().copied().map(str::to_owned).collect(),
                        fields: fields
                            .map(|field| (field.name.to_owned(), plain(field.type_name)))
                            .collect(),
                        place: entry.place.to_string(),
                    };
                    shapes.events.insert(name, shape);
                }
                MessageKind::Aggregate => drop(shapes.aggregates.insert(name)),
                MessageKind::View => drop(shapes.views.insert(name)),
                MessageKind::Projection => drop(shapes.projections.insert(name)),
                // A handler of messages has no place in the log that its name is needed for.
                MessageKind::Handler if !entry.events.is_empty() => {
                    shapes.handlers.insert(name);
                }
                _ => {}
            }
        }
        shapes
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(super) fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names and texts are JSON");
        text.push('\n');
        text
    }
}

/// The text of a type without the blanks that `rustfmt` or a macro may have put in.
fn plain(type_name: &str) -> String {
    type_name
        .split_whitespace()
        .collect::<String>()
        .replace(',', ", ")
}
