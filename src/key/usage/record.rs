//! One count: of which key and owner, on which day, with which answer. Small and of one size, in memory and in `usage_pending`.

use crate::base::clock::{DAY_MS, UnixMs};
use crate::base::{Error, Id, Result};
use crate::key::KeyId;
use crate::key::verify::Code;
use crate::people::OwnerId;

/// Answers that are counted, with their names in the API. A code's place is its number on disk: new ones come last, and none ever goes. What
/// is malformed or unknown is of no key.
pub const CODES: [(Code, &str); 11] = [
    (Code::Valid, "valid"),
    (Code::Revoked, "revoked"),
    (Code::Disabled, "disabled"),
    (Code::Expired, "expired"),
    (Code::WrongEnvironment, "wrong_environment"),
    (Code::IpDenied, "ip_denied"),
    (Code::ReferrerDenied, "referrer_denied"),
    (Code::EndpointDenied, "endpoint_denied"),
    (Code::InsufficientScope, "insufficient_scope"),
    (Code::RateLimited, "rate_limited"),
    (Code::CreditsExhausted, "credits_exhausted"),
];

/// The format of `usage_pending.counts` that is written and read here: records of [`RECORD_LEN`] bytes, numbers big-endian, in any order; a
/// slot may come more than once.
///
/// | bytes | what |
/// |---|---|
/// | 0 | type of the owner: 1 user, 2 team |
/// | 1–16 | UUID of the owner |
/// | 17–32 | UUID of the key |
/// | 33–36 | day since 1970-01-01 in UTC |
/// | 37 | code, by its place in [`CODES`] |
/// | 38–45 | uses |
/// | 46–53 | cost of valid uses |
pub(super) const FORMAT: i64 = 1;
/// A key and who had it.
const HOLDER_LEN: usize = 33;
pub(super) const SLOT_LEN: usize = HOLDER_LEN + 5;
pub(super) const RECORD_LEN: usize = SLOT_LEN + 16;

/// The most that a sum of costs comes to: what every reader of JSON takes as a whole number (2⁵³ − 1). It stays there.
pub(super) const COST_MAX: u64 = 9_007_199_254_740_991;

const USER: u8 = 1;
const TEAM: u8 = 2;

/// What is counted by itself: the first [`SLOT_LEN`] bytes of a record. Sorts by owner, then key, then day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot([u8; SLOT_LEN]);

#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub slot: Slot,
    pub uses: u64,
    pub cost: u64,
}

/// The day of this moment, in UTC.
pub(super) fn day(now: UnixMs) -> u32 {
    u32::try_from(now.div_euclid(DAY_MS)).unwrap_or(0)
}

impl Slot {
    /// `None` for what is counted nowhere.
    pub fn new(owner: OwnerId, key: KeyId, day: u32, code: Code) -> Option<Self> {
        let (kind, owner) = match owner {
            OwnerId::User(id) => (USER, id.to_bytes()),
            OwnerId::Team(id) => (TEAM, id.to_bytes()),
            OwnerId::Instance => return None,
        };
        let code = CODES.iter().position(|(known, _)| *known == code)?;
        let mut bytes = [0; SLOT_LEN];
        bytes[0] = kind;
        bytes[1..17].copy_from_slice(&owner);
        bytes[17..33].copy_from_slice(&key.to_bytes());
        bytes[33..37].copy_from_slice(&day.to_be_bytes());
        bytes[37] = u8::try_from(code).ok()?;
        Some(Self(bytes))
    }

