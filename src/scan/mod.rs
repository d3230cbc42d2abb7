//! The scanner: finds keys and other secrets in files and in Git, offline. It never says clean when it did not look: whatever could not be
//! looked into is a [`Skip`] with its reason. It knows neither the store nor the network, and nothing of what it found leaves it in plain.
//!
//! Runs in hooks at every commit, in CI, on a server at every push, and by hand. Sources ([`files`], [`git`]) bring texts, the [`matcher`]
//! finds, [`decode`] opens what is packed, [`rules`] say what counts, [`allow`] says what may stay, [`format`] tells it.

pub mod allow;
pub mod decode;
pub mod files;
pub mod format;
pub mod git;
pub mod hook;
pub mod matcher;
pub mod rules;
pub mod settings;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::Secret;
use crate::base::crypto::Digest;
pub use matcher::{Scanner, Scratch};
pub use rules::{Rule, Rules, Tier};
pub use verdict::{Counts, Verdict};

/// What could not be looked at, for the person who asked: what failed and what to do. Ends with 2. Never holds a value that was found.
#[derive(Debug)]
pub struct Failed(pub String);

impl Failed {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

pub type Result<T, E = Failed> = std::result::Result<T, E>;

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The content of a file, on disk or in Git.
    Content,
    /// The name of a file or folder.
    Name,
    /// Where a symbolic link points to.
    Link,
    /// A commit with its author and message.
    Commit,
    /// An annotated tag with its message.
    Tag,
    /// A Git note.
    Note,
    /// The name of a branch or tag.
    Ref,
    /// What came through standard input.
    Stdin,
}

/// Where a text stands. Paths are bytes as the system or Git has them: not every one is UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub kind: Kind,
    /// Relative to the repository's root in Git, as it was given elsewhere.
    pub path: Option<Box<[u8]>>,
    /// The object in Git, in hexadecimal (40 or 64 digits).
    pub object: Option<Box<str>>,
    pub commit: Option<Arc<CommitPlace>>,
}

/// The commit that brought it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitPlace {
    pub id: Box<str>,
    /// `Name <mail>`, as the commit has it, lossily as UTF-8.
    pub author: Box<str>,
    /// Seconds since 1970 in UTC.
    pub committed_at_s: i64,
}

impl Place {
    pub fn file(path: &[u8]) -> Self {
        Self { kind: Kind::Content, path: Some(path.into()), object: None, commit: None }
    }

    /// The path as text, for people: bytes that are not UTF-8 replaced.
    pub fn shown(&self) -> String {
        let path = self.path.as_deref().map(|path| String::from_utf8_lossy(path).into_owned());
        path.or_else(|| self.object.as_deref().map(str::to_owned)).unwrap_or_else(|| "(standard input)".into())
    }
}

/// What was taken apart to see a value, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    Base64,
    Percent,
    /// Escapes of JSON, JavaScript and their like: `\u0073`, `\x73`.
    Escapes,
    Utf16,
    /// References to characters as in HTML and XML: `&#95;`.
    Html,
    /// As in mail: `=5F`, and lines broken by `=`.
    QuotedPrintable,
    Gzip,
    /// The member of an archive, by its name.
    Zip(Box<str>),
}

impl std::fmt::Display for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Base64 => "base64",
            Self::Percent => "percent",
            Self::Escapes => "escapes",
            Self::Utf16 => "utf-16",
            Self::Html => "html",
            Self::QuotedPrintable => "quoted-printable",
            Self::Gzip => "gzip",
            Self::Zip(member) => return write!(f, "zip member {member}"),
        })
    }
}

/// A value that a rule matches, in one text.
#[derive(Debug, Clone)]
pub struct Hit {
    pub rule: Arc<Rule>,
    /// From 1. Inside of what was unpacked, its own lines; inside of a line's encoded part, the line it stands in.
    pub line: u64,
    /// In characters of the line, from 1; a byte that is not UTF-8 counts as one.
    pub column: u64,
    /// The secret part alone.
    pub value: Secret,
    pub through: Vec<View>,
    /// An inline mark on the line allows it, with this reason. Never for keys of our own.
    pub inline: Option<Box<str>>,
}

