//! Files and folders on the disk, and standard input.

use crate::kit::{Folder, broken, own_key};

#[test]
fn a_key_in_a_file_is_found_and_one_with_a_wrong_checksum_is_not() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file("deep/settings.py", format!("KEY = '{key}'\n"));
    folder.scan(["deep/settings.py"]).found(&key);
    folder.file("deep/settings.py", format!("KEY = '{}'\n", broken(&key)));
    folder.scan(["deep/settings.py"]).clean();
}
