//! Base64 (RFC 4648 §4 and §5, with and without padding), also broken over lines, and glued to something so that it does not begin where the
//! run does. Runs for every text. It does not look for what an encoded secret looks like: it looks for what encodes text at all, which a
//! hash or a picture does not, so that only a sixteenth of a run is read before the rest of it is left alone.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Input, Match, Span};

use super::{Opened, Origin, View, archive};

/// The shortest run that is looked into: 16 bytes without padding.
const RUN_MIN: usize = 22;
/// Groups of four, each of which encodes three characters of text, one behind the other: 16 bytes have as many wherever they begin.
const GROUPS_MIN: usize = 4;
/// Groups that may encode anything between such that encode text.
const GAP_MAX: usize = 8;
/// Groups of eight in UTF-16, which encode three characters each.
const WIDE_MIN: usize = 4;
/// What stands before the next line's part of a run, in bytes: indentation, `# ` or `> `.
const INDENT_MAX: usize = 64;

/// The value of a character; above 63 for none.
const VALUE: [u8; 256] = {
    let mut table = [0xff; 256];
    let standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0u8;
    while value < 64 {
        table[standard[value as usize] as usize] = value;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

/// What a character can be, as bits: the first, second, third of a group that encodes ASCII; `A`; one of `C` to `H`.
const CAN: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = VALUE[byte];
        if value < 64 {
            // From a line's end up to the last of ASCII; then the highest bit of the second byte, and of the third.
            let first = value < 32 && (value == 2 || value == 3 || value >= 8);
            let wide = value >= 2 && value < 8;
            table[byte] = first as u8
                | ((value & 8 == 0) as u8) << 1
                | ((value & 2 == 0) as u8) << 2
                | ((value == 0) as u8) << 3
                | (wide as u8) << 4;
        }
        byte += 1;
    }
    table
};

/// What archives begin with, encoded, at each place in a group: the text, where in its group it begins, and how many bytes of the group stand
/// before the archive.
const PACKED: [(&str, usize, usize); 7] =
    [("H4sI", 0, 0), ("+LC", 2, 1), ("-LC", 2, 1), ("fiw", 3, 2), ("UEsDB", 0, 0), ("BLAw", 2, 1), ("QSwME", 3, 2)];
/// The quick way to look for them, and the other one for processors that do not have it.
static PACKED_ANY: LazyLock<(Option<Searcher>, AhoCorasick)> = LazyLock::new(|| {
    let texts = PACKED.map(|(text, ..)| text);
    (Searcher::new(texts), AhoCorasick::new(texts).expect("seven short texts"))
});

fn is_one(byte: u8) -> bool {
    VALUE[byte as usize] < 64
}

pub(super) fn open(text: &[u8], each: &mut dyn FnMut(Opened<'_>)) {
    let mut run = Run::default();
    let mut from = 0;
    while let Some((begin, end)) = next(text, from) {
        from = run.take(text, begin, end);
        let chars = run.chars(text);
        Look { chars, run: &run, each: &mut *each }.all();
    }
}

/// The next run of at least [`RUN_MIN`] characters, where it begins and ends.
fn next(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let (mut at, mut before) = (from, 0);
    loop {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let ones = ones(rest);
        let begin = if before + ones.trailing_ones() as usize >= RUN_MIN {
            Some(at - before)
        } else {
            run_in(ones).map(|bit| at + bit)
        };
        if let Some(begin) = begin {
            let known = begin + RUN_MIN;
            let more = text[known..].iter().position(|byte| !is_one(*byte)).unwrap_or(text.len() - known);
            return Some((begin, known + more));
        }
        before = ones.leading_ones() as usize;
        at += 64;
    }
}

/// Where a run of [`RUN_MIN`] ones begins.
fn run_in(ones: u64) -> Option<usize> {
    const { assert!(RUN_MIN == 16 + 6) };
    let two = ones & ones >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let sixteen = eight & eight >> 8;
    let all = sixteen & sixteen >> 6;
    (all != 0).then(|| all.trailing_zeros() as usize)
}

/// Which of the first 64 bytes are of the alphabet, the first as the lowest bit. Written so that a compiler does many at once.
fn ones(text: &[u8]) -> u64 {
    let mut padded = [0; 64];
    let bytes = text.first_chunk::<64>().unwrap_or_else(|| {
        padded[..text.len()].copy_from_slice(text);
        &padded
    });
    let is = bytes.map(|byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let slash_or_digit = byte.wrapping_sub(b'/') < 11;
        u8::from(letter || slash_or_digit || matches!(byte, b'+' | b'-' | b'_'))
    });
    let (eights, _) = is.as_chunks::<8>();
    // The product has the lowest bits of the eight bytes side by side in its highest byte.
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |ones, eight| ones << 8 | bits(eight))
}

