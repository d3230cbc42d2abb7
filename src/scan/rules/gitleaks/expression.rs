//! A regex of Go (RE2's syntax, pkg.go.dev/regexp/syntax) in the words of the engine here, which is its cousin and differs in a few marks. What Go
//! has and the engine does not know (`\C`) stays as it is and is an error when it is compiled.

use std::fmt::Write;

/// Differs: `\Q…\E` is a literal text there; `{` is a brace where it begins no repetition; `\<` and `\>` are angles, and edges of words
/// here; octal numbers; and in a class, `[`, `&&`, `--` and `~~` are characters.
pub(super) fn translated(text: &str) -> String {
    let mut go = Go { rest: text.chars().collect(), at: 0, out: String::with_capacity(text.len() + 8) };
    while let Some(c) = go.next() {
        match c {
            '\\' => go.escape(),
            '[' => go.class(),
            '{' if !go.repeats() => go.out.push_str(r"\{"),
            c => go.out.push(c),
        }
    }
    go.out
}

struct Go {
    rest: Vec<char>,
    at: usize,
    out: String,
}

impl Go {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    /// Does `{` begin a repetition: `{2}`, `{2,}`, `{2,8}`?
    fn repeats(&self) -> bool {
        let inside: String = self.rest[self.at..].iter().take_while(|c| **c != '}').collect();
        let closed = self.at + inside.chars().count() < self.rest.len();
        let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
        closed && !least.is_empty() && digits(least) && digits(most)
    }

    fn escape(&mut self) {
        match self.next() {
            Some('Q') => self.quoted(),
            Some(c @ ('<' | '>')) => self.out.push(c),
            Some(c @ '0'..='7') if c == '0' || self.peek().is_some_and(|next| next.is_digit(8)) => {
                let mut number = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) else { break };
                    number = number * 8 + digit;
                    self.at += 1;
                }
                write!(self.out, "\\x{{{number:x}}}").expect("a String takes all");
            }
            Some(c) => {
                self.out.extend(['\\', c]);
                // What stands in braces here is no repetition.
                if matches!(c, 'x' | 'p' | 'P') && self.peek() == Some('{') {
                    while let Some(c) = self.next() {
                        self.out.push(c);
                        if c == '}' {
                            break;
                        }
                    }
                }
            }
            None => self.out.push('\\'),
        }
    }

    fn quoted(&mut self) {
        while let Some(c) = self.next() {
            if c == '\\' && self.peek() == Some('E') {
                self.at += 1;
                return;
            }
            self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
    }

    fn class(&mut self) {
        self.out.push('[');
        if self.peek() == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut first = true;
        // Could what stands before a dash begin a range?
        let mut begins = false;
        while let Some(c) = self.next() {
            match c {
                ']' if !first => {
                    self.out.push(']');
                    return;
                }
                '[' if self.peek() == Some(':') => {
                    self.out.push('[');
                    while let Some(c) = self.next() {
                        self.out.push(c);
                        if c == ']' {
                            break;
                        }
                    }
                    begins = false;
                }
                '-' if begins && self.peek() != Some(']') => {
                    self.out.push('-');
                    let end = self.next();
                    self.member(end);
                    begins = false;
                }
                c => {
                    let several = c == '\\' && self.peek().is_some_and(|c| "dDsSwWpP".contains(c));
                    self.member(Some(c));
                    begins = !several;
                }
            }
            first = false;
        }
    }

    fn member(&mut self, c: Option<char>) {
        match c {
            Some('\\') => self.escape(),
            Some(c @ ('[' | ']' | '&' | '~' | '-')) => self.out.extend(['\\', c]),
            Some(c) => self.out.push(c),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn what_differs_is_said_in_our_words_and_the_rest_stays() {
        for (go, ours) in [
            (r"a{2,8}b{3}c{4,}", r"a{2,8}b{3}c{4,}"),
            (r"\{\{x}}{name}{,5}", r"\{\{x}}\{name}\{,5}"),
            (r"\Qa.b[\E.", r"a\.b\[."),
            (r"\<a\>", "<a>"),
            (r"\x{1F600}\pL\p{Greek}", r"\x{1F600}\pL\p{Greek}"),
            (r"\0\012\1", r"\x{0}\x{a}\1"),
            (r"[[:alnum:][]", r"[[:alnum:]\[]"),
            (r"[^]a]", r"[^\]a]"),
            (r"[a-z&&~~_-]", r"[a-z\&\&\~\~_\-]"),
            (r"[+--]", r"[+-\-]"),
            (r"[\w-.]", r"[\w\-.]"),
            (r"[\w.-]{3,}", r"[\w.\-]{3,}"),
            (r"[\x00-\x1f]", r"[\x00-\x1f]"),
            (r"(?i)(?P<name>x)", r"(?i)(?P<name>x)"),
        ] {
            assert_eq!(translated(go), ours, "{go}");
            let unicode = ours.contains(r"\p") || ours.contains(r"\x{");
            let compiled = regex::bytes::RegexBuilder::new(ours).unicode(unicode).build();
            assert!(compiled.is_ok() || ours.ends_with(r"\1"), "{ours}");
        }
    }
}
