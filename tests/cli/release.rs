//! What is shipped has no clock that anybody could move. The name of the movable clock is in every binary that has it, as the tests' own
//! binary shows, and in no release.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary::KEYSTEAD;

/// Assembled here, so that this test's own binary does not matter.
fn marker() -> String {
    ["keystead", "test", "clock"].join("_")
}

fn has_marker(binary: &Path) -> bool {
    let bytes = std::fs::read(binary).expect("the binary can be read");
    let marker = marker();
    bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
}

/// The release binary without link-time optimisation, built beside the one under test.
fn release() -> PathBuf {
    let target = Path::new(KEYSTEAD).ancestors().nth(2).expect("target/profile/keystead");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--offline", "--quiet", "--profile", "release-dev", "--bin", "keystead"]);
    cargo.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = cargo.output().expect("cargo starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target.join("release-dev").join("keystead")
}

#[test]
fn a_release_has_no_clock_that_can_be_moved() {
    assert!(has_marker(Path::new(KEYSTEAD)), "the tests' own binary has it, or its absence elsewhere proves nothing");
    assert!(!has_marker(&release()), "a release binary was built with the feature test-clock");
}
