//! Before each build: makes the binary follow `ui/dist`, without which files that Node builds after the first `cargo build` would not be
//! embedded, and turns `config/rules.toml` into constants, because reading 190 kB of TOML would cost every scan some milliseconds.

use std::fmt::Write;
use std::path::Path;

fn main() {
    std::fs::create_dir_all("ui/dist").expect("ui/dist can be created");
    println!("cargo:rerun-if-changed=ui/dist");
    println!("cargo:rerun-if-changed=docs");
    println!("cargo:rerun-if-changed=config/rules.toml");
    let rules = std::fs::read_to_string("config/rules.toml").expect("config/rules.toml is here");
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build by its environment")]
    let out = std::env::var_os("OUT_DIR").expect("cargo says where");
    std::fs::write(Path::new(&out).join("rules.rs"), constants(&rules)).expect("cargo's folder can be written");
}

/// The rules as Rust, for `src/scan/rules/built.rs`. Fields that nobody knows are found by a test, which reads the file as a user's.
fn constants(rules: &str) -> String {
    let file: toml::Table = rules.parse().expect("config/rules.toml is TOML");
    let mut code = String::from("static RULES: &[Built] = &[\n");
    for rule in file["rule"].as_array().expect("[[rule]]") {
        let text = |field| rule.get(field).map(|value| value.as_str().expect("a text"));
        let number = |field| rule.get(field).map(|value| value.as_integer().expect("a number"));
        let list = |field| -> Vec<&str> {
            let values = rule.get(field).and_then(|values| values.as_array()).into_iter().flatten();
            values.map(|value| value.as_str().expect("a list of texts")).collect()
        };
        let examples = |field| {
            let written: Vec<String> = list(field).iter().map(|text| format!("Cow::Borrowed({text:?})")).collect();
            written.join(", ")
        };
        let entropy = rule.get("entropy").map(|value| value.as_float().expect("a number with a point"));
        writeln!(
            code,
            "Built {{ id: {:?}, tier: {}, description: {:?}, anchors: &{:?}, any_case: {:?}, regex: {:?}, group: {}, entropy: {:?}, \
             reach: {:?}, check: {:?}, except: &{:?}, references: &{:?}, remedy: {:?}, matches: &[{}], silent: &[{}] }},",
            text("id").expect("an id"),
            if text("tier") == Some("c") { "Tier::Generic" } else { "Tier::Vendor" },
            text("description").expect("a description"),
            list("anchors"),
            rule.get("any_case").is_some_and(|value| value.as_bool() == Some(true)),
            text("regex").expect("a regex"),
            number("group").unwrap_or(0),
            entropy,
            number("reach"),
            text("check"),
            list("except"),
            list("references"),
            text("remedy"),
            examples("matches"),
            examples("silent"),
        )
        .expect("a String takes all");
    }
    code + "];\n"
}
