//! What the matcher promises of any text: a key of ours is found wherever it stands, one with a wrong checksum nowhere, each value once, and a mark
//! allows what it may.

use keystead::config::Prefixes;
use keystead::scan::matcher::{Found, Tiers, Window};
use keystead::scan::{Rules, Scanner, Scratch};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::fuzzed::{self, Pieces, plain};
use crate::kit;

/// Rules of the tests' own, so that it does not matter here what else is built in.
const RULES: &str = r#"
replace = true
[[rule]]
id = "test-token"
description = "A token"
anchors = ["tst_"]
regex = 'tst_[0-9A-Za-z]{20,}\b'
matches = []
silent = []

[[rule]]
id = "test-longer"
description = "The same, and what it is assigned to"
anchors = ["tst_"]
regex = 'name=tst_[0-9A-Za-z]{20,}\b'
matches = []
silent = []

[[rule]]
id = "test-block"
description = "A block of lines"
anchors = ["BEGIN BLOCK"]
reach = 20000
regex = 'BEGIN BLOCK\n[0-9A-Za-z\n]{1,20000}END BLOCK'
matches = []
silent = []

[[rule]]
id = "test-generic"
tier = "c"
description = "A password"
anchors = ["password"]
any_case = true
reach = 80
regex = '(?i)password\s{0,3}[=:]\s{0,3}"([^"\n]{8,64})"'
group = 1
matches = []
silent = []

[[rule]]
id = "test-short"
description = "An anchor of two bytes, and one of three"
anchors = ["Qz", "Q~7"]
any_case = true
regex = '(?i)(?:qz|q~7)[0-9]{12}'
matches = []
silent = []
"#;

fn scanner(tiers: Tiers) -> Scanner {
    let rules = Rules::built_in().with_file(RULES).expect("rules");
    let prefixes = Prefixes::built_in().with_secret(&["acme_sk_live_".into(), "k_".into()]).expect("prefixes");
    Scanner::new(&rules, &prefixes, tiers)
}

fn look(text: impl AsRef<[u8]>) -> Found {
    scanner(Tiers::ALL).look(text.as_ref(), None, &mut Scratch::default())
}

/// Rule and value of everything that was found.
fn told(found: &Found) -> Vec<(String, String)> {
    found.hits.iter().map(|hit| (hit.rule.id.to_string(), hit.value.expose().to_owned())).collect()
}

fn own(prefix: &str) -> String {
    keystead::key::token::mint(prefix).expose().to_owned()
}

/// Of the tests' own rule.
fn token() -> String {
    format!("tst_{}", &own("")[..30])
}

#[test]
fn a_key_of_ours_is_found_behind_and_before_any_byte() {
    let (scanner, mut scratch) = (scanner(Tiers::ALL), Scratch::default());
    let key = kit::own_key();
    for byte in 0..=u8::MAX {
        for (before, behind) in [(1, 0), (0, 1), (1, 1), (7, 9)] {
            let text = [&vec![byte; before], key.as_bytes(), &vec![byte; behind]].concat();
            let found = scanner.look(&text, None, &mut scratch);
            assert_eq!(told(&found), [("keystead-key".into(), key.clone())], "{byte} × {before}, {behind}");
        }
    }
}

#[test]
fn keys_one_behind_the_other_are_all_found() {
    let keys: Vec<String> = ["sk_live_", "pk_test_", "sk_test_", "acme_sk_live_", "k_"].map(own).into();
    let found = look(keys.concat());
    assert_eq!(found.hits.iter().map(|hit| hit.value.expose()).collect::<Vec<_>>(), keys);
    let rules: Vec<&str> = found.hits.iter().map(|hit| &*hit.rule.id).collect();
    assert_eq!(rules, ["keystead-key", "keystead-public-key", "keystead-key", "keystead-key", "keystead-key"]);
}

#[test]
fn a_prefix_within_a_prefix_is_one_key_with_the_right_one() {
    // The checksum is over the prefix, too: what ends as a key of the shorter prefix is none of it.
    let key = own("acme_sk_live_");
    assert_eq!(told(&look(&key)), [("keystead-key".into(), key)]);
    let key = own("sk_live_");
    let text = format!("acme_{key}");
    assert_eq!(told(&look(text)), [("keystead-key".into(), key)]);
}

#[test]
fn a_wrong_checksum_is_never_found() {
    for prefix in ["sk_live_", "pk_live_", "acme_sk_live_", "k_"] {
        assert!(look(kit::broken(&own(prefix))).hits.is_empty(), "{prefix}");
    }
}

