//! JSON as serde_json writes it, byte for byte, in less time: every answer is written by this, and an answer is mostly short texts and the
//! names of fields. A text that needs no escapes, which is seen in one pass without a branch, is copied as a whole; what is rare is left to
//! serde_json.

#[cfg(test)]
mod tests;

use serde::ser::{self, Error as _, Serialize, Serializer};
use serde_json::{Error, Result};

/// The value, written behind what is there.
pub fn write<T: Serialize + ?Sized>(to: &mut Vec<u8>, value: &T) -> Result<()> {
    value.serialize(Writer { to })
}

struct Writer<'a> {
    to: &'a mut Vec<u8>,
}

/// An array, or an object, that is being written.
struct Parts<'a> {
    to: &'a mut Vec<u8>,
    is_first: bool,
    end: &'static [u8],
}

/// RFC 8259 section 7 asks for escapes of these alone.
fn is_plain(text: &str) -> bool {
    let odd = |byte| u8::from(byte < 0x20) | u8::from(byte == b'"') | u8::from(byte == b'\\');
    text.bytes().fold(0, |any, byte| any | odd(byte)) == 0
}

impl<'a> Writer<'a> {
    fn number(self, negative: bool, number: u64) {
        // A u64 has 20 digits at most.
        let (mut digits, mut at, mut rest) = ([b'0'; 21], 21, number);
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if negative {
            at -= 1;
            digits[at] = b'-';
        }
        self.to.extend_from_slice(&digits[at..]);
    }

    /// Behind `"variant":`, in an object of its own.
    fn variant(self, variant: &'static str, open: &[u8], end: &'static [u8]) -> Parts<'a> {
        self.to.push(b'{');
        name(self.to, variant);
        self.parts(open, end)
    }

    fn parts(self, open: &[u8], end: &'static [u8]) -> Parts<'a> {
        self.to.extend_from_slice(open);
        Parts { to: self.to, is_first: true, end }
    }
}

/// `"name":`, as fields and variants are called here: without anything to escape.
#[inline]
fn name(to: &mut Vec<u8>, name: &'static str) {
    to.push(b'"');
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b"\":");
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    #[inline]
    fn serialize_str(self, text: &str) -> Result<()> {
        if !is_plain(text) {
            return serde_json::to_writer(self.to, text);
        }
        self.to.push(b'"');
        self.to.extend_from_slice(text.as_bytes());
        self.to.push(b'"');
        Ok(())
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        self.to.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        self.number(value < 0, value.unsigned_abs());
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Result<()> {
        serde_json::to_writer(self.to, &value)
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        self.number(false, value);
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        serde_json::to_writer(self.to, &value)
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        serde_json::to_writer(self.to, &value)
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        serde_json::to_writer(self.to, &value)
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.collect_seq(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<()> {
        self.to.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.to.push(b'"');
        self.to.extend_from_slice(variant.as_bytes());
        self.to.push(b'"');
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let parts = self.variant(variant, b"", b"}");
        value.serialize(Writer { to: parts.to })?;
        parts.finish();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>> {
        Ok(self.parts(b"[", b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>> {
        Ok(self.parts(b"[", b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>> {
        Ok(self.parts(b"[", b"]"))
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Parts<'a>> {
        Ok(self.variant(variant, b"[", b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'a>> {
        Ok(self.parts(b"{", b"}"))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>> {
        Ok(self.parts(b"{", b"}"))
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Parts<'a>> {
        Ok(self.variant(variant, b"{", b"}}"))
    }
}

impl Parts<'_> {
    #[inline]
    fn next(&mut self) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.to.push(b',');
        }
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.next();
        value.serialize(Writer { to: self.to })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.next();
        name(self.to, key);
        value.serialize(Writer { to: self.to })
    }

    #[inline]
    fn finish(self) {
        self.to.extend_from_slice(self.end);
    }
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.next();
        let start = self.to.len();
        key.serialize(Writer { to: self.to })?;
        match self.to.get(start) {
            Some(b'"') => Ok(()),
            Some(b'[' | b'{' | b'n') | None => Err(Error::custom("key must be a string")),
            Some(_) => {
                self.to.insert(start, b'"');
                self.to.push(b'"');
                Ok(())
            }
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.to.push(b':');
        value.serialize(Writer { to: self.to })
    }

    fn end(self) -> Result<()> {
        self.finish();
        Ok(())
    }
}

/// The other ways to say the same.
macro_rules! parts {
    ($($name:ident: $method:ident),*) => {$(
        impl ser::$name for Parts<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result<()> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

parts!(SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field);

impl ser::SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.field(key, value)
    }

    #[inline]
    fn end(self) -> Result<()> {
        self.finish();
        Ok(())
    }
}

impl ser::SerializeStructVariant for Parts<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.finish();
        Ok(())
    }
}