/// A run, its lines put together.
#[derive(Debug, Default)]
struct Run {
    begin: usize,
    end: usize,
    /// All of it, unless it stands in one line.
    joined: Vec<u8>,
    /// Where each line begins: in `joined`, and in the text.
    lines: Vec<(usize, usize)>,
}

impl Run {
    /// Takes a run and the lines in which it goes on. Answers where they end.
    fn take(&mut self, text: &[u8], begin: usize, mut end: usize) -> usize {
        (self.begin, self.end) = (begin, end);
        self.joined.clear();
        self.lines.clear();
        while let Some((line, line_end)) = goes_on(text, end) {
            if self.lines.is_empty() {
                self.joined.extend_from_slice(&text[begin..end]);
                self.lines.push((0, begin));
            }
            self.lines.push((self.joined.len(), line));
            self.joined.extend_from_slice(&text[line..line_end]);
            end = line_end;
        }
        end
    }

    fn chars<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        if self.lines.is_empty() { &text[self.begin..self.end] } else { &self.joined }
    }

    /// Where a character of it stands in the text.
    fn place(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|(begin, _)| *begin <= at);
        let (begin, place) = if line == 0 { (0, self.begin) } else { self.lines[line - 1] };
        place + (at - begin)
    }
}

/// The part of the next line that continues a run that ends here, if this is the end of its line.
fn goes_on(text: &[u8], end: usize) -> Option<(usize, usize)> {
    let newline = match text.get(end..)? {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    let rest = &text[end + newline..];
    let indent = rest.iter().take(INDENT_MAX).take_while(|byte| matches!(byte, b' ' | b'\t' | b'#' | b'>')).count();
    let length = rest[indent..].iter().take_while(|byte| is_one(**byte)).count();
    let begin = end + newline + indent;
    (length > 0).then_some((begin, begin + length))
}

/// Looks into one run.
struct Look<'a, 'b> {
    chars: &'a [u8],
    run: &'a Run,
    each: &'a mut (dyn FnMut(Opened<'_>) + 'b),
}

impl Look<'_, '_> {
    fn all(&mut self) {
        // Where what was decoded ends, by the place of its begin in a group.
        let mut done = [0; 4];
        for sample in (0..self.chars.len()).step_by(4 * GROUPS_MIN) {
            let Some(seven) = self.chars[sample..].first_chunk::<7>() else { break };
            let mut hit = 0;
            for at in 0..4 {
                let group =
                    CAN[seven[at] as usize] & CAN[seven[at + 1] as usize] >> 1 & CAN[seven[at + 2] as usize] >> 2 & 1;
                hit |= group << at;
            }
            while hit != 0 {
                let at = sample + hit.trailing_zeros() as usize;
                hit &= hit - 1;
                if at >= done[at % 4] {
                    done[at % 4] = self.text(at, done[at % 4]);
                }
            }
        }
        self.wide();
        self.packed();
    }

    /// Decodes from where the first archive begins up to the end, in which there may be more.
    fn packed(&mut self) {
        if self.chars.len() < 2 * RUN_MIN {
            return;
        }
        let mut from = 0;
        while let Some(found) = next_packed(self.chars, from) {
            from = found.start() + 1;
            let (_, place, before) = PACKED[found.pattern().as_usize()];
            let Some(begin) = found.start().checked_sub(place) else { continue };
            let first = decode(&self.chars[begin..self.chars.len().min(begin + 24)]);
            if archive::begins(first.get(before..).unwrap_or_default()) {
                // In the middle of a run it may be there by accident: whoever opens it must not see it at the begin.
                self.hand(begin.saturating_sub(4), self.chars.len());
                return;
            }
        }
    }

