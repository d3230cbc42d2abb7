//! What things are called.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::{COMMITTED, CONTENT, STORED, place, staged};

#[test]
fn a_file_that_is_called_so() {
    place(CONTENT, |folder, pair| staged(folder, &format!("{}.txt", pair.word()), "nothing\n"));
}

#[test]
fn a_folder_that_is_called_so() {
    place(CONTENT, |folder, pair| staged(folder, &format!("deep/{}/below/x", pair.word()), "nothing\n"));
}

#[test]
fn an_empty_file_that_is_called_so() {
    place(CONTENT, |folder, pair| staged(folder, &pair.word(), ""));
}

#[test]
fn where_a_link_points_to() {
    place(CONTENT, |folder, pair| {
        symlink(format!("/mnt/{}", pair.word()), folder.at("link")).expect("a link");
        folder.git(["add", "link"]);
    });
}

#[test]
fn names_that_look_like_options_or_patterns() {
    for name in [
        "-rf",
        "--staged",
        "--",
        ":(glob)**",
        "a*b?[c]",
        "HEAD",
        "~",
        "$(touch ran)",
        "`x`",
        "'\"",
        " ",
        "a\tb",
        "a\\b",
    ] {
        place(CONTENT, |folder, pair| {
            let path = if name == "--" { format!("./{name}") } else { name.to_owned() };
            folder.file(&path, pair.text());
            folder.git(["--literal-pathspecs", "add", "--force", "--", name]);
        });
    }
}

#[test]
fn names_with_line_ends() {
    place(CONTENT, |folder, pair| staged(folder, "a\nb\rc\n\n:100644 x", pair.text()));
}

#[test]
fn names_that_are_not_utf_8() {
    place(CONTENT, |folder, pair| {
        let name = OsStr::from_bytes(b"caf\xe9\xff.txt");
        folder.file(name, pair.text());
        folder.git(["add", "--all"]);
    });
}

#[test]
fn a_very_deep_folder() {
    place(CONTENT, |folder, pair| {
        let name = format!("{}x", "abcdefgh/".repeat(300));
        staged(folder, &name, pair.text());
    });
}

#[test]
fn files_that_git_itself_reads() {
    for name in [".gitattributes", ".gitignore", ".mailmap", ".git-blame-ignore-revs", "sub/.gitattributes"] {
        place(CONTENT, |folder, pair| staged(folder, name, format!("# {}", pair.text().replace('\n', "\n# "))));
    }
}

#[test]
fn the_url_of_a_submodule() {
    place(CONTENT, |folder, pair| {
        let text =
            format!("[submodule \"x\"]\n\tpath = x\n\turl = https://{}@example.com/{}.git\n", pair.vendor, pair.own);
        staged(folder, ".gitmodules", text);
    });
}

#[test]
fn files_that_scanners_pass_over() {
    for name in [
        "package-lock.json",
        "vendor/x.min.js",
        "node_modules/x/index.js",
        "a.svg",
        "a.lock",
        "test/fixtures/x",
        "a.md",
        ".git.txt",
    ] {
        place(CONTENT, |folder, pair| staged(folder, name, pair.text()));
    }
}

#[test]
fn a_branch_that_is_called_so() {
    place(&COMMITTED[1..], |folder, pair| {
        folder.git(["branch", &pair.word()]);
    });
}

#[test]
fn a_tag_that_is_called_so() {
    place(&COMMITTED[1..], |folder, pair| {
        folder.git(["tag", &pair.word()]);
    });
}

#[test]
fn a_name_in_another_case_of_the_file_system() {
    place(STORED, |folder, pair| {
        folder.git(["config", "core.ignoreCase", "true"]);
        staged(folder, "A.TXT", pair.text());
        staged(folder, "a.txt", "nothing\n");
    });
}