#[test]
fn no_tier_but_the_own_one_is_looked_for_unless_it_is_asked_for() {
    let (key, token) = (kit::own_key(), token());
    let text = format!("{key} {token} password = \"{}\"", &own("")[..20]);
    let only = |own, vendor, generic| {
        let found = scanner(Tiers { own, vendor, generic }).look(text.as_bytes(), None, &mut Scratch::default());
        found.hits.iter().map(|hit| hit.rule.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(only(true, false, false), ["keystead-key"]);
    assert_eq!(only(false, true, false), ["test-token"]);
    assert_eq!(only(false, false, true), ["test-generic"]);
    assert_eq!(only(true, true, true), ["keystead-key", "test-token", "test-generic"]);
}

#[test]
fn of_what_overlaps_the_surer_rule_stays_and_of_one_tier_the_longest() {
    let token = token();
    assert_eq!(told(&look(format!("name={token};"))), [("test-longer".into(), format!("name={token}"))]);
    assert_eq!(told(&look(format!("Password: \"{token}\""))), [("test-token".into(), token)]);
    let key = kit::own_key();
    assert_eq!(told(&look(format!("PASSWORD='' password=\"{key}\""))), [("keystead-key".into(), key.clone())]);
    // A key of ours within a larger secret is two secrets.
    let both = told(&look(format!("BEGIN BLOCK\n{key}\nEND BLOCK")));
    assert_eq!(both.len(), 1, "the block's alphabet has no underscore: {both:?}");
}

#[test]
fn an_anchor_of_two_or_three_bytes_is_found_in_any_case_and_at_the_end() {
    for anchor in ["qz", "Qz", "qZ", "QZ", "q~7", "Q~7"] {
        for before in 0..20 {
            let secret = format!("{anchor}123456789012");
            assert_eq!(told(&look(format!("{}{secret}", " ".repeat(before)))), [("test-short".into(), secret)]);
        }
    }
}

#[test]
fn a_line_and_a_column_are_those_of_an_editor() {
    let token = token();
    let text = format!("one\r\ntwo\n\n\u{e9}\u{1f600} {token}\n{token} {token}");
    let found = look(text);
    let places: Vec<(u64, u64)> = found.hits.iter().map(|hit| (hit.line, hit.column)).collect();
    assert_eq!(places, [(4, 4), (5, 1), (5, 36)]);
    // Bytes that are not UTF-8 count as one each.
    let found = look([b"\xff\xfe\x80\n\xff\xc3 ".as_slice(), token.as_bytes()].concat());
    assert_eq!((found.hits[0].line, found.hits[0].column), (2, 4));
}

#[test]
fn a_mark_in_the_line_allows_with_its_reason_and_never_a_key_of_ours() {
    let token = token();
    let inline = |text: String| look(text).hits.into_iter().map(|hit| hit.inline.map(String::from)).collect::<Vec<_>>();
    assert_eq!(
        inline(format!("x = {token} // keystead:allow a token of the tests */")),
        [Some("a token of the tests".to_owned())]
    );
    assert_eq!(inline(format!("<!-- keystead:allow: docs --> {token}")), [Some(format!("docs --> {token}"))]);
    assert_eq!(inline(format!("{token} # gitleaks:allow")), [Some("gitleaks:allow".to_owned())]);
    assert_eq!(inline(format!("{token} # pragma: allowlist secret")), [Some("pragma: allowlist secret".to_owned())]);
    for none in
        ["keystead:allow", "keystead:allow   ", "keystead:allowed because", "keystead:allow */", "\nkeystead:allow x"]
    {
        assert_eq!(inline(format!("{token} {none}")), [None], "{none}");
    }
    assert_eq!(inline(format!("{} # keystead:allow it is only a test", kit::own_key())), [None]);
    assert_eq!(inline(format!("{} # gitleaks:allow", own("pk_live_"))), [None]);
    // A value of several lines: in its first, or the one before.
    for block in [
        "# keystead:allow an example\nBEGIN BLOCK\nabc\nEND BLOCK",
        "BEGIN BLOCK\nabc\nEND BLOCK # keystead:allow late",
    ] {
        let expected = block.starts_with('#').then(|| "an example".to_owned());
        assert_eq!(inline(block.to_owned()), [expected], "{block}");
    }
}

#[test]
fn a_match_that_goes_on_behind_the_reach_is_whole() {
    let long = format!("tst_{}", "a1".repeat(5_000));
    let found = look(format!("{long} {long}"));
    assert!(found.hits.len() == 2 && found.hits.iter().all(|hit| hit.value.expose() == long));
}

#[test]
fn a_text_full_of_anchors_takes_no_longer_than_its_length_says() {
    // Each anchor by itself would be a search of 500 bytes: 100,000 of them would outlast any patience.
    let text = "password".repeat(100_000);
    assert!(look(text).hits.is_empty());
}

/// A margin of a rule's reach and a secret, …
const SMALL: Window = Window { size: 1_400, margin: 340, archive: 128 << 20 };
/// … and one in which a mark may stand, too.
const LARGER: Window = Window { size: 5_700, margin: 1_400, archive: 128 << 20 };

fn by_windows(window: Window, scanner: &Scanner, text: &[u8], lengths: &[u8]) -> Found {
    let pieces = Pieces { text, lengths, reads: 0 };
    let (found, length) =
        scanner.look_through_by(window, pieces, None, &mut Scratch::default()).expect("nothing fails to read");
    assert_eq!(length, text.len() as u64);
    found
}

#[test]
fn a_secret_is_found_at_every_offset_around_the_borders_of_windows() {
    let scanner = scanner(Tiers::ALL);
    for secret in [kit::own_key(), token()] {
        // A window goes on by 720 bytes: so many offsets are all there are.
        for offset in 1_000..1_000 + SMALL.size - 2 * SMALL.margin {
            let mut text = vec![b'.'; 3_000];
            text[offset - 1] = b'\n';
            text[offset..offset + secret.len()].copy_from_slice(secret.as_bytes());
            let found = by_windows(SMALL, &scanner, &text, &[255]);
            assert_eq!(plain(&found), plain(&scanner.look(&text, None, &mut Scratch::default())), "{offset}");
            assert_eq!((found.hits.len(), found.hits[0].line, found.hits[0].column), (1, 2, 1), "{offset}");
        }
    }
}

#[test]
fn windows_of_the_usual_size_find_what_stands_between_them() {
    let (scanner, key) = (scanner(Tiers { own: true, vendor: false, generic: false }), kit::own_key());
    let mut text = vec![b'\n'; 3 * Window::LONG.size];
    let step = Window::LONG.size - 2 * Window::LONG.margin;
    let places: Vec<usize> = (1..3).map(|n| n * step + Window::LONG.margin - key.len() / 2).collect();
    for place in &places {
        text[*place..place + key.len()].copy_from_slice(key.as_bytes());
    }
    let (found, _) = scanner.look_through(text.as_slice(), None, &mut Scratch::default()).expect("reads");
    let lines: Vec<u64> = found.hits.iter().map(|hit| hit.line).collect();
    assert_eq!(lines, [places[0] as u64 + 1, places[1] as u64 + 1 - key.len() as u64]);
}

/// Pieces of texts that mean something to the matcher.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..120),
        4 => "[ -~]{0,120}".prop_map(String::into_bytes),
        2 => "[a-z \u{e9}\u{20ac}\u{1f600}\n\r]{0,60}".prop_map(String::into_bytes),
        1 => Just(()).prop_map(|()| own("sk_live_").into_bytes()),
        1 => Just(()).prop_map(|()| own("pk_test_").into_bytes()),
        1 => Just(()).prop_map(|()| own("acme_sk_live_").into_bytes()),
        1 => Just(()).prop_map(|()| kit::broken(&own("sk_live_")).into_bytes()),
        2 => Just(()).prop_map(|()| token().into_bytes()),
        1 => Just(()).prop_map(|()| format!("Password = \"{}\"", &own("")[..12]).into_bytes()),
        1 => Just(b" # keystead:allow for a reason\n".to_vec()),
        1 => Just(b"sk_live_tst_passwordQz".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in vec(any::<u8>(), 0..2_000)) {
        let _ = look(text);
    }

    #[test]
    fn a_planted_secret_is_found_between_any_bytes(before in vec(any::<u8>(), 0..300), behind in vec(any::<u8>(), 0..300)) {
        let key = kit::own_key();
        let found = look([&before, key.as_bytes(), &behind].concat());
        prop_assert!(told(&found).contains(&("keystead-key".into(), key)));
        // A vendor's token ends where its alphabet does.
        let token = token();
        let found = look([&before, token.as_bytes(), b"-", &behind].concat());
        prop_assert!(told(&found).iter().any(|(_, value)| value.contains(&token)));
    }

    #[test]
    fn nothing_depends_on_how_a_text_is_delivered_or_cut(pieces in vec(piece(), 0..300), lengths in vec(any::<u8>(), 1..8)) {
        let (scanner, text) = (scanner(Tiers::ALL), pieces.concat());
        let whole = scanner.look(&text, None, &mut Scratch::default());
        prop_assert_eq!(plain(&by_windows(LARGER, &scanner, &text, &lengths)), plain(&whole));
    }

    #[test]
    fn what_is_fuzzed_holds(pieces in vec(piece(), 0..40)) {
        fuzzed::scan(&pieces.concat());
    }
}
