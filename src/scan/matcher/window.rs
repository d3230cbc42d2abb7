//! Looks through texts of any length in windows that overlap, so that one window is in memory and never the whole. Run for standard input and
//! for what is larger than a window. Windows are cut by place and never by how a reader happens to deliver.

use std::cell::Cell;
use std::io::Read;

use super::layer::{Gathered, Layer};
use super::lines::Position;
use super::{Found, Scanner, Scratch};
use crate::base::crypto::Sha256;
use crate::scan::decode::{self, UNPACKED_MAX};

/// How a long text is cut.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Bytes that are in memory at a time.
    pub size: usize,
    /// Bytes at either end that are there for what begins between them: a match, what its regex wants to see around it, a mark in its line.
    /// Less than a quarter of the size.
    pub margin: usize,
    /// Bytes up to which a window goes on that has an archive in it, so that most archives end in the one that they begin in.
    pub archive: usize,
}

impl Window {
    /// 8 MiB, of which windows share half a MiB. The longest match has 64 KiB, the widest reach and a mark's line as much together.
    pub const LONG: Self = Self { size: 8 << 20, margin: 256 << 10, archive: 128 << 20 };
}

impl Scanner {
    /// Looks through a text of any length, and finds what [`Scanner::look`] does. Answers how many bytes there were. An archive that does not fit
    /// is [`Why::Bomb`](crate::scan::Why::Bomb): it is told, and opened as far as it was read.
    pub fn look_through(
        &self,
        text: impl Read,
        name: Option<&[u8]>,
        scratch: &mut Scratch,
    ) -> std::io::Result<(Found, u64)> {
        self.look_through_by(Window::LONG, text, name, scratch)
    }

    /// The same by other windows, which are small in tests.
    pub fn look_through_by(
        &self,
        window: Window,
        mut text: impl Read,
        name: Option<&[u8]>,
        scratch: &mut Scratch,
    ) -> std::io::Result<(Found, u64)> {
        let mut buffer = Vec::new();
        let mut ended = fill(&mut text, &mut buffer, window.size)?;
        if !ended && decode::something_to_open(&buffer) {
            ended = fill(&mut text, &mut buffer, window.size.max(window.archive))?;
        }
        if ended {
            return Ok((self.look(&buffer, name, scratch), buffer.len() as u64));
        }
        let mut gathered = Gathered::of_windows();
        let mut digest = Sha256::default();
        digest.update(&buffer);
        let (mut begin, mut own, mut length) = (Position::START, 0, buffer.len() as u64);
        let left = Cell::new(UNPACKED_MAX);
        loop {
            let end = if ended { buffer.len() } else { buffer.len() - window.margin };
            let layer = Layer::outer(&buffer, name, begin);
            self.gather(&layer, &(own..end), &left, scratch, &mut gathered);
            if ended {
                return Ok((gathered.found(|| digest.finish()), length));
            }
            let cut = cut(&buffer, end - window.margin);
            begin = Position { at: 0, ..layer.position(cut) };
            own = end - cut;
            buffer.drain(..cut);
            let kept = buffer.len();
            ended = fill(&mut text, &mut buffer, window.size)?;
            if !ended && decode::something_to_open(&buffer[own..]) {
                ended = fill(&mut text, &mut buffer, window.size.max(window.archive))?;
            }
            digest.update(&buffer[kept..]);
            length += (buffer.len() - kept) as u64;
        }
    }
}

/// Reads on until there are so many bytes. Answers whether the text ended before.
fn fill(text: &mut impl Read, buffer: &mut Vec<u8>, size: usize) -> std::io::Result<bool> {
    text.take(size.saturating_sub(buffer.len()) as u64).read_to_end(buffer)?;
    Ok(buffer.len() < size)
}

/// Where the next window begins: here, or up to three bytes before. Within a run of base64 after a multiple of four characters, so that it reads
/// the same from there on; elsewhere not within a character.
fn cut(text: &[u8], at: usize) -> usize {
    let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let run = text[..at].iter().rev().take_while(is_base64).count();
    if run > 0 {
        return at - run % 4;
    }
    let back = text[..=at].iter().rev().take(3).take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
    at - back
}
