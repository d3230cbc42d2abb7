//! The text of an installed hook: POSIX sh, LF ends. What stood in its place before runs first, because it may change what is committed.

use std::fmt::Write;

use super::{Command, Hook};

/// Behind the name of a hook that was there before.
pub const CHAINED: &str = ".before-keystead";
/// Before what Git tells a hook. Not `--`, which means something in every command line.
pub const TOLD: &str = "--told";
/// The line by which a hook of ours is known.
const MARK: &str = "# keystead-hook 1";

/// Is it a hook of ours?
pub fn is_ours(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').take(5).any(|line| line == MARK.as_bytes())
}

/// The program that a hook of ours runs.
pub fn program(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("keystead="))?;
    let inner = line.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace(r"'\''", "'"))
}

/// A whole hook. `own` is where a repository's own hook stands when this one is for all repositories.
pub fn whole(hook: Hook, command: &Command, portable: bool, global: bool) -> String {
    let name = hook.name();
    let program = if portable { "keystead".into() } else { command.program.to_string_lossy().into_owned() };
    let options = words(&command.options);
    let mut text = format!(
        "#!/bin/sh\n{MARK}\n# Looks for secrets at {name}. `keystead hook uninstall` takes this out again and puts back what was here.\n"
    );
    writeln!(text, "keystead={}", quoted(&program)).expect("a String takes all");
    text.push_str(&missing(hook));
    text.push_str(&before(hook, global));
    let run = format!("\"$keystead\" hook run {name}{options} {TOLD} \"$@\"");
    let given = if hook.reads_stdin() { "printf '%s\\n' \"$refs\" | " } else { "exec " };
    writeln!(text, "{given}{run}").expect("a String takes all");
    text
}

/// A hook of all repositories that only runs the repository's own: a folder for all of them would hide those.
pub fn passing_on(name: &str) -> String {
    format!(
        "#!/bin/sh\n{MARK}\n# Runs the repository's own {name} hook, which core.hooksPath would hide.\n\
         before=\"$(git rev-parse --git-common-dir)/hooks/{name}\"\n[ ! -x \"$before\" ] || exec \"$before\" \"$@\"\n"
    )
}

/// A program that is gone blocks: a scanner that is missing must not pass for one that found nothing.
fn missing(hook: Hook) -> String {
    let name = hook.name();
    format!(
        "if ! command -v \"$keystead\" >/dev/null 2>&1; then\n  \
           echo \"keystead: $keystead is not there, so nothing has looked for secrets, and this is stopped.\" >&2\n  \
           echo \"Install it there again, or run 'keystead hook install {name}' with the one that you have.\" >&2\n  \
           exit 2\nfi\n"
    )
}

/// What was here before; also when the pre-commit framework has renamed us, it runs what it found itself.
fn before(hook: Hook, global: bool) -> String {
    let name = hook.name();
    let mut text = String::new();
    if hook.reads_stdin() {
        text.push_str("refs=$(cat)\n");
    }
    let run = |path: &str| {
        if hook.reads_stdin() {
            format!("printf '%s\\n' \"$refs\" | \"{path}\" \"$@\" || exit $?")
        } else {
            format!("\"{path}\" \"$@\" || exit $?")
        }
    };
    writeln!(
        text,
        "case \"$0\" in\n*.legacy) ;;\n*) if [ -x \"$0{CHAINED}\" ]; then {}; fi ;;\nesac",
        run(&format!("$0{CHAINED}"))
    )
    .expect("a String takes all");
    if global {
        let own = format!("$(git rev-parse --git-common-dir)/hooks/{name}");
        writeln!(text, "before=\"{own}\"\nif [ -x \"$before\" ]; then {}; fi", run("$before"))
            .expect("a String takes all");
    }
    text
}

/// Options for sh, each behind a space.
pub fn words(options: &[String]) -> String {
    options.iter().fold(String::new(), |text, option| text + " " + &quoted(option))
}

/// For sh: nothing in it means anything.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_any_name_is_read_back() {
        let command =
            Command { program: "/opt/it's here/key stead".into(), options: vec!["--prefix".into(), "a b'".into()] };
        for hook in Hook::ALL {
            let text = whole(hook, &command, false, false);
            assert!(is_ours(text.as_bytes()) && !text.contains('\r'), "{text}");
            assert_eq!(program(text.as_bytes()).as_deref(), Some("/opt/it's here/key stead"));
        }
    }
}
