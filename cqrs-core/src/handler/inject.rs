//! What handlers are given when the app starts.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
    panic::Location,
    sync::Arc,
};

use crate::projection::Progress;

/// Gives the fields of a handler their values, and notes those for which there is none.
#[derive(Debug)]
pub struct Injector<'a> {
    provided: &'a Provided,
    missing: Vec<Need>,
    reads: Vec<Arc<Progress>>,
}

/// What can be injected, by type.
#[derive(Debug, Default)]
pub(crate) struct Provided {
    values: HashMap<TypeId, Value>,
}

struct Value {
    boxed: Box<dyn Any + Send + Sync>,
    type_name: &'static str,
    place: Option<&'static Location<'static>>,
    reads: Option<Arc<Progress>>,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name)
    }
}

/// A field for which nothing was provided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The field.
    pub field: &'static str,
    /// Its type.
    pub type_name: &'static str,
    /// Where it is declared.
    pub place: &'static Location<'static>,
}

/// A type for which two values were provided, and where.
#[derive(Debug)]
pub(crate) struct ProvidedTwice {
    pub(crate) type_name: &'static str,
    pub(crate) places: [Option<&'static Location<'static>>; 2],
}

impl Provided {
    /// Provides a value that a program gave.
    pub(crate) fn value<T: Clone + Send + Sync + 'static>(
        &mut self,
        value: T,
        place: &'static Location<'static>,
    ) -> Result<(), ProvidedTwice> {
        self.insert(value, Some(place), None)
    }

    /// Provides a value of the framework's; one that reads a view waits for it when a query is asked.
    pub(crate) fn own<T: Clone + Send + Sync + 'static>(
        &mut self,
        value: T,
        reads: Option<Arc<Progress>>,
    ) -> Result<(), ProvidedTwice> {
        self.insert(value, None, reads)
    }

    fn insert<T: Clone + Send + Sync + 'static>(
        &mut self,
        value: T,
        place: Option<&'static Location<'static>>,
        reads: Option<Arc<Progress>>,
    ) -> Result<(), ProvidedTwice> {
        let type_name = type_name::<T>();
        let entry = Value {
            boxed: Box::new(value),
            type_name,
            place,
            reads,
        };
        match self.values.insert(TypeId::of::<T>(), entry) {
            None => Ok(()),
            Some(first) => Err(ProvidedTwice {
                type_name,
                places: [first.place, place],
            }),
        }
    }
}

impl<'a> Injector<'a> {
    pub(crate) const fn new(provided: &'a Provided) -> Self {
        Self {
            provided,
            missing: Vec::new(),
            reads: Vec::new(),
        }
    }

    /// The value for a field, if one was provided; otherwise the need is noted, at the caller's place.
    #[track_caller]
    pub fn field<T: Clone + 'static>(&mut self, field: &'static str) -> Option<T> {
        let value = self.provided_value();
        if value.is_none() {
            let place = Location::caller();
            self.missing.push(Need {
                field,
                type_name: type_name::<T>(),
                place,
            });
        }
        value
    }

    /// The value for a field, or the type's default when none was provided.
    pub fn field_or_default<T: Clone + Default + 'static>(&mut self) -> T {
        self.provided_value().unwrap_or_default()
    }

    fn provided_value<T: Clone + 'static>(&mut self) -> Option<T> {
        let entry = self.provided.values.get(&TypeId::of::<T>())?;
        self.reads.extend(entry.reads.clone());
        entry.boxed.downcast_ref::<T>().cloned()
    }

    /// What was asked for in vain.
    pub(crate) fn finish(self) -> Injected {
        Injected {
            missing: self.missing,
            reads: self.reads,
        }
    }
}

/// What came of injecting one handler.
pub(crate) struct Injected {
    pub(crate) missing: Vec<Need>,
    /// The views it reads.
    pub(crate) reads: Vec<Arc<Progress>>,
}
