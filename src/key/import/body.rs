//! A body of lines in progress: cut, read and checked one by one, and stored a batch at a time. Nothing of the body is kept but the lines
//! of the batch that is being filled.

use std::collections::HashSet;

use super::entry::{Checked, Read};
use super::lines::{Lines, Piece};
use super::{Fate, Format, Mode, Plan, Report, Summary, better_auth, foreign, native, unkey};
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::event::Act;
use crate::key::Keys;
use crate::people::Power;

/// Lines in one transaction: some 40 ms of the writer, so that others who write do not wait long.
const BATCH: usize = 500;
/// Bytes of lines in one transaction, so that long ones do not become 32 MiB of memory.
const BATCH_BYTES: usize = 1024 * 1024;
/// Hashes that a dry run remembers to find the second of two: 32 bytes and a slot each, 64 MiB at most.
const SEEN_MAX: usize = 1_000_000;

/// A line that waits for its batch.
#[derive(Debug)]
pub(super) enum Waiting {
    Settled(Report),
    Key(u64, Digest, Box<Checked>),
}

/// One import in progress.
#[derive(Debug)]
pub struct Import {
    keys: Keys,
    act: Act,
    power: Power,
    plan: Plan,
    owners: foreign::Owners,
    lines: Lines,
    /// Number of the line that was read last.
    line: u64,
    waiting: Vec<Waiting>,
    /// Bytes of the lines that wait.
    weight: usize,
    seen: HashSet<Digest>,
    summary: Summary,
}

impl Import {
    pub fn new(keys: Keys, act: Act, power: Power, plan: Plan) -> Self {
        let owners = foreign::Owners { kind: plan.owner_kind, default: plan.default_owner };
        Self {
            keys,
            act,
            power,
            plan,
            owners,
            lines: Lines::default(),
            line: 0,
            waiting: Vec::new(),
            weight: 0,
            seen: HashSet::new(),
            summary: Summary::default(),
        }
    }

    /// Takes the next piece of the body, and gives the reports of whole batches. An error is one of the store: what was reported holds.
    pub async fn feed(&mut self, piece: &[u8]) -> Result<Vec<Report>> {
        let mut found = Vec::new();
        self.lines.feed(piece, |line| found.push(line));
        let mut reports = Vec::new();
        for line in found {
            self.take(line);
            if self.waiting.len() >= BATCH || self.weight >= BATCH_BYTES {
                reports.append(&mut self.settle().await?);
            }
        }
        Ok(reports)
    }

    /// The body has ended well: what stands behind the last line end counts, too.
    pub async fn finish(&mut self) -> Result<Vec<Report>> {
        if let Some(line) = self.lines.finish() {
            self.take(line);
        }
        self.settle().await
    }

