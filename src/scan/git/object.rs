//! The name of an object in Git, as bytes: a history has millions of them. Made from whatever Git says, for every object of a scan.

use std::fmt;

/// SHA-1 or SHA-256 (`extensions.objectFormat`): 20 or 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    bytes: [u8; 32],
    length: u8,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Blob,
    Tree,
    Commit,
    Tag,
}

impl Type {
    pub fn parse(word: &[u8]) -> Option<Self> {
        match word {
            b"blob" => Some(Self::Blob),
            b"tree" => Some(Self::Tree),
            b"commit" => Some(Self::Commit),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }
}

impl Id {
    /// From 40 or 64 hexadecimal digits, in lower case as Git writes them.
    pub fn parse(hex: &[u8]) -> Option<Self> {
        let length = match hex.len() {
            40 => 20,
            64 => 32,
            _ => return None,
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self { bytes, length })
    }

    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// What stands for "none" beside ids of this kind.
    pub fn zero(&self) -> Self {
        Self { bytes: [0; 32], length: self.length }
    }

    /// In bytes, as it stands in a tree.
    pub fn length(&self) -> usize {
        usize::from(self.length)
    }

    pub fn hex(&self) -> String {
        crate::base::crypto::hex(&self.bytes[..self.length()])
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}
