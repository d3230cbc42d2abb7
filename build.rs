//! Makes the binary follow `ui/dist`: without this, files that Node builds after the first `cargo build` would not be embedded.

fn main() {
    std::fs::create_dir_all("ui/dist").expect("ui/dist can be created");
    println!("cargo:rerun-if-changed=ui/dist");
    println!("cargo:rerun-if-changed=docs");
}
