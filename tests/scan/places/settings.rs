//! Settings and attributes that bend what `git diff` shows. None of them bends what is looked at, and nothing that they name is run.

use super::{CONTENT, Pair, STORED, place, staged};
use crate::kit::Folder;

/// A place that is what it is by a setting of the repository.
#[track_caller]
fn setting(name: &str, value: &str) {
    place(CONTENT, |folder, pair| {
        folder.git(["config", name, value]);
        staged(folder, "config.py", pair.text());
    });
}

/// A place that is what it is by an attribute.
#[track_caller]
fn attribute(line: &str) {
    place(CONTENT, |folder, pair| {
        staged(folder, ".gitattributes", format!("{line}\n"));
        staged(folder, "config.py", pair.text());
    });
}

/// A program that leaves a trace when it is run, and would hide what it is given.
fn trap(folder: &Folder) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.home().join("trap");
    std::fs::write(&path, format!("#!/bin/sh\ntouch {}/ran\n", folder.home().display())).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("may run");
    path.to_str().expect("UTF-8").to_owned()
}

#[track_caller]
fn nothing_runs(name: &str, attributes: &str) {
    place(STORED, |folder: &Folder, pair: &Pair| {
        staged(folder, "config.py", pair.text());
        staged(folder, ".gitattributes", attributes);
        folder.git(["config", name, &trap(folder)]);
        let scanned = folder.scan(["--staged"]);
        assert_ne!(scanned.code, 2, "{scanned:?}");
        folder.scan(["--history"]);
        folder.scan(["."]);
        assert!(!folder.home().join("ran").exists(), "{name} was run");
        folder.git(["config", "--unset", name]);
    });
}

#[test]
fn colour() {
    setting("color.ui", "always");
}

#[test]
fn prefixes_of_a_diff() {
    setting("diff.noprefix", "true");
    setting("diff.mnemonicPrefix", "true");
}

#[test]
fn contexts_of_a_diff() {
    setting("diff.context", "0");
    setting("diff.interHunkContext", "9");
}

#[test]
fn renames_and_algorithms_of_a_diff() {
    setting("diff.renames", "copies");
    setting("diff.algorithm", "histogram");
}

#[test]
fn order_of_files() {
    place(CONTENT, |folder, pair| {
        folder.file("order", "readme\n");
        folder.git(["config", "diff.orderFile", "order"]);
        staged(folder, "config.py", pair.text());
    });
}

#[test]
fn relative_paths() {
    setting("diff.relative", "true");
}

#[test]
fn quoted_paths() {
    place(CONTENT, |folder, pair| {
        folder.git(["config", "core.quotePath", "true"]);
        staged(folder, "schlüssel \"und\" mehr.txt", pair.text());
    });
}

#[test]
fn line_ends_that_are_changed() {
    setting("core.autocrlf", "true");
    setting("core.eol", "crlf");
}

#[test]
fn big_files_that_are_binary() {
    setting("core.bigFileThreshold", "1");
}

#[test]
fn compression() {
    setting("core.compression", "0");
}

#[test]
fn attributes_that_say_binary() {
    attribute("* binary");
    attribute("* -diff");
    attribute("* -text");
}

#[test]
fn attributes_that_say_generated() {
    attribute("* linguist-generated export-ignore -merge");
}

#[test]
fn attributes_that_change_the_encoding() {
    place(STORED, |folder, pair| {
        staged(folder, ".gitattributes", "*.txt text working-tree-encoding=UTF-16LE\n");
        let wide: Vec<u8> = pair.text().encode_utf16().flat_map(u16::to_le_bytes).collect();
        staged(folder, "wide.txt", wide);
    });
}

#[test]
fn attributes_of_a_person() {
    place(CONTENT, |folder, pair| {
        std::fs::write(folder.home().join("attributes"), "* -diff\n").expect("written");
        folder.git(["config", "core.attributesFile", folder.home().join("attributes").to_str().expect("UTF-8")]);
        staged(folder, "config.py", pair.text());
    });
}

#[test]
fn what_is_ignored_and_was_added_all_the_same() {
    place(CONTENT, |folder, pair| {
        staged(folder, ".gitignore", "*\n");
        staged(folder, ".env", pair.text());
    });
}

#[test]
fn no_external_diff_is_run() {
    nothing_runs("diff.external", "");
}

#[test]
fn no_text_conversion_is_run() {
    nothing_runs("diff.hide.textconv", "*.py diff=hide\n");
}

#[test]
fn no_diff_command_of_a_driver_is_run() {
    nothing_runs("diff.hide.command", "*.py diff=hide\n");
}

#[test]
fn no_file_system_monitor_is_run() {
    nothing_runs("core.fsmonitor", "");
}

#[test]
fn no_filter_is_run() {
    nothing_runs("filter.hide.smudge", "*.py filter=hide\n");
    nothing_runs("filter.hide.clean", "*.py filter=hide\n");
}

#[test]
fn no_pager_and_no_editor_is_run() {
    nothing_runs("core.pager", "");
    nothing_runs("core.editor", "");
}

#[test]
fn no_ssh_command_and_no_credential_helper_is_run() {
    nothing_runs("core.sshCommand", "");
    nothing_runs("credential.helper", "");
}

#[test]
fn no_program_for_signatures_is_run() {
    nothing_runs("gpg.program", "");
}
