//! Help and completions: every command teaches, and the words of all of them are held by a snapshot, so that a change is seen.
//! `KEYSTEAD_UPDATE_SNAPSHOTS=1` writes it anew.

use std::path::Path;

use crate::binary::{home, keystead, program, run, run_with, text};

const COMMANDS: [&[&str]; 86] = [
    &[],
    &["serve"],
    &["admin"],
    &["admin", "token"],
    &["admin", "create"],
    &["admin", "reset-password"],
    &["admin", "disable-2fa"],
    &["admin", "unlock"],
    &["admin", "sessions"],
    &["admin", "sessions", "revoke"],
    &["admin", "break-glass"],
    &["admin", "break-glass", "arm"],
    &["admin", "break-glass", "disarm"],
    &["key"],
    &["key", "mint"],
    &["key", "create"],
    &["key", "list"],
    &["key", "show"],
    &["key", "rotate"],
    &["key", "change"],
    &["key", "credits"],
    &["key", "credits", "add"],
    &["key", "import"],
    &["key", "enable"],
    &["key", "disable"],
    &["key", "transfer"],
    &["key", "revoke"],
    &["key", "purge"],
    &["key", "export"],
    &["key", "verify"],
    &["user"],
    &["user", "create"],
    &["user", "list"],
    &["user", "show"],
    &["user", "set"],
    &["user", "suspend"],
    &["user", "activate"],
    &["user", "invite"],
    &["user", "remove"],
    &["team"],
    &["team", "create"],
    &["team", "list"],
    &["team", "show"],
    &["team", "set"],
    &["team", "remove"],
    &["team", "member"],
    &["team", "member", "add"],
    &["team", "member", "remove"],
    &["team", "member", "list"],
    &["role"],
    &["role", "create"],
    &["role", "list"],
    &["role", "show"],
    &["role", "change"],
    &["role", "remove"],
    &["usage"],
    &["audit"],
    &["audit", "list"],
    &["audit", "verify"],
    &["settings"],
    &["settings", "show"],
    &["settings", "set"],
    &["offline"],
    &["offline", "roll"],
    &["scan"],
    &["scan", "allow"],
    &["scan", "baseline"],
    &["scan", "baseline", "create"],
    &["scan", "baseline", "prune"],
    &["scan", "rules"],
    &["scan", "rules", "list"],
    &["scan", "rules", "check"],
    &["scan", "rules", "explain"],
    &["leak"],
    &["leak", "list"],
    &["leak", "show"],
    &["leak", "judge"],
    &["leak", "report"],
    &["hook"],
    &["hook", "install"],
    &["hook", "status"],
    &["hook", "uninstall"],
    &["config"],
    &["config", "show"],
    &["config", "check"],
    &["completions"],
];

fn help(words: &[&str], flag: &str) -> String {
    let mut command = keystead([]);
    // A terminal's width is no part of the text.
    command.args(words).arg(flag).env("COLUMNS", "100");
    run(command).fine()
}

#[test]
fn the_help_of_every_command_is_as_the_snapshot_has_it() {
    let shown = |words: &&[&str]| {
        let asked = [words, &["--help"][..]].concat().join(" ");
        format!("$ keystead {asked}\n\n{}\n\n", help(words, "--help").trim_end())
    };
    let found: String = COMMANDS.iter().map(shown).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help.snap");
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the program")]
    let update = std::env::var_os("KEYSTEAD_UPDATE_SNAPSHOTS").is_some();
    if update {
        std::fs::write(&path, &found).expect("the snapshot is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = found.lines().zip(kept.lines()).find(|(found, kept)| found != kept);
    assert!(found == kept, "help has changed; read it, then KEYSTEAD_UPDATE_SNAPSHOTS=1 keeps it: {differing:?}");
}

#[test]
fn every_command_is_in_the_snapshot() {
    for words in COMMANDS {
        let text = help(words, "--help");
        let listed = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for name in listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty())
        {
            let deeper = [words, &[name]].concat();
            assert!(name == "help" || COMMANDS.contains(&deeper.as_slice()), "{deeper:?} is missing in COMMANDS");
        }
    }
}

#[test]
fn nothing_at_all_shows_the_help_and_ends_with_2() {
    let ended = run(keystead([]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("Usage: keystead"), "{ended:?}");
    let version = run(keystead(["--version"])).fine();
    assert_eq!(version, format!("keystead {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_are_written_for_every_shell_and_nothing_else_is() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(keystead(["completions", shell])).fine();
        for word in ["serve", "admin", "completions", "token-file"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(run(keystead(["completions", "cobol"])).failed().contains("possible values"));
}

#[test]
fn the_shells_that_are_here_can_read_their_completions() {
    let (home, _) = home();
    for (shell, args) in [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"])] {
        let script = home.path().join(shell);
        std::fs::write(&script, run(keystead(["completions", shell])).fine()).expect("written");
        if program(shell).arg("--version").output().is_err() {
            eprintln!("{shell} is not on this machine: its completions were not read by it");
            continue;
        }
        let mut read = program(shell);
        read.args(args).arg(text(&script));
        let ended = run(read);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{shell}");
    }
}

#[test]
fn bash_completes_a_word_from_the_script() {
    let script = run(keystead(["completions", "bash"])).fine();
    let ask =
        "COMP_WORDS=(keystead key ver); COMP_CWORD=2; _keystead keystead ver key; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = program("bash");
    bash.arg("-s");
    if program("bash").arg("--version").output().is_err() {
        eprintln!("bash is not on this machine: nothing was completed");
        return;
    }
    assert_eq!(run_with(bash, &format!("{script}\n{ask}\n")).fine(), "verify\n");
}
