//! The lines in which Git tells its hooks what a push updates (githooks(5)). Once a push.

use std::io::Read;

use crate::scan::git::Update;
use crate::scan::{Failed, Result};

/// A line has some 150 bytes: a push of 400,000 refs.
const INPUT_MAX: u64 = 64 * 1024 * 1024;

/// `<old> <new> <ref>`, as pre-receive is told.
pub fn received(from: impl Read) -> Result<Vec<Update>> {
    read(from)?
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut fields = line.splitn(3, |byte| *byte == b' ');
            update(fields.next(), fields.next(), fields.next())
        })
        .collect()
}

/// `<local ref> <local id> <remote ref> <remote id>`, as pre-push is told.
pub fn sent(from: impl Read) -> Result<Vec<Update>> {
    read(from)?
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            // What a person calls the local side may have spaces in it: `HEAD^{/two words}`.
            let mut fields = line.rsplitn(4, |byte| *byte == b' ');
            let (old, name, new) = (fields.next(), fields.next(), fields.next());
            update(old, new, name)
        })
        .collect()
}

/// `<ref> <old> <new>`, as the update hook is told in its arguments.
pub fn updated(name: &str, old: &str, new: &str) -> Result<Vec<Update>> {
    Ok(vec![update(Some(old.as_bytes()), Some(new.as_bytes()), Some(name.as_bytes()))?])
}

fn read(from: impl Read) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let failed = |error| Failed::new(format!("standard input: {error}"));
    from.take(INPUT_MAX + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > INPUT_MAX {
        return Err(Failed::new("standard input: more refs than one push is looked at with: push them in parts"));
    }
    Ok(text)
}

fn update(old: Option<&[u8]>, new: Option<&[u8]>, name: Option<&[u8]>) -> Result<Update> {
    let strange = || Failed::new("standard input: these are not the lines that Git gives this hook");
    let id = |id: Option<&[u8]>| {
        let id = id.filter(|id| matches!(id.len(), 40 | 64) && id.iter().all(u8::is_ascii_hexdigit));
        Some(std::str::from_utf8(id?).ok()?.to_owned())
    };
    let name = name.filter(|name| !name.is_empty()).ok_or_else(strange)?;
    Ok(Update { old: id(old).ok_or_else(strange)?, new: id(new).ok_or_else(strange)?, name: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hook_is_told_in_its_own_order() {
        let (old, new) = ("0".repeat(40), "a1".repeat(20));
        let same = Update { old: old.clone(), new: new.clone(), name: b"refs/heads/main"[..].into() };
        let told = received(format!("{old} {new} refs/heads/main\n").as_bytes()).expect("a line of pre-receive");
        assert_eq!(told, std::slice::from_ref(&same));
        let told = sent(format!("HEAD {new} refs/heads/main {old}\n").as_bytes()).expect("a line of pre-push");
        assert_eq!(told, std::slice::from_ref(&same));
        let spaced = sent(format!("HEAD^{{/a b}} {new} refs/heads/main {old}\n").as_bytes());
        assert_eq!(spaced.expect("a line of pre-push"), std::slice::from_ref(&same));
        assert_eq!(updated("refs/heads/main", &old, &new).expect("arguments of update"), [same]);
    }

    #[test]
    fn what_git_does_not_say_is_refused() {
        for line in ["x", "a b c", &format!("{} {} ", "0".repeat(40), "0".repeat(40)), "\0\0\0", "a b c d e"] {
            assert!(received(line.as_bytes()).is_err() && sent(line.as_bytes()).is_err(), "{line}");
        }
        assert_eq!(received(&b""[..]).expect("nothing is pushed"), []);
    }
}