    /// Decodes the text around this group if there is enough of it. Answers where it ends.
    fn text(&mut self, at: usize, done: usize) -> usize {
        let is_text =
            |at: usize| self.chars.get(at..).and_then(<[u8]>::first_chunk).is_some_and(|group| is_text(*group));
        if !is_text(at) {
            return done;
        }
        let (mut first, mut last) = (at, at);
        while first >= done + 4 && is_text(first - 4) {
            first -= 4;
        }
        while is_text(last + 4) {
            last += 4;
        }
        if last - first < 4 * (GROUPS_MIN - 1) {
            return done;
        }
        // What else of the same text is near.
        let near = |step: &dyn Fn(usize) -> Option<usize>| (1..=GAP_MAX).filter_map(step).find(|at| is_text(*at));
        while let Some(at) = near(&|gap| first.checked_sub(4 * gap).filter(|at| *at >= done)) {
            first = at;
        }
        while let Some(at) = near(&|gap| Some(last + 4 * gap)) {
            last = at;
        }
        let begin = first.checked_sub(4).filter(|begin| *begin >= done).unwrap_or(first);
        let end = (last + 8).min(self.chars.len());
        self.hand(begin, end);
        last + 4
    }

    /// Decodes UTF-16: each eight characters encode two zeros and one of ASCII between them, somewhere, which is `A`, `C` to `H`, any, `A`.
    fn wide(&mut self) {
        let mut done = 0;
        for sample in (0..self.chars.len()).step_by(8 * WIDE_MIN) {
            let Some(window) = self.chars[sample..].first_chunk::<11>() else { break };
            let found = (0..8).find(|at| is_wide(&window[*at..]));
            let Some(at) = found.map(|at| sample + at).filter(|at| *at >= done) else { continue };
            let is_wide = |at: usize| self.chars.get(at..).is_some_and(is_wide);
            let (mut first, mut last) = (at, at);
            while first >= done + 8 && is_wide(first - 8) {
                first -= 8;
            }
            while is_wide(last + 8) {
                last += 8;
            }
            if last - first >= 8 * (WIDE_MIN - 1) {
                let begin = if first >= 8 { first - 8 } else { first % 4 };
                let end = (last + 16).min(self.chars.len());
                self.hand(begin, end);
                done = end;
            }
        }
    }

    fn hand(&mut self, begin: usize, end: usize) {
        let decoded = decode(&self.chars[begin..end]);
        (self.each)(Opened { view: View::Base64, bytes: &decoded, origin: Origin::At(self.run.place(begin)) });
    }
}

fn next_packed(chars: &[u8], from: usize) -> Option<Match> {
    match &*PACKED_ANY {
        (Some(quick), _) => quick.find_in(chars, Span::from(from..chars.len())),
        (None, other) => other.find(Input::new(chars).range(from..)),
    }
}

fn is_wide(chars: &[u8]) -> bool {
    matches!(chars, [b'A', b'C'..=b'H', _, b'A', ..])
}

/// Does this group encode three characters of text?
fn is_text(group: [u8; 4]) -> bool {
    triple(group).iter().all(|byte| matches!(byte, 0x20..0x7f | b'\t' | b'\n' | b'\r'))
}

fn triple(group: [u8; 4]) -> [u8; 3] {
    let [one, two, three, four] = group.map(|char| VALUE[char as usize]);
    [one << 2 | two >> 4, two << 4 | three >> 2, three << 6 | four]
}

fn decode(chars: &[u8]) -> Vec<u8> {
    let (groups, rest) = chars.as_chunks::<4>();
    let mut decoded = Vec::with_capacity(groups.len() * 3 + 2);
    for group in groups {
        decoded.extend_from_slice(&triple(*group));
    }
    if let [one, two, ref more @ ..] = *rest {
        let last = triple([one, two, more.first().copied().unwrap_or(b'A'), b'A']);
        decoded.extend_from_slice(&last[..=more.len()]);
    }
    decoded
}