    /// Deals with all whole lines that came so far. A line that was cut is none.
    pub async fn settle(&mut self) -> Result<Vec<Report>> {
        let waiting = std::mem::take(&mut self.waiting);
        self.weight = 0;
        let act = Act { at: self.keys.clock.now_ms(), ..self.act.clone() };
        let (reports, owners_created) = self.keys.import_batch(act, self.power, &self.plan, waiting).await?;
        for report in &reports {
            self.summary.count(report);
        }
        self.summary.lines = self.summary.lines.max(self.line.min(self.plan.skip_lines));
        self.summary.owners_created += owners_created;
        Ok(reports)
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn take(&mut self, piece: Piece) {
        self.line += 1;
        if self.line <= self.plan.skip_lines {
            return;
        }
        let waiting = match &piece {
            Piece::TooLong => Waiting::Settled(Report::error(
                self.line,
                &Error::refused("", "this line is longer than 64 KiB: is it one JSON object a line?"),
            )),
            Piece::Line(text) => {
                self.weight += text.len();
                self.judge(text)
            }
        };
        self.waiting.push(waiting);
    }

    fn judge(&mut self, text: &[u8]) -> Waiting {
        let line = self.line;
        let text = if line == 1 { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text };
        let text = text.trim_ascii();
        if text.is_empty() {
            return Waiting::Settled(Report::new(line, Fate::Skipped));
        }
        match self.read(text) {
            Ok(Read::Skip(why)) => {
                Waiting::Settled(Report { message: Some(why.into()), ..Report::new(line, Fate::Skipped) })
            }
            Ok(Read::Key(entry)) => {
                let digest = self.keys.pepper.digest(&entry.hash.0);
                match entry.check(self.power, self.keys.clock.now_ms()) {
                    Err(error) => Waiting::Settled(Report::error(line, &error)),
                    Ok(_) if self.is_second(digest) => Waiting::Settled(Report {
                        message: Some("the same hash stands on an earlier line".into()),
                        ..Report::new(line, Fate::Exists)
                    }),
                    Ok(checked) => Waiting::Key(line, digest, Box::new(checked)),
                }
            }
            Err(error) => Waiting::Settled(Report::error(line, &error)),
        }
    }

    fn read(&self, text: &[u8]) -> Result<Read> {
        if self.keys.reader.leaks_from(text) {
            return Err(Error::refused(
                "",
                "there is an API key of this server in this line: rotate that key, and send hashes only",
            ));
        }
        let row = || native::object::<foreign::Row>(text);
        match self.plan.format {
            Format::Keystead => native::read(text),
            Format::Unkey => unkey::read(&row()?, &self.owners),
            Format::BetterAuth => better_auth::read(&row()?, &self.owners),
        }
    }

    /// A dry run writes nothing down in which it could find the first of two.
    fn is_second(&mut self, digest: Digest) -> bool {
        self.plan.mode == Mode::Dry && self.seen.len() < SEEN_MAX && !self.seen.insert(digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::{Kind, entry};
    use super::*;
    use crate::base::Timestamp;

    /// Every field that any of the formats looks at.
    const FIELDS: [&str; 35] = [
        "hash",
        "key",
        "algorithm",
        "encoding",
        "name",
        "description",
        "owner",
        "externalId",
        "identity",
        "ownerId",
        "userId",
        "referenceId",
        "environment",
        "is_public",
        "enabled",
        "expires_at",
        "expires",
        "created_at",
        "createdAtM",
        "deletedAt",
        "last_used_at",
        "revoked",
        "revoked_reason",
        "scopes",
        "permissions",
        "roles",
        "metadata",
        "meta",
        "start",
        "prefix",
        "last_four",
        "remaining",
        "ratelimits",
        "rateLimitEnabled",
        "restrictions",
    ];

    /// Texts that mean something in one of them.
    const WORDS: [&str; 10] =
        ["live", "user", "sha256", "hex", "2027-01-31T12:00:00Z", "2027-01-31 12:00:00+0", "[1]", "{}", "_", "a:b"];

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            proptest::sample::select(&WORDS[..]).prop_map(Value::from),
            "[0-9a-f]{64}".prop_map(Value::from),
            "[0-9A-Za-z_-]{43}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(
                    prop_oneof!["type", "id", "external_id", "name", "externalId"],
                    inner,
                    0..4
                )
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn owners() -> foreign::Owners {
        foreign::Owners { kind: Kind::User, default: None }
    }

    /// Reads a line as each of the formats, up to where the store is asked.
    fn read_as_all(text: &[u8]) {
        let row = || native::object::<foreign::Row>(text);
        let reads = [
            native::read(text),
            row().and_then(|row| unkey::read(&row, &owners())),
            row().and_then(|row| better_auth::read(&row, &owners())),
        ];
        for read in reads {
            let checked = match read {
                Ok(Read::Key(entry)) => entry.check(Power::Backend, 1_800_000_000_000).map(drop),
                Ok(Read::Skip(_)) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = checked {
                assert!(!matches!(error, Error::Internal(_) | Error::Busy { .. }), "{error}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_and_no_values_make_a_line_fail_otherwise_than_by_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            fields in proptest::collection::btree_map(proptest::sample::select(&FIELDS[..]), value(), 0..12),
        ) {
            read_as_all(&bytes);
            read_as_all(json!(fields).to_string().as_bytes());
        }

        #[test]
        fn a_line_of_our_own_says_what_it_was_made_of(
            hash in any::<[u8; 32]>(), name in "[a-zA-Zé ]{1,40}", external_id in "[!-~]{1,40}", live in any::<bool>(),
            enabled in any::<bool>(), expires_at in proptest::option::of(0_i64..4_000_000_000_000), scopes in proptest::collection::vec("[a-z]{1,8}:[a-z]{1,8}", 0..4),
        ) {
            let line = json!({ "hash": crate::base::crypto::hex(&hash), "algorithm": "sha256", "encoding": "hex", "name": name,
                "owner": { "type": "team", "external_id": external_id }, "environment": if live { "live" } else { "test" },
                "enabled": enabled, "expires_at": expires_at.map(Timestamp), "scopes": scopes });
            let Ok(Read::Key(entry)) = native::read(line.to_string().as_bytes()) else { panic!("{line}") };
            prop_assert_eq!((entry.hash.0, &entry.name, entry.enabled, entry.expires_at, &entry.scopes), (hash, &name, enabled, expires_at, &scopes));
            prop_assert_eq!(entry.environment == crate::config::Environment::Live, live);
            prop_assert_eq!(entry.owner, entry::OwnerRef::External(crate::people::OwnerType::Team, external_id));
        }
    }
}