/// What becomes of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Blocks,
    Warns,
    /// Somebody allowed it, and why.
    Allowed(Box<str>),
    /// The other side of the change had it already.
    Old,
}

/// A hit with its place.
#[derive(Debug, Clone)]
pub struct Finding {
    pub hit: Hit,
    pub place: Place,
    /// Further places with the same value by the same rule, in the order in which they were seen: bounded, see [`MORE_MAX`].
    pub more: Vec<Place>,
    /// Places beyond those.
    pub unnamed: u64,
    pub standing: Standing,
}

/// Further places that a finding names.
pub const MORE_MAX: usize = 20;

/// Something that was not, or not wholly, looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub place: Place,
    pub why: Why,
    /// SHA-256 of the content, where the reason is a property of it: such a skip can be accepted.
    pub content: Option<Digest>,
    /// Somebody accepted it, and why.
    pub accepted: Option<Box<str>>,
}

impl Skip {
    pub fn new(place: Place, why: Why) -> Self {
        Self { place, why, content: None, accepted: None }
    }
}

/// Why it was not looked into. All but [`Why::Asked`] end a scan without findings with 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The path is ignored by the person's own wish: `.gitignore` with `--respect-gitignore`, or ignored paths for vendors' and generic rules.
    Asked,
    Unreadable,
    /// Neither file, folder nor link; or a folder of what the kernel shows as files.
    NotAFile,
    /// Something was expected here and there is nothing: an empty folder, an empty standard input.
    Empty,
    /// Git names the object and does not have it: a partial clone or a broken repository.
    Missing,
    /// The history ends here: a shallow clone.
    Shallow,
    /// Another repository: its own scan looks into it.
    Submodule,
    /// Packed more often than is unpacked: [`decode::DEPTH_MAX`].
    Depth,
    /// Unpacks to more than is unpacked: [`decode::UNPACKED_MAX`].
    Bomb,
    /// An archive that cannot be opened: encrypted, broken, or packed in a way that is not known.
    Closed,
    /// It changed while it was read.
    Changed,
}

impl Why {
    /// Is it so wherever and whenever this content is looked at?
    pub fn is_of_content(self) -> bool {
        matches!(self, Self::Depth | Self::Bomb | Self::Closed)
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub files: u64,
    pub blobs: u64,
    pub commits: u64,
    /// Names, links, tags, notes, refs, messages.
    pub texts: u64,
    pub bytes: u64,
}

impl std::ops::AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.blobs += other.blobs;
        self.commits += other.commits;
        self.texts += other.texts;
        self.bytes += other.bytes;
    }
}

/// What a source came to.
#[derive(Debug, Default)]
pub struct Looked {
    pub findings: Vec<Finding>,
    pub skips: Vec<Skip>,
    pub seen: Seen,
}

impl Looked {
    /// Takes what another worker came to.
    pub fn join(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.skips.extend(other.skips);
        self.seen += other.seen;
    }

    /// Notes what was found in one text.
    pub fn take(&mut self, place: &Place, found: matcher::Found) {
        for hit in found.hits {
            let standing = match hit.rule.tier {
                Tier::Own | Tier::Vendor => Standing::Blocks,
                Tier::Generic => Standing::Warns,
            };
            self.findings.push(Finding { hit, place: place.clone(), more: Vec::new(), unnamed: 0, standing });
        }
        for why in found.skips {
            let content = found.content.filter(|_| why.is_of_content());
            self.skips.push(Skip { place: place.clone(), why, content, accepted: None });
        }
    }
}

/// How far a scan is: written by its workers, shown by whoever waits.
#[derive(Debug, Default)]
pub struct Progress {
    /// Texts to look into, as far as is known.
    pub total: AtomicU64,
    pub done: AtomicU64,
    pub bytes: AtomicU64,
}

impl Progress {
    pub fn expect(&self, texts: u64) {
        self.total.fetch_add(texts, Ordering::Relaxed);
    }

    pub fn did(&self, bytes: u64) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
