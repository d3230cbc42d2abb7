//! Ids: a type and a UUIDv7, `key_01k9…` (TypeID 0.3: 26 characters of lower-case Crockford base32, most significant first).
//!
//! Ids grow in the order in which this process made them, so "newest first" is simply "by id, descending", also within one millisecond.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Mutex;

use super::clock::UnixMs;
use super::crypto;

/// What an id names: its prefix is the only difference between two types of id.
pub trait Kind: Send + Sync + 'static {
    const PREFIX: &'static str;
}

/// The bytes of the UUID, most significant first: with no number's alignment, it takes no more than its 16 bytes in whatever it is a part of.
pub struct Id<K>([u8; 16], PhantomData<fn() -> K>);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits in 5-bit digits, rounded up.
const DIGITS: usize = 26;
/// Of characters of a prefix.
const PREFIX_MAX: usize = 8;

/// An id as it is written, on the stack: answers are full of them.
struct Text {
    bytes: [u8; PREFIX_MAX + 1 + DIGITS],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("prefixes and the alphabet are ASCII")
    }
}

impl<K: Kind> Id<K> {
    pub fn new(now: UnixMs) -> Self {
        Self(next_uuid_v7(now).to_be_bytes(), PhantomData)
    }

    /// When it was made: a UUIDv7 begins with its milliseconds.
    pub fn made_at(self) -> UnixMs {
        UnixMs::try_from(u128::from_be_bytes(self.0) >> 80).expect("48 bits")
    }

    /// Reads exactly what [`Display`](fmt::Display) writes; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(K::PREFIX)?.strip_prefix('_')?;
        // 26 digits hold 130 bits: the first must not use its top two.
        if digits.len() != DIGITS || digits.as_bytes()[0] > b'7' {
            return None;
        }
        let mut value = 0_u128;
        for digit in digits.bytes() {
            let position = ALPHABET.iter().position(|&c| c == digit)?;
            value = value << 5 | position as u128;
        }
        Some(Self(value.to_be_bytes(), PhantomData))
    }

    /// The UUID without what it names, most significant byte first, for where many are kept.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes, PhantomData)
    }
}

impl<K: Kind> Id<K> {
    fn text(self) -> Text {
        const { assert!(K::PREFIX.len() <= PREFIX_MAX) };
        let (mut bytes, start) = ([b'_'; PREFIX_MAX + 1 + DIGITS], K::PREFIX.len() + 1);
        bytes[..start - 1].copy_from_slice(K::PREFIX.as_bytes());
        let mut rest = u128::from_be_bytes(self.0);
        for digit in bytes[start..start + DIGITS].iter_mut().rev() {
            *digit = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        Text { bytes, length: start + DIGITS }
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

/// In the order in which they were made, and in that of their texts.
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl<K: Kind> schemars::JsonSchema for Id<K> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}_id", K::PREFIX).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX) })
    }
}

/// RFC 9562 section 5.7 with method 3 of section 6.2: the 12 bits after the milliseconds continue the clock, so a burst within one
/// millisecond, or a clock set back, still gives growing ids. The other 62 bits are random.
fn next_uuid_v7(now: UnixMs) -> u128 {
    static LAST: Mutex<u64> = Mutex::new(0);
    let floor = u64::try_from(now).unwrap_or(0) << 12;
    let tick = {
        let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = floor.max(*last + 1);
        *last
    };
    let random: [u8; 10] = crypto::random();
    let mut tail = [0_u8; 10];
    tail.copy_from_slice(&random);
    tail[0] = (tick >> 8 & 0x0f) as u8;
    tail[1] = (tick & 0xff) as u8;
    uuid::Builder::from_unix_timestamp_millis(tick >> 12, &tail).into_uuid().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;
    impl Kind for Thing {
        const PREFIX: &'static str = "thing";
    }

    #[test]
    fn ids_grow_within_a_millisecond_and_when_the_clock_goes_back() {
        let made: Vec<String> =
            (0..10_000).map(|n| Id::<Thing>::new(1_700_000_000_000 - n / 5_000).to_string()).collect();
        assert!(made.is_sorted(), "later ids sort after earlier ones");
        let all: std::collections::HashSet<_> = made.iter().collect();
        assert_eq!(all.len(), made.len());
    }

    #[test]
    fn an_id_reads_back_as_itself_and_is_a_version_7_uuid() {
        let id = Id::<Thing>::new(1_700_000_000_000);
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        let later = Id::<Thing>::new(1_900_000_000_000);
        assert_eq!(later.made_at(), 1_900_000_000_000);
        let uuid = uuid::Uuid::from_bytes(id.0);
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
    }

    #[test]
    fn anything_else_is_no_id() {
        // The valid suffixes come from the TypeID specification's own list.
        for good in ["00000000000000000000000000", "7zzzzzzzzzzzzzzzzzzzzzzzzz", "01h455vb4pex5vsknk084sn02q"] {
            assert!(Id::<Thing>::parse(&format!("thing_{good}")).is_some());
        }
        for bad in [
            "8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "01H455VB4PEX5VSKNK084SN02Q",
            "01h455vb4pex5vsknk084sn02",
            "01h455vb4pex5vsknk084sn02qq",
            "01h455vb4pex5vsknk084sn02u",
            "",
            "éééééééééééééé",
        ] {
            assert!(Id::<Thing>::parse(&format!("thing_{bad}")).is_none(), "{bad}");
        }
        assert!(Id::<Thing>::parse("other_01h455vb4pex5vsknk084sn02q").is_none());
    }
}
