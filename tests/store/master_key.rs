//! The master key: made once, refused when it is wrong, missing, or readable by others; and never made anew beside a database that
//! knows another.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keystead::base::crypto::MasterKey;

use crate::{judge, open_instance};

async fn used() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary directory");
    drop(open_instance(home.path(), &[]).await.expect("a new instance opens"));
    home
}

async fn refused(dir: &Path, settings: &[(&str, &str)]) -> String {
    match open_instance(dir, settings).await {
        Err(why) => why.to_string(),
        Ok(_) => panic!("it was opened"),
    }
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("set");
}

fn named(path: &Path) -> [(&'static str, &str); 1] {
    [("KEYSTEAD_STORE__MASTER_KEY_FILE", path.to_str().expect("UTF-8"))]
}

#[tokio::test]
async fn the_first_start_makes_a_key_and_later_ones_keep_it() {
    let home = used().await;
    let path = home.path().join("master.key");
    let made = std::fs::read_to_string(&path).expect("made");
    assert!(MasterKey::from_hex(made.trim_end()).is_some() && made.ends_with('\n'));
    drop(open_instance(home.path(), &[]).await.expect("it opens again"));
    assert_eq!(std::fs::read_to_string(&path).expect("kept"), made);
    assert_ne!(
        std::fs::read_to_string(used().await.path().join("master.key")).expect("made"),
        made,
        "each instance its own"
    );
}

#[tokio::test]
async fn the_database_keeps_a_fingerprint_and_nothing_of_the_key() {
    let home = used().await;
    let text = std::fs::read_to_string(home.path().join("master.key")).expect("made");
    let key = MasterKey::from_hex(text.trim_end()).expect("a key");
    let file = home.path().join("keystead.db");
    let kept: String =
        judge(&file).query_row("SELECT fingerprint FROM master_keys", [], |row| row.get(0)).expect("one");
    assert_eq!(kept, key.fingerprint());
    let bytes = std::fs::read(&file).expect("read");
    let raw: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).expect("hex")).collect();
    for needle in [&raw[..16], &raw[16..], &text.as_bytes()[..32], &text.as_bytes()[32..64]] {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle), "a half of the key is in the database");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_the_right_one_opens_again() {
    let home = used().await;
    let path = home.path().join("master.key");
    let right = std::fs::read_to_string(&path).expect("made");
    let before = std::fs::read(home.path().join("keystead.db")).expect("read");
    write_private(&path, &MasterKey::generate().to_hex());
    let why = refused(home.path(), &[]).await;
    assert!(why.contains("not the master key that this database was made with"), "{why}");
    assert!(why.contains("put the right file back") && why.contains("Nothing was changed"), "{why}");
    assert!(std::fs::read(home.path().join("keystead.db")).expect("read") == before, "a byte was changed");
    write_private(&path, &right);
    open_instance(home.path(), &[]).await.expect("it opens again");
}

#[tokio::test]
async fn a_missing_key_beside_a_database_is_refused_and_none_is_made() {
    let home = used().await;
    let path = home.path().join("master.key");
    std::fs::remove_file(&path).expect("removed");
    let why = refused(home.path(), &[]).await;
    assert!(
        why.contains("is missing") && why.contains("put the file back") && why.contains("No new one was made"),
        "{why}"
    );
    assert!(!path.exists());
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_without_being_shown() {
    let home = used().await;
    let garbage = ["0123456789abcdef".repeat(3), "xyz".repeat(20), String::new(), "g".repeat(64), "é".repeat(32)];
    for text in garbage {
        write_private(&home.path().join("master.key"), &text);
        let why = refused(home.path(), &[]).await;
        assert!(why.contains("64 hexadecimal digits"), "{why}");
        assert!(text.is_empty() || !why.contains(&text), "{why}");
    }
}

#[tokio::test]
async fn a_key_that_others_may_read_is_refused() {
    let home = used().await;
    let path = home.path().join("master.key");
    for mode in [0o640, 0o604, 0o660, 0o644] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("set");
        let why = refused(home.path(), &[]).await;
        assert!(why.contains("chmod 600"), "{mode:o}: {why}");
    }
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).expect("set");
    open_instance(home.path(), &[]).await.expect("its owner may have taken their own right to write");
}

#[tokio::test]
async fn a_named_file_is_used_with_the_mode_its_keeper_gave_it() {
    let (home, keys) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let path = keys.path().join("credential");
    std::fs::write(&path, format!("{}\n", *MasterKey::generate().to_hex())).expect("written");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).expect("set");
    drop(open_instance(home.path(), &named(&path)).await.expect("it opens"));
    assert!(!home.path().join("master.key").exists(), "no second one is made");
    let why = refused(home.path(), &[]).await;
    assert!(why.contains("is missing"), "without its name the key is not found: {why}");
}

#[tokio::test]
async fn a_named_file_that_is_missing_is_refused_and_never_made() {
    let (home, keys) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let path = keys.path().join("credential");
    let why = refused(home.path(), &named(&path)).await;
    assert!(why.contains("store.master_key_file") && why.contains("/dev/urandom"), "{why}");
    let used = used().await;
    let why = refused(used.path(), &named(&path)).await;
    assert!(why.contains("put the file back"), "{why}");
    assert!(!path.exists() && !home.path().join("master.key").exists());
}
