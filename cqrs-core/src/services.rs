//! One value of each type.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
};

/// Values by their type: handlers, runtimes of aggregates, slots of messages.
#[derive(Default)]
pub(crate) struct Services {
    values: HashMap<TypeId, Entry, BuildHasherDefault<TypeIdHasher>>,
}

struct Entry {
    value: Box<dyn Any + Send + Sync>,
    type_name: &'static str,
}

impl Services {
    /// The value of this type.
    #[inline]
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.values.get(&TypeId::of::<T>())?.value.downcast_ref()
    }

    /// Puts in a value, and gives back the one that was there.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> Option<Box<T>> {
        let entry = Entry {
            value: Box::new(value),
            type_name: type_name::<T>(),
        };
        self.values
            .insert(TypeId::of::<T>(), entry)?
            .value
            .downcast()
            .ok()
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.values.values().map(|entry| entry.type_name).collect();
        names.sort_unstable();
        f.debug_list().entries(names).finish()
    }
}

/// A type's id is a hash already.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
