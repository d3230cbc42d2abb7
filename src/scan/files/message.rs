//! The message of a commit that is being made, as the commit-msg hook finds it in a file.

/// What Git puts above the diff of `git commit --verbose`, whatever the comment character is.
const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";

/// The message without the diff below it, which Git cuts off: what was removed stands there too. Everything else stays, comments too, since
/// only some ways of cleaning up drop them.
pub fn without_diff(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, SCISSORS) {
        let begin = rest[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let below = &rest[at + SCISSORS.len()..];
        let diff = below.split(|byte| *byte == b'\n').skip(1).find(|line| line.first() != rest.get(begin));
        if diff.is_some_and(|line| line.starts_with(b"diff --")) {
            return &text[..text.len() - rest.len() + begin];
        }
        rest = below;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_diff_that_git_cuts_off_is_cut_off() {
        let scissors = "# ------------------------ >8 ------------------------\n";
        let below = "# Do not modify or remove the line above.\n# Everything below it will be ignored.\ndiff --git a/x b/x\n-old\n";
        let whole = format!("subject\n\n# a comment\n{scissors}{below}");
        assert_eq!(without_diff(whole.as_bytes()), b"subject\n\n# a comment\n");
        let hidden = format!("subject\n{scissors}secret\n");
        assert_eq!(without_diff(hidden.as_bytes()), hidden.as_bytes());
        let both = format!("subject\n{scissors}secret\n{scissors}{below}");
        assert_eq!(without_diff(both.as_bytes()), format!("subject\n{scissors}secret\n").as_bytes());
        assert_eq!(without_diff(b""), b"");
    }
}
