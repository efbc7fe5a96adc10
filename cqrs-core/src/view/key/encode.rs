//! A serde format whose order of bytes is the order of values.
//!
//! Whole numbers are big-endian with the sign bit turned, text and bytes are escaped (0 as 0 255) and end with 0 0, so
//! that a shorter one comes first; `Option` and sequences put a byte before each part; structs and tuples are their
//! fields one after another, enums the number of the variant and then its fields. The way is that of `FoundationDB`'s
//! tuple layer.

use serde::{Serialize, Serializer, ser};

use super::KeyError;

/// The bytes of a value, ordered as the values are.
///
/// # Errors
///
/// When the value has a float or a map in it, or does not let itself be serialized.
pub fn ordered_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, KeyError> {
    let mut bytes = Ordered(Vec::new());
    value.serialize(&mut bytes)?;
    Ok(bytes.0)
}

struct Ordered(Vec<u8>);

impl Ordered {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "every method of a serializer is fallible"
    )]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) -> Result<(), KeyError> {
        self.0.extend(bytes);
        Ok(())
    }

    fn put_escaped(&mut self, bytes: &[u8]) -> Result<(), KeyError> {
        for &byte in bytes {
            self.0.push(byte);
            if byte == 0 {
                self.0.push(0xff);
            }
        }
        self.put([0, 0])
    }
}

fn refuse<T>(what: &str) -> Result<T, KeyError> {
    Err(ser::Error::custom(format_args!(
        "{what} has no place in an order of keys"
    )))
}

macro_rules! unsigned {
    ($($method:ident: $type:ty),+) => { $(
        fn $method(self, value: $type) -> Result<(), KeyError> {
            self.put(value.to_be_bytes())
        }
    )+ };
}

macro_rules! signed {
    ($($method:ident: $type:ty),+) => { $(
        fn $method(self, value: $type) -> Result<(), KeyError> {
            self.put((value ^ <$type>::MIN).to_be_bytes())
        }
    )+ };
}

impl Serializer for &mut Ordered {
    type Ok = ();
    type Error = KeyError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = ser::Impossible<(), KeyError>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    unsigned!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128);
    signed!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128);

    // Binary forms are shorter, and those of ids and dates are ordered as their values.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), KeyError> {
        self.put([u8::from(value)])
    }

    fn serialize_char(self, value: char) -> Result<(), KeyError> {
        self.put(u32::from(value).to_be_bytes())
    }

    fn serialize_f32(self, _: f32) -> Result<(), KeyError> {
        refuse("a float")
    }

    fn serialize_f64(self, _: f64) -> Result<(), KeyError> {
        refuse("a float")
    }

    fn serialize_str(self, value: &str) -> Result<(), KeyError> {
        self.put_escaped(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), KeyError> {
        self.put_escaped(value)
    }

    fn serialize_none(self) -> Result<(), KeyError> {
        self.put([0])
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), KeyError> {
        self.put([1])?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), KeyError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), KeyError> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), KeyError> {
        self.put(index.to_be_bytes())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), KeyError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), KeyError> {
        self.put(index.to_be_bytes())?;
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, KeyError> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, KeyError> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, KeyError> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, KeyError> {
        self.put(index.to_be_bytes())?;
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, KeyError> {
        refuse("a map")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, KeyError> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, KeyError> {
        self.put(index.to_be_bytes())?;
        Ok(self)
    }
}

impl ser::SerializeSeq for &mut Ordered {
    type Ok = ();
    type Error = KeyError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), KeyError> {
        self.put([1])?;
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), KeyError> {
        self.put([0])
    }
}

macro_rules! fields {
    ($($trait:ident $method:ident ($($name:ty)?)),+) => { $(
        impl ser::$trait for &mut Ordered {
            type Ok = ();
            type Error = KeyError;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), KeyError> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), KeyError> {
                Ok(())
            }
        }
    )+ };
}

fields!(
    SerializeTuple serialize_element (),
    SerializeTupleStruct serialize_field (),
    SerializeTupleVariant serialize_field (),
    SerializeStruct serialize_field (&'static str),
    SerializeStructVariant serialize_field (&'static str)
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
    enum Place {
        Nowhere,
        City(String),
        Street { city: String, number: i32 },
    }

    fn place() -> impl Strategy<Value = Place> {
        prop_oneof![
            Just(Place::Nowhere),
            ".{0,3}".prop_map(Place::City),
            ("[a\0\u{1}]{0,3}", any::<i32>())
                .prop_map(|(city, number)| Place::Street { city, number }),
        ]
    }

    fn assert_same_order<T: Serialize + Ord>(a: &T, b: &T) {
        let bytes = |value| ordered_bytes(value).expect("a key");
        assert_eq!(bytes(a).cmp(&bytes(b)), a.cmp(b));
    }

    proptest! {
        #[test]
        fn numbers_are_ordered_as_numbers(a: i64, b: i64, c: u128, d: u128) {
            assert_same_order(&a, &b);
            assert_same_order(&c, &d);
        }

        #[test]
        fn texts_are_ordered_as_texts(a in "[a\0b\u{1}]{0,4}", b in "[a\0b\u{1}]{0,4}", c: u8, d: u8) {
            assert_same_order(&(&a, c), &(&b, d));
        }

        #[test]
        fn parts_are_ordered_one_after_another(
            a: (Option<u16>, bool, Vec<u8>, char),
            b: (Option<u16>, bool, Vec<u8>, char),
        ) {
            assert_same_order(&a, &b);
        }

        #[test]
        fn enums_are_ordered_by_their_variants(a in place(), b in place()) {
            assert_same_order(&a, &b);
        }
    }

    #[test]
    fn a_float_or_a_map_is_no_key() {
        assert!(ordered_bytes(&1.5).is_err());
        assert!(ordered_bytes(&std::collections::BTreeMap::from([(1, 2)])).is_err());
    }
}
