//! lefthook generates the hook files itself, at any time, from files at the root. So we stand in its local file, which is a person's own
//! and is merged over the shared one.

use super::{Command, Hook, script};
use crate::scan::{Failed, Result};

/// Merged by lefthook over whatever the shared file says.
pub const LOCAL: &str = "lefthook-local.yml";

/// The file's block for these hooks. Fails where the file speaks of one of them already: a second mention would replace the first.
pub fn lines(rest: &str, hooks: &[Hook], command: &Command) -> Result<String> {
    let mut text = String::new();
    for hook in hooks {
        let name = hook.name();
        if rest.lines().any(|line| line.trim_end().strip_suffix(':') == Some(name)) {
            return Err(Failed::new(format!(
                "{LOCAL} has a {name} already: add this to its commands, then run `lefthook install`\n{}",
                entry(*hook, command)
            )));
        }
        text = text + name + ":\n  commands:\n" + &entry(*hook, command);
    }
    Ok(text)
}

fn entry(hook: Hook, command: &Command) -> String {
    let options = script::words(&command.options);
    let program = script::quoted(&command.program.to_string_lossy());
    // {0} is all that Git gives the hook.
    let run = format!("{program} hook run {}{options} {} {{0}}", hook.name(), script::TOLD);
    // A double-quoted scalar of YAML 1.2 is a string of JSON.
    let run = serde_json::Value::from(run).to_string();
    let stdin = if hook.reads_stdin() { "      use_stdin: true\n" } else { "" };
    format!("    keystead:\n      run: {run}\n{stdin}")
}