    /// The last eight bytes of a key's id are random, and drawn by us: nobody chooses which slots meet. The product carries them upwards,
    /// where the table looks, too.
    pub fn hash(&self) -> u64 {
        let random = u64::from_be_bytes(self.0[25..33].try_into().expect("eight bytes"));
        (random ^ u64::from(self.0[37])).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn has_holder_of(&self, other: &Self) -> bool {
        self.0[..HOLDER_LEN] == other.0[..HOLDER_LEN]
    }

    pub fn owner(&self) -> Result<OwnerId> {
        let id = self.0[1..17].try_into().expect("sixteen bytes");
        match self.0[0] {
            USER => Ok(OwnerId::User(Id::from_bytes(id))),
            TEAM => Ok(OwnerId::Team(Id::from_bytes(id))),
            _ => Err(Error::internal("a count is of an unknown type of owner")),
        }
    }

    pub fn key(&self) -> KeyId {
        KeyId::from_bytes(self.0[17..33].try_into().expect("sixteen bytes"))
    }

    pub fn day(&self) -> i64 {
        u32::from_be_bytes(self.0[33..37].try_into().expect("four bytes")).into()
    }

    pub fn code(&self) -> i64 {
        self.0[37].into()
    }
}

impl Counted {
    pub fn add(&mut self, more: &Self) {
        self.uses = self.uses.saturating_add(more.uses);
        self.cost = self.cost.saturating_add(more.cost).min(COST_MAX);
    }

    pub fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.slot.0);
        to.extend_from_slice(&self.uses.to_be_bytes());
        to.extend_from_slice(&self.cost.to_be_bytes());
    }

    fn read(record: &[u8; RECORD_LEN]) -> Self {
        let number = |at: usize| u64::from_be_bytes(record[at..at + 8].try_into().expect("eight bytes"));
        let slot = Slot(record[..SLOT_LEN].try_into().expect("the length of a slot"));
        Self { slot, uses: number(SLOT_LEN), cost: number(SLOT_LEN + 8) }
    }
}

/// The records of one row.
pub(super) fn records(format: i64, counts: &[u8]) -> Result<impl Iterator<Item = Counted>> {
    let (records, rest) = counts.as_chunks::<RECORD_LEN>();
    if format != FORMAT || !rest.is_empty() {
        return Err(Error::internal("counted uses are in a format that this binary does not read"));
    }
    Ok(records.iter().map(Counted::read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_counted_under_its_own_name_but_those_without_a_key() {
        for (code, name) in CODES {
            assert_eq!(serde_json::to_value(code).expect("JSON"), name);
        }
        for code in [Code::Malformed, Code::NotFound] {
            assert!(Slot::new(OwnerId::User(Id::new(1)), KeyId::new(1), 0, code).is_none());
        }
    }

    #[test]
    fn a_record_reads_back_as_itself() {
        for owner in [OwnerId::User(Id::new(1)), OwnerId::Team(Id::new(2))] {
            let key = KeyId::new(3);
            for (number, (code, _)) in CODES.into_iter().enumerate() {
                let slot = Slot::new(owner, key, 20_833, code).expect("it is counted");
                let counted = Counted { slot, uses: 7, cost: COST_MAX };
                let mut row = Vec::new();
                counted.write(&mut row);
                counted.write(&mut row);
                let read: Vec<Counted> = records(FORMAT, &row).expect("two records").collect();
                assert_eq!(read.len(), 2);
                assert_eq!((read[1].slot, read[1].uses, read[1].cost), (slot, 7, COST_MAX));
                assert_eq!((slot.owner().expect("known"), slot.key(), slot.day()), (owner, key, 20_833));
                assert_eq!(usize::try_from(slot.code()), Ok(number));
            }
        }
        assert!(Slot::new(OwnerId::Instance, KeyId::new(3), 0, Code::Valid).is_none());
    }

    #[test]
    fn what_is_cut_or_of_another_format_is_refused_whole() {
        assert!(records(FORMAT, &[0; RECORD_LEN - 1]).is_err());
        assert!(records(FORMAT + 1, &[0; RECORD_LEN]).is_err());
    }

    #[test]
    fn a_sum_of_costs_stays_at_its_bound() {
        let slot = Slot::new(OwnerId::User(Id::new(1)), KeyId::new(3), 0, Code::Valid).expect("it is counted");
        let mut sum = Counted { slot, uses: 1, cost: COST_MAX - 1 };
        sum.add(&Counted { slot, uses: 1, cost: u64::MAX });
        assert_eq!((sum.uses, sum.cost), (2, COST_MAX));
    }
}
