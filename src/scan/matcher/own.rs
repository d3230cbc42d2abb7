//! Keys of our own: behind each prefix the checksum decides, and nothing else. Run for every place where a prefix stands.

use super::Scanner;
use super::spot::{Rank, Spot, Whose};

impl Scanner {
    /// The key of this kind that begins here, if one does.
    pub(super) fn own_key(&self, text: &[u8], kind: usize, start: usize) -> Option<Spot> {
        let length = self.own.length_at(&text[start..], kind)?;
        let whose = if self.own.kinds()[kind].is_public { Whose::OwnPublic } else { Whose::OwnSecret };
        Some(Spot { whose, rank: Rank::Own, value: start..start + length })
    }
}
