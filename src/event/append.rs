//! Appending to the chain, in the caller's transaction.

use super::{Act, Change, EventId, Journal};
use crate::base::crypto::{DIGEST_LEN, Digest};
use crate::base::{Error, Result};
use crate::store::Conn;

/// A row as the mac sees it.
pub(super) struct Canonical<'a> {
    pub seq: i64,
    pub id: &'a str,
    pub at: i64,
    pub actor: &'a str,
    pub action: &'a str,
    pub subject: &'a str,
    pub owner_id: Option<&'a str>,
    pub request_id: Option<&'a str>,
    pub address: Option<&'a str>,
    pub details: &'a str,
}

impl Canonical<'_> {
    /// Previous mac, then every column in order: numbers as 8 bytes, text behind its length, an absent one as the length 2³²-1.
    /// No two different rows give the same bytes.
    pub fn mac(&self, journal: &Journal, previous: &Digest) -> Digest {
        let mut bytes = Vec::with_capacity(256 + self.details.len());
        bytes.extend_from_slice(previous);
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.at.to_be_bytes());
        let texts = [Some(self.id), Some(self.actor), Some(self.action), Some(self.subject)];
        let rest = [self.owner_id, self.request_id, self.address, Some(self.details)];
        for text in texts.into_iter().chain(rest) {
            let length = text.map_or(u32::MAX, |text| u32::try_from(text.len()).expect("no column is 4 GiB"));
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
        }
        journal.key.sign(&bytes)
    }
}

/// The mac before the first row.
pub(super) const GENESIS: Digest = [0; DIGEST_LEN];
/// The mac before a first row that stands where others were: no walk from [`GENESIS`] accepts it.
const LOST: Digest = [0xff; DIGEST_LEN];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub count: i64,
    pub last_mac: Digest,
    pub mac: Digest,
}

impl Head {
    pub fn signed(journal: &Journal, count: i64, last_mac: Digest) -> Self {
        let mut bytes = b"keystead/audit-head".to_vec();
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&last_mac);
        Self { count, last_mac, mac: journal.key.sign(&bytes) }
    }

    pub fn read(db: &Conn) -> Result<Option<Self>> {
        db.first("SELECT count, last_mac, mac FROM event_head WHERE one = 1", &[], |row| {
            Ok(Self { count: row.int()?, last_mac: row.digest()?, mac: row.digest()? })
        })
    }
}

impl Journal {
    /// The head of an empty chain, which a new database has from its first moment: one without a head was tampered with.
    pub fn begin(&self, db: &Conn) -> Result<()> {
        write_head(db, &Head::signed(self, 0, GENESIS))
    }

    /// Appends one event. Call it in the job that makes the change: both commit, or neither.
    pub fn append(&self, db: &Conn, act: &Act, change: &Change<'_>) -> Result<()> {
        self.append_all(db, act, std::iter::once(change))
    }

    /// Appends an event for each of many changes of one act: the head is read and written once.
    pub fn append_all<'a, C>(&self, db: &Conn, act: &Act, changes: impl IntoIterator<Item = C>) -> Result<()>
    where
        C: std::borrow::Borrow<Change<'a>>,
    {
        // Every database has a head from its first moment. Where it is gone, events go on, and the chain never looks whole again.
        let (mut count, mut last) = Head::read(db)?.map_or((0, LOST), |head| (head.count, head.last_mac));
        for change in changes {
            count += 1;
            last = self.write(db, act, change.borrow(), (EventId::new(act.at), count), &last)?;
        }
        write_head(db, &Head::signed(self, count, last))
    }

    /// The same of one event under an id that the caller chose.
    pub(super) fn append_as(&self, db: &Conn, act: &Act, change: &Change<'_>, id: EventId) -> Result<()> {
        let (count, last) = Head::read(db)?.map_or((1, LOST), |head| (head.count + 1, head.last_mac));
        let last = self.write(db, act, change, (id, count), &last)?;
        write_head(db, &Head::signed(self, count, last))
    }

    /// One row of the chain, with its id and its place; answers its mac.
    fn write(
        &self,
        db: &Conn,
        act: &Act,
        change: &Change<'_>,
        (id, seq): (EventId, i64),
        previous: &Digest,
    ) -> Result<Digest> {
        let id = id.to_string();
        let details = serde_json::to_string(&change.details).map_err(Error::internal)?;
        let row = Canonical {
            seq,
            id: &id,
            at: act.at,
            actor: act.actor.as_str(),
            action: change.action,
            subject: change.subject,
            owner_id: change.owner_id,
            request_id: act.request_id.as_deref(),
            address: act.address.as_deref(),
            details: &details,
        };
        let mac = row.mac(self, previous);
        db.run(
            "INSERT INTO events (seq, id, at, actor, action, subject, owner_id, request_id, address, details, mac)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                row.seq.into(),
                row.id.into(),
                row.at.into(),
                row.actor.into(),
                row.action.into(),
                row.subject.into(),
                row.owner_id.into(),
                row.request_id.into(),
                row.address.into(),
                row.details.into(),
                (&mac).into(),
            ],
        )?;
        Ok(mac)
    }
}

fn write_head(db: &Conn, head: &Head) -> Result<()> {
    db.run(
        "INSERT INTO event_head (one, count, last_mac, mac) VALUES (1, $1, $2, $3)
             ON CONFLICT (one) DO UPDATE SET count = excluded.count, last_mac = excluded.last_mac, mac = excluded.mac",
        &[head.count.into(), (&head.last_mac).into(), (&head.mac).into()],
    )?;
    Ok(())
}
