//! What the forms say in words: why something was not looked into and what to do about it, where a text stands, how to mend a finding.

use crate::base::Timestamp;
use crate::scan::allow::Allowed;
use crate::scan::{CommitPlace, Finding, Kind, Looked, Standing, Why};

/// One word for programs.
pub fn why(why: Why) -> &'static str {
    match why {
        Why::Asked => "asked",
        Why::Unreadable => "unreadable",
        Why::NotAFile => "not-a-file",
        Why::Empty => "empty",
        Why::Missing => "missing",
        Why::Shallow => "shallow",
        Why::Submodule => "submodule",
        Why::Depth => "depth",
        Why::Bomb => "bomb",
        Why::Closed => "closed",
        Why::Changed => "changed",
    }
}

pub fn reason(why: Why) -> &'static str {
    match why {
        Why::Asked => "that was asked for, or it is Git's own folder",
        Why::Unreadable => "it cannot be read",
        Why::NotAFile => "it is neither a file, a folder nor a link",
        Why::Empty => "there is nothing to look into, where something was expected",
        Why::Missing => "Git names the object and does not have it",
        Why::Shallow => "the history ends here, because the clone is shallow",
        Why::Submodule => "it is another repository",
        Why::Depth => "it is packed more often than is unpacked",
        Why::Bomb => "an archive in it is longer, or unpacks to more, than is held in memory",
        Why::Closed => "it cannot be opened: encrypted, broken, or packed in a way that is not known",
        Why::Changed => "it changed while it was read",
    }
}

/// What to do about it.
pub fn remedy(why: Why) -> &'static str {
    match why {
        Why::Asked => "Nothing, where that is meant; `keystead scan --history` looks into what Git keeps.",
        Why::Unreadable => "Give whoever scans the right to read it, or name paths without it.",
        Why::NotAFile => "Name paths without it, or pipe its content into `keystead scan --stdin`.",
        Why::Empty => "Check the path: was it built, fetched or checked out?",
        Why::Missing => "Fetch it: `git fetch --refetch` in a partial clone; `git fsck` says what else is broken.",
        Why::Shallow => "`git fetch --unshallow` brings the rest; in CI, fetch with depth 0.",
        Why::Submodule => "Run the scan there too.",
        Why::Depth | Why::Bomb | Why::Closed => {
            "Unpack it and scan what was in it, or accept it in .keystead-ignore with a reason."
        }
        Why::Changed => "Scan again when nothing writes to it.",
    }
}

pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Content => "content",
        Kind::Name => "name",
        Kind::Link => "link",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
        Kind::Note => "note",
        Kind::Ref => "ref",
        Kind::Stdin => "stdin",
    }
}

/// Where in its place it stands, for people; nothing for the usual.
pub fn part(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Content | Kind::Stdin => None,
        Kind::Name => Some("In the name of the file or folder."),
        Kind::Link => Some("In what the link points to."),
        Kind::Commit => Some("In the commit itself: its message, or who made it."),
        Kind::Tag => Some("In the message of a tag."),
        Kind::Note => Some("In a note."),
        Kind::Ref => Some("In the name of a branch or tag."),
    }
}

pub fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Blocks => "blocks",
        Standing::Warns => "warns",
        Standing::Allowed(_) => "allowed",
        Standing::Old => "old",
    }
}

pub fn is_ours(finding: &Finding) -> bool {
    finding.hit.rule.id.starts_with("keystead-")
}

/// Two lines: remove and rotate, or allow with a reason.
pub fn fixes(finding: &Finding, allowed: &Allowed) -> [String; 2] {
    let rule = &finding.hit.rule;
    let rotate = if is_ours(finding) {
        "Remove it and rotate it: `keystead key rotate KEY_ID` (`keystead key list` shows which key ends like this)."
            .into()
    } else {
        let remedy = rule
            .remedy
            .as_deref()
            .unwrap_or("Revoke it where it was issued, and put a new one where no commit finds it.");
        format!("Remove it. {remedy}")
    };
    let allow = if allowed.own_keys_enforced && &*rule.id == "keystead-key" {
        "This server lets nobody allow a key of its own.".into()
    } else {
        let name = allowed.fingerprint(finding);
        format!("Or allow it: keystead scan allow {name} --reason \"why it may stay\"")
    };
    [rotate, allow]
}

pub fn day(commit: &CommitPlace) -> String {
    let mut moment = Timestamp(commit.committed_at_s.saturating_mul(1_000)).to_string();
    moment.truncate("2027-01-31".len());
    moment
}

/// How much was looked into, in a sentence.
pub fn seen(looked: &Looked) -> String {
    let seen = &looked.seen;
    let counted = [
        count(seen.files, "file", "files"),
        count(seen.blobs, "blob", "blobs"),
        count(seen.commits, "commit", "commits"),
        count(seen.texts, "name or message", "names and messages"),
        count(seen.bytes, "byte", "bytes"),
    ];
    format!("looked into {}", counted.join(", "))
}

/// The same, and how much was left out as asked.
pub fn seen_and_asked(looked: &Looked) -> String {
    match looked.counts().asked {
        0 => seen(looked),
        asked => format!(
            "{}; {} left out, because {}",
            seen(looked),
            count(asked as u64, "place", "places"),
            reason(Why::Asked)
        ),
    }
}

/// A number with its noun, thousands apart.
pub fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {}", if number == 1 { one } else { many })
}
