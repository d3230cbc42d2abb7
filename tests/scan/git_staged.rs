//! What is staged: by object, whatever settings, attributes, index and work tree say.

use crate::kit::{Folder, broken, own_key};

#[test]
fn a_key_is_found_before_the_first_commit() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a.env", format!("KEY={key}\n"));
    folder.scan(["--staged"]).clean();
    folder.git(["add", "."]);
    folder.scan(["--staged"]).found(&key);
    folder.file("a.env", format!("KEY={}\n", broken(&key)));
    folder.scan(["--staged"]).found(&key);
    folder.git(["add", "."]);
    folder.scan(["--staged"]).clean();
}

#[test]
fn a_value_that_the_file_had_does_not_block_again_and_one_that_comes_back_does() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", format!("one\n{key}\ntwo\n"));
    folder.commit("with a key");
    folder.file("a", format!("{key}\none\ntwo\nthree\n"));
    folder.git(["add", "."]);
    folder.scan(["--staged"]).clean();
    folder.scan(["--staged", "--whole"]).found(&key);
    folder.file("a", "none\n");
    folder.commit("without");
    folder.file("a", format!("{key}\n"));
    folder.git(["add", "."]);
    folder.scan(["--staged"]).found(&key);
}

#[test]
fn a_renamed_file_brings_nothing_and_a_copied_one_does() {
    let (folder, key) = (Folder::repository(), own_key());
    let text: String = (0..50).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat();
    folder.file("old name", format!("{text}{key}\n"));
    folder.commit("with a key");
    folder.git(["mv", "old name", "new\nname"]);
    folder.scan(["--staged"]).clean();
    folder.file("new\nname", format!("{text}{key}\nmore\n"));
    folder.git(["add", "."]);
    folder.scan(["--staged"]).clean();
    folder.file("old name", format!("{text}{key}\n"));
    folder.git(["add", "."]);
    folder.scan(["--staged"]).found(&key);
}
