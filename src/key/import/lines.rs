//! Cuts a body that comes in pieces into lines, and holds no more of it than one line.

/// Bytes in one line, without its end: metadata may have 16 KiB, and what JSON escapes grows sixfold at most where it is text.
pub const LINE_MAX: usize = 64 * 1024;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Line(Vec<u8>),
    TooLong,
}

/// Takes pieces and gives lines.
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// The line that is coming is over the bound; the rest of it is dropped.
    over: bool,
}

impl Lines {
    /// Calls `take` for each line that ends in this piece.
    pub fn feed(&mut self, mut piece: &[u8], mut take: impl FnMut(Piece)) {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            self.push(&piece[..end]);
            take(self.end());
            piece = &piece[end + 1..];
        }
        self.push(piece);
    }

    /// What stands after the last line end, where anything does.
    pub fn finish(&mut self) -> Option<Piece> {
        (self.over || !self.begun.is_empty()).then(|| self.end())
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.over || self.begun.len() + bytes.len() > LINE_MAX {
            self.over = true;
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    fn end(&mut self) -> Piece {
        if std::mem::take(&mut self.over) { Piece::TooLong } else { Piece::Line(std::mem::take(&mut self.begun)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<Piece> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.feed(piece, |line| found.push(line));
            assert!(lines.begun.len() <= LINE_MAX);
        }
        found.extend(lines.finish());
        found
    }

    #[test]
    fn a_line_over_the_bound_is_one_line_and_the_next_is_whole() {
        let long = vec![b'x'; LINE_MAX + 1];
        assert_eq!(cut(&[&long, b"\nnext\n"]), [Piece::TooLong, Piece::Line(b"next".to_vec())]);
        assert_eq!(cut(&[&long[1..], b"\n"]), [Piece::Line(long[1..].to_vec())]);
        assert_eq!(cut(&[&long]), [Piece::TooLong]);
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_the_body_is_cut(body in proptest::collection::vec(0_u8..12, 0..200), cuts in proptest::collection::vec(0_usize..200, 0..8)) {
            let body: Vec<u8> = body.into_iter().map(|byte| if byte < 3 { b'\n' } else { byte }).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).chain([0, body.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect();
            let whole: Vec<Piece> = body.split_inclusive(|byte| *byte == b'\n').map(|line| {
                Piece::Line(line.strip_suffix(b"\n").unwrap_or(line).to_vec())
            }).collect();
            prop_assert_eq!(cut(&pieces), whole);
        }
    }
}
