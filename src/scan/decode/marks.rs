//! Characters that are written as something longer: what percent, escapes, HTML and quoted-printable have in common. Runs for every text;
//! hands over only those stretches of it in which a mark stands in or right before something as long as a secret, because ordinary source
//! is full of marks that are not.

/// A mark as it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Bytes that it takes, its lead included.
    pub length: usize,
    pub means: Means,
    /// What stands on its sides is one word with it. Otherwise a word may begin behind it.
    pub joins: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Means {
    Byte(u8),
    Char(char),
    Nothing,
}

impl Mark {
    pub fn byte(length: usize, byte: u8) -> Self {
        Self { length, means: Means::Byte(byte), joins: is_word(byte) }
    }

    /// A character by its number: none where there is no such.
    pub fn char(length: usize, number: u32) -> Option<Self> {
        // Halves of a pair of surrogates stand for what no secret has.
        let char = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
        (number <= u32::from(char::MAX)).then(|| Self {
            length,
            means: Means::Char(char),
            joins: u8::try_from(number).is_ok_and(is_word),
        })
    }

    /// A line that goes on in the next.
    pub fn nothing(length: usize) -> Self {
        Self { length, means: Means::Nothing, joins: true }
    }
}

/// How one kind of marks is read.
#[derive(Clone, Copy)]
pub(super) struct Way<R> {
    /// What every mark begins with.
    pub lead: u8,
    /// Reads the mark at a lead; none if it is not one.
    pub read: R,
}

/// A stretch that reads otherwise than it stands there.
#[derive(Debug)]
pub(super) struct Stretch<'a> {
    pub raw: &'a [u8],
    /// Where the word stands for which it was decoded.
    pub at: usize,
    pub decoded: &'a [u8],
}

/// The shortest word for which a stretch is decoded: the shortest secrets of vendors have 20 characters.
const WORD_MIN: usize = 16;
/// Bytes around marks that come along, so that a rule sees what stands beside a secret: what rules look at by default.
const AROUND: usize = 256;

/// How far it is looked back for a word's begin.
const BACK_MAX: usize = 64;

/// What stood before the end of a mark, in characters as they are meant.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    begin: usize,
    end: usize,
    length: usize,
}

/// Could it stand in a secret, or in what one is written as on the next layer? Spaces, quotes and most brackets end one.
fn is_word(byte: u8) -> bool {
    const WORD: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0x21u8;
        while byte < 0x7f {
            table[byte as usize] =
                !matches!(byte, b'(' | b')' | b'[' | b']' | b'<' | b'>' | b'"' | b'\'' | b'`' | b',');
            byte += 1;
        }
        table
    };
    WORD[byte as usize]
}

impl<R: Fn(&[u8], usize) -> Option<Mark>> Way<R> {
    /// Stretches never overlap in what they decode, so that all of them together are not longer than the text.
    pub fn open(self, text: &[u8], each: &mut dyn FnMut(Stretch<'_>)) {
        let mut decoded = Vec::new();
        let (mut done, mut from) = (0, 0);
        let mut word = Word::default();
        while let Some(ahead) = memchr::memchr(self.lead, &text[from..]) {
            let at = from + ahead;
            let Some(mark) = (self.read)(text, at) else {
                from = at + 1;
                continue;
            };
            from = at + mark.length;
            word = self.word(text, at, mark, word);
            if word.length + self.behind(&text[from..]) < WORD_MIN {
                continue;
            }
            let line = memchr::memrchr(b'\n', &text[done..word.begin]).map_or(done, |newline| done + newline + 1);
            let begin = line.max(word.begin.saturating_sub(AROUND));
            let stop = begin + self.stretch(&text[begin..], at - begin, &mut decoded);
            each(Stretch { raw: &text[begin..stop], at: word.begin, decoded: &decoded });
            (done, from) = (stop, stop);
            word = Word { begin: stop, end: stop, length: 0 };
        }
    }

    /// The word that stands before the end of a mark, marks in it included; `last` is the one before the end of the mark before.
    fn word(&self, text: &[u8], at: usize, mark: Mark, last: Word) -> Word {
        let end = at + mark.length;
        if !mark.joins {
            return Word { begin: end, end, length: 0 };
        }
        let between = &text[last.end..at];
        let plain = between.iter().rev().take(BACK_MAX).take_while(|byte| self.plain(**byte)).count();
        let own = plain + usize::from(!matches!(mark.means, Means::Nothing));
        if plain == between.len() {
            Word { begin: last.begin, end, length: last.length + own }
        } else {
            Word { begin: at - plain, end, length: own }
        }
    }

    /// How long the word is that begins here, up to the next mark.
    fn behind(&self, text: &[u8]) -> usize {
        text.iter().take(WORD_MIN).take_while(|byte| self.plain(**byte)).count()
    }

    fn plain(&self, byte: u8) -> bool {
        byte != self.lead && is_word(byte)
    }

    /// Decodes from the begin of `text` to the end of the line, or until no mark has come for [`AROUND`] bytes. Answers where it ended.
    fn stretch(&self, text: &[u8], first: usize, decoded: &mut Vec<u8>) -> usize {
        decoded.clear();
        let (mut at, mut last) = (0, first);
        loop {
            let bound = text.len().min(last + AROUND);
            let next = memchr::memchr2(self.lead, b'\n', &text[at.min(bound)..bound]).map_or(bound, |ahead| at + ahead);
            decoded.extend_from_slice(&text[at.min(next)..next]);
            if next >= bound || text[next] == b'\n' {
                return next.max(at);
            }
            at = next + self.one(text, next, decoded);
            if at > next + 1 {
                last = at;
            }
        }
    }

    /// Decodes what stands at a lead. Answers how many bytes that took.
    fn one(&self, text: &[u8], at: usize, decoded: &mut Vec<u8>) -> usize {
        let Some(mark) = (self.read)(text, at) else {
            decoded.push(text[at]);
            return 1;
        };
        match mark.means {
            Means::Byte(byte) => decoded.push(byte),
            Means::Char(char) => decoded.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Means::Nothing => {}
        }
        mark.length
    }

    /// Decodes all of it.
    pub fn whole(&self, text: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(text.len());
        let mut at = 0;
        while let Some(ahead) = memchr::memchr(self.lead, &text[at..]) {
            decoded.extend_from_slice(&text[at..at + ahead]);
            at += ahead;
            at += self.one(text, at, &mut decoded);
        }
        decoded.extend_from_slice(&text[at..]);
        decoded
    }
}

/// `digits` hexadecimal digits from `at`.
pub(super) fn hex(text: &[u8], at: usize, digits: usize) -> Option<u32> {
    let digits = text.get(at..at + digits)?;
    digits.iter().try_fold(0u32, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

/// The length of a line's end, with spaces before it, at `at`.
pub(super) fn line_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    // Mail and editors leave a few spaces at the end of a line at most.
    let spaces = rest.iter().take(8).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(spaces..)? {
        [b'\n', ..] => Some(spaces + 1),
        [b'\r', b'\n', ..] => Some(spaces + 2),
        _ => None,
    }
}
