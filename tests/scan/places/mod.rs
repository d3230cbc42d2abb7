//! Awkward places: each a tiny real repository in which a key of our own and a vendor's token stand somewhere that a scanner may pass over.
//! Both are found in every way of scanning that can see the place, and with wrong checksums nothing is.

mod containers;
mod encodings;
mod hostile;
mod messages;
mod names;
mod settings;
mod silent;
mod states;

use serde_json::Value;

use crate::kit::{Folder, Scanned, broken, own_key, vendor_token};

/// What is planted.
pub struct Pair {
    pub own: String,
    pub vendor: String,
}

impl Pair {
    fn fresh() -> Self {
        Self { own: own_key(), vendor: vendor_token() }
    }

    /// The same with wrong checksums.
    fn broken(&self) -> Self {
        Self { own: broken(&self.own), vendor: broken(&self.vendor) }
    }

    /// Both, each on a line.
    pub fn text(&self) -> String {
        format!("one = {}\ntwo = {}\n", self.own, self.vendor)
    }

    /// Both in one word, for names.
    pub fn word(&self) -> String {
        format!("{}.{}", self.own, self.vendor)
    }
}

/// Ways of scanning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Staged,
    Push,
    History,
    AllObjects,
    Folder,
}

/// What stands in a file: staged, then pushed and in history, and in the folder all along.
pub const CONTENT: &[Way] = &[Way::Staged, Way::Push, Way::History, Way::Folder];
/// What only Git has.
pub const STORED: &[Way] = &[Way::Staged, Way::Push, Way::History];
/// What comes with a commit or a ref.
pub const COMMITTED: &[Way] = &[Way::Push, Way::History];

/// Plants a pair into a new repository with one commit; `plant` stages, or commits, whatever it wants to be found.
#[track_caller]
pub fn place(ways: &[Way], plant: impl Fn(&Folder, &Pair)) {
    let pair = Pair::fresh();
    for (pair, there) in [(&pair, true), (&pair.broken(), false)] {
        let folder = base();
        plant(&folder, pair);
        for way in ways {
            if matches!(way, Way::Push | Way::History) {
                // What was staged is committed, whatever hooks and filters the place has.
                folder.git([
                    "-c",
                    "commit.gpgSign=false",
                    "commit",
                    "--quiet",
                    "--allow-empty",
                    "--no-verify",
                    "-m",
                    "planted",
                ]);
            }
            let scanned = scan(&folder, *way);
            if there {
                found(&scanned, pair, *way);
            } else {
                silent(&scanned, *way);
            }
        }
    }
}

/// A repository with one commit that nobody objects to.
pub fn base() -> Folder {
    let folder = Folder::repository();
    folder.file("readme", "nothing to see\n");
    folder.commit("first");
    folder
}

pub fn scan(folder: &Folder, way: Way) -> Scanned {
    match way {
        Way::Staged => folder.scan(["--staged", "--tier", "a,b", "--format", "json"]),
        Way::History => folder.scan(["--history", "--tier", "a,b", "--format", "json"]),
        Way::AllObjects => folder.scan(["--history", "--all-objects", "--tier", "a,b", "--format", "json"]),
        Way::Folder => folder.scan([".", "--tier", "a,b", "--format", "json"]),
        Way::Push => {
            let tip = folder.git(["rev-parse", "HEAD"]);
            push(folder, &tip)
        }
    }
}

/// As the pre-push hook scans a branch that the other side does not have, where it has the first commit.
pub fn push(folder: &Folder, tip: &str) -> Scanned {
    let first = folder.git(["rev-list", "--max-parents=0", "--first-parent", "HEAD", "--"]);
    let first = first.lines().last().expect("a first commit");
    folder.git(["update-ref", "refs/remotes/origin/main", first]);
    let zeros = "0".repeat(tip.len());
    let line = format!("refs/heads/main {tip} refs/heads/new {zeros}\n");
    folder.scan_with(["--pre-push", "origin", "--tier", "a,b", "--format", "json"], &line)
}

/// Findings that block, by tier.
fn tiers(scanned: &Scanned) -> Vec<String> {
    let all = scanned.json();
    let all = all["findings"].as_array().expect("findings").iter();
    let blocking = all.filter(|finding| finding["standing"] == "blocks");
    blocking.map(|finding: &Value| finding["tier"].as_str().expect("a tier").to_owned()).collect()
}

#[track_caller]
pub fn found(scanned: &Scanned, pair: &Pair, way: Way) {
    assert_eq!(scanned.code, 1, "{way:?}: {scanned:?}");
    let tiers = tiers(scanned);
    assert!(tiers.iter().any(|tier| tier == "a") && tiers.iter().any(|tier| tier == "b"), "{way:?}: {scanned:?}");
    for secret in [&pair.own, &pair.vendor] {
        assert!(!scanned.stdout.contains(secret) && !scanned.stderr.contains(secret), "{way:?} tells it: {scanned:?}");
    }
}

#[track_caller]
pub fn silent(scanned: &Scanned, way: Way) {
    assert_eq!(scanned.code, 0, "{way:?}: {scanned:?}");
    assert_eq!(tiers(scanned), Vec::<String>::new(), "{way:?}: {scanned:?}");
}

/// Writes a file and stages it, whatever is ignored.
pub fn staged(folder: &Folder, name: &str, bytes: impl AsRef<[u8]>) {
    folder.file(name, bytes);
    folder.git(["add", "--force", "--", name]);
}
