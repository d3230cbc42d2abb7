//! What is opened and what is not: our own databases of this version or older; nothing foreign, nothing newer, nothing damaged; and what is refused is
//! left as it was.

use std::path::Path;

use keystead::store::{DataDir, OpenError, Store};

use crate::binary::{Server, home, serve};
use crate::{OPTIONS, judge, open_instance};

fn open(folder: &Path) -> Result<Store, OpenError> {
    let dir = DataDir::lock(folder).expect("nobody else is here");
    Store::open(&dir, &OPTIONS, 0)
}

/// A data directory that was used and closed.
async fn used() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary directory");
    drop(open_instance(home.path(), &[]).await.expect("a new instance opens"));
    home
}

fn pragma(file: &Path, name: &str) -> i64 {
    judge(file).query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).expect("a pragma")
}

#[tokio::test]
async fn a_database_says_whose_it_is_and_of_which_version() {
    let home = used().await;
    let file = home.path().join("keystead.db");
    assert_eq!(pragma(&file, "application_id"), 0x4b53_5444, "KSTD");
    assert_eq!(pragma(&file, "user_version"), 4);
    let mode: String = judge(&file).query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("a pragma");
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_newer_database_is_refused_with_the_remedy_and_not_a_byte_is_changed() {
    let home = used().await;
    let file = home.path().join("keystead.db");
    judge(&file).execute_batch("PRAGMA user_version = 99").expect("set");
    let before = std::fs::read(&file).expect("read");
    let why = open(home.path()).expect_err("it is newer").to_string();
    assert!(why.contains("newer Keystead") && why.contains("start the newer binary"), "{why}");
    assert!(std::fs::read(&file).expect("read") == before, "a byte was changed");
    assert!(!home.path().join("snapshots").exists(), "no migration, no snapshot");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_not_a_byte_is_changed() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let file = home.path().join("keystead.db");
    judge(&file).execute_batch("CREATE TABLE somebody_elses (x)").expect("a foreign database");
    let before = std::fs::read(&file).expect("read");
    let why = open(home.path()).expect_err("it is foreign").to_string();
    assert!(why.contains("another program") && why.contains("choose another data directory"), "{why}");
    assert!(std::fs::read(&file).expect("read") == before, "a byte was changed");
}

#[tokio::test]
async fn a_damaged_database_is_refused_with_the_remedy_and_never_served() {
    type Harm = fn(Vec<u8>) -> Vec<u8>;
    let harms: [(&str, Harm); 6] = [
        ("header flipped", |mut bytes| {
            bytes[3] ^= 0xff;
            bytes
        }),
        ("first page gone", |mut bytes| {
            bytes[..4096].fill(0);
            bytes
        }),
        ("schema's page overwritten", |mut bytes| {
            bytes[100..2000].fill(0x5a);
            bytes
        }),
        ("cut by a page", |bytes| bytes[..bytes.len() - 4096].to_vec()),
        ("cut within a page", |bytes| bytes[..bytes.len() / 2 + 100].to_vec()),
        ("cut to nothing", |_| Vec::new()),
    ];
    for (name, harm) in harms {
        let home = used().await;
        let file = home.path().join("keystead.db");
        let damaged = harm(std::fs::read(&file).expect("read"));
        std::fs::write(&file, &damaged).expect("written");
        let why = match open_instance(home.path(), &[]).await {
            Err(why) => why.to_string(),
            Ok(_) => panic!("{name}: it was opened"),
        };
        assert!(why.contains("keystead.db") && why.contains("restore a backup"), "{name}: {why}");
        assert!(std::fs::read(&file).expect("read") == damaged, "{name}: evidence is left as it was");
    }
}

#[test]
fn a_server_does_not_start_on_a_damaged_database() {
    let (_home, data) = home();
    Server::start(&data).stop(rustix::process::Signal::TERM);
    let file = data.join("keystead.db");
    let mut bytes = std::fs::read(&file).expect("read");
    bytes[..16].fill(b'x');
    std::fs::write(&file, bytes).expect("written");
    let stderr = Server::launch(serve(&data), &data).expect_err("it is damaged").failed();
    assert!(stderr.contains("restore a backup") && stderr.contains("snapshots/"), "{stderr}");
}

#[tokio::test]
async fn what_is_not_a_directory_or_cannot_be_written_is_refused_with_its_name() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let file = home.path().join("a file");
    std::fs::write(&file, "").expect("written");
    let why = DataDir::lock(&file).expect_err("a file is no directory").to_string();
    assert!(why.contains("a file"), "{why}");
    std::fs::create_dir(home.path().join("keystead.db")).expect("made");
    let why = open(home.path()).expect_err("a directory is no database").to_string();
    assert!(why.contains("keystead.db") && why.contains("check the owner and the mode"), "{why}");
}

#[test]
fn one_holder_at_a_time_has_the_directory() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let first = DataDir::lock(home.path()).expect("nobody else is here");
    let second = DataDir::lock(home.path()).expect_err("it is held").to_string();
    assert!(second.contains("another Keystead process"), "{second}");
    drop(first);
    DataDir::lock(home.path()).expect("it is free again");
}
