//! What a scan comes to, and how much of what it found: pure, asked once its findings are judged.

use super::{Looked, Standing, Why};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was looked into, and nothing counts.
    Clean,
    /// Secrets were found. Wins over whatever was not looked into.
    Found,
    /// Nothing was found, and not everything was looked into.
    Incomplete,
}

impl Verdict {
    /// How a process says it.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Incomplete => 2,
        }
    }
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub blocks: usize,
    pub warns: usize,
    pub allowed: usize,
    pub old: usize,
    /// Not looked into, and nobody accepted it.
    pub skipped: usize,
    pub accepted: usize,
    /// Left out as asked.
    pub asked: usize,
}

impl Looked {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for finding in &self.findings {
            match finding.standing {
                Standing::Blocks => counts.blocks += 1,
                Standing::Warns => counts.warns += 1,
                Standing::Allowed(_) => counts.allowed += 1,
                Standing::Old => counts.old += 1,
            }
        }
        for skip in &self.skips {
            match (skip.why, &skip.accepted) {
                (Why::Asked, _) => counts.asked += 1,
                (_, Some(_)) => counts.accepted += 1,
                (_, None) => counts.skipped += 1,
            }
        }
        counts
    }

    /// `least` is what counts as found: what blocks, or what warns (`--fail-on warn`).
    pub fn verdict(&self, least: &Standing) -> Verdict {
        let counts = self.counts();
        if counts.blocks > 0 || (*least == Standing::Warns && counts.warns > 0) {
            Verdict::Found
        } else if counts.skipped > 0 {
            Verdict::Incomplete
        } else {
            Verdict::Clean
        }
    }
}
