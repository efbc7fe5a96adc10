//! One value of each type.

use std::{
    any::{Any, TypeId, type_name},
    fmt,
    hash::{Hash, Hasher},
    mem,
};

/// Values by their type: handlers, runtimes of aggregates, slots of messages.
///
/// Every message looks here, and nothing is put in once an app runs. So it is a table that stays three quarters empty, in
/// which the first place looked at is nearly always the right one.
#[derive(Default)]
pub(crate) struct Services {
    /// None or a power of two.
    places: Vec<Option<Entry>>,
    count: usize,
}

struct Entry {
    value: Box<dyn Any + Send + Sync>,
    type_name: &'static str,
}

impl Services {
    /// The value of this type.
    #[inline]
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let mut place = first_place(TypeId::of::<T>());
        loop {
            // There are none in an empty table.
            let mask = self.places.len().wrapping_sub(1);
            let entry = self.places.get(place & mask)?.as_ref()?;
            if let Some(value) = entry.value.downcast_ref() {
                return Some(value);
            }
            place = place.wrapping_add(1);
        }
    }

    /// Puts in a value, and gives back the one that was there.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> Option<Box<T>> {
        if self.places.len() < (self.count + 1) * 4 {
            self.grow();
        }
        let before = self.put(Entry {
            value: Box::new(value),
            type_name: type_name::<T>(),
        });
        self.count += usize::from(before.is_none());
        before?.value.downcast().ok()
    }

    fn grow(&mut self) {
        let larger = (self.places.len() * 2).max(16);
        let entries = mem::replace(&mut self.places, (0..larger).map(|_| None).collect());
        for entry in entries.into_iter().flatten() {
            self.put(entry);
        }
    }

    /// Puts an entry where it is looked for. There is room.
    fn put(&mut self, entry: Entry) -> Option<Entry> {
        let mask = self.places.len() - 1;
        let of = entry.of();
        let mut place = first_place(of) & mask;
        while self.places[place]
            .as_ref()
            .is_some_and(|other| other.of() != of)
        {
            place = (place + 1) & mask;
        }
        self.places[place].replace(entry)
    }
}

impl Entry {
    fn of(&self) -> TypeId {
        (*self.value).type_id()
    }
}

/// Where the search for a type begins, in a table of any size.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "any bits of a hash are good ones"
)]
fn first_place(of: TypeId) -> usize {
    let mut hasher = TypeIdHasher::default();
    of.hash(&mut hasher);
    hasher.finish() as usize
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self
            .places
            .iter()
            .flatten()
            .map(|entry| entry.type_name)
            .collect();
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
