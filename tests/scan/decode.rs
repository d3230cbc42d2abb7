//! What a secret can be written as: each way is opened, alone and one in another, in any surroundings. In the library, because what is
//! promised is that the text which rules look at has the secret; the archives are in decode_archives.rs.

use std::cell::Cell;
use std::fmt::Write;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use keystead::scan::decode::{DEPTH_MAX, Opened, Origin, UNPACKED_MAX, open, something_to_open};
use keystead::scan::{View, Why};
use proptest::prelude::*;

use crate::kit::{own_key, vendor_token};

/// What was opened, as far down as is opened.
#[derive(Debug, Default)]
pub struct Seen {
    pub texts: Vec<(Vec<View>, Origin, Vec<u8>)>,
    pub whys: Vec<Why>,
}

impl Seen {
    pub fn of(text: &[u8]) -> Self {
        Self::within(text, UNPACKED_MAX)
    }

    pub fn within(text: &[u8], left: u64) -> Self {
        let mut seen = Self::default();
        seen.layer(text, &Cell::new(left), &[]);
        seen
    }

    fn layer(&mut self, text: &[u8], left: &Cell<u64>, through: &[View]) {
        if through.len() == DEPTH_MAX {
            self.whys.extend(something_to_open(text).then_some(Why::Depth));
            return;
        }
        let whys = open(text, &(0..text.len()), left, &mut |opened: Opened<'_>| {
            let through: Vec<View> = through.iter().cloned().chain([opened.view]).collect();
            self.texts.push((through.clone(), opened.origin, opened.bytes.to_vec()));
            self.layer(opened.bytes, left, &through);
        });
        self.whys.extend(whys);
    }

    pub fn has(&self, secret: &str) -> bool {
        self.texts.iter().any(|(.., text)| has(text, secret))
    }

    /// It is seen through exactly these.
    pub fn through(&self, secret: &str, through: &[View]) -> bool {
        self.texts.iter().any(|(by, _, text)| by == through && has(text, secret))
    }
}

fn has(text: &[u8], secret: &str) -> bool {
    memchr::memmem::find(text, secret.as_bytes()).is_some()
}

fn each_char(text: &str, as_: impl Fn(u8) -> String) -> String {
    text.bytes().map(as_).collect()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn lines(text: &str, width: usize, end: &str) -> String {
    let parts: Vec<&str> = (0..text.len()).step_by(width).map(|at| &text[at..text.len().min(at + width)]).collect();
    parts.join(end)
}

#[track_caller]
fn shows(text: impl AsRef<[u8]>, secret: &str) {
    let text = text.as_ref();
    assert!(!has(text, secret), "it stands there already");
    assert!(Seen::of(text).has(secret), "not seen in {:?}", String::from_utf8_lossy(text));
}

#[test]
fn base64_is_opened_in_every_alphabet_alignment_and_surrounding() {
    for secret in [own_key(), vendor_token()] {
        for before in ["", "x", "xy", "user:", "https://user:pass@", "päss: ", "\u{7f}\0\u{1}"] {
            for after in ["", "\n", "ÿ", "@example.org\n", "\0\0\0"] {
                let plain = format!("{before}{secret}{after}");
                for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                    let encoded = engine.encode(&plain);
                    shows(&encoded, &secret);
                    shows(format!("Authorization: Basic {encoded}"), &secret);
                    shows(format!("data:text/plain;base64,{encoded}"), &secret);
                    for glue in ["a", "Zz", "id_", "0x4F", "sha512-"] {
                        shows(format!("{glue}{encoded}"), &secret);
                    }
                }
            }
        }
    }
}

#[test]
fn base64_over_lines_is_one_text() {
    let secret = own_key();
    let encoded = STANDARD.encode(format!("{{\"a\": \"{}\", \"key\": \"{secret}\"}}", "filler ".repeat(30)));
    for width in [64, 75, 76, 80, 24] {
        for end in ["\n", "\r\n", "\n    ", "\n\t\t", "\n# ", "\n> "] {
            shows(format!("-----BEGIN THING-----\n{}\n-----END THING-----\n", lines(&encoded, width, end)), &secret);
        }
    }
}

#[test]
fn a_finding_stands_in_the_line_of_a_run_that_encodes_it() {
    let (noise, secret) = ("\u{1}\u{2}\u{3}".repeat(400), own_key());
    let encoded = STANDARD.encode(format!("{noise}{secret}{noise}"));
    let text = format!("first\n{}\nlast\n", lines(&encoded, 64, "\n"));
    let seen = Seen::of(text.as_bytes());
    let (_, origin, _) = seen.texts.iter().find(|(.., text)| has(text, &secret)).expect("it is seen");
    let Origin::At(at) = *origin else { panic!("{origin:?}") };
    let line = text[..at].matches('\n').count() + 1;
    let expected = 1 + (1200 * 4 / 3) / 64 + 1;
    assert!(line.abs_diff(expected) <= 1, "line {line} and not {expected}");
}

#[test]
fn what_encodes_no_text_is_left_alone() {
    let hash = STANDARD.encode((0..64u8).map(|byte| byte.wrapping_mul(151) ^ 0x5a).collect::<Vec<_>>());
    let source = "fn a_long_name_that_is_a_name_and_no_base64_at_all(path: &str) -> Result<()> { format!(\"%d\\n\", 1) } // ===\n";
    for text in [
        format!("\"integrity\": \"sha512-{hash}\"\n"),
        source.repeat(20),
        "/usr/local/share/some/where/else/again\n".repeat(20),
    ] {
        let seen = Seen::of(text.as_bytes());
        assert!(seen.texts.is_empty() && seen.whys.is_empty(), "{:?}", seen.texts);
    }
}

#[test]
fn percent_is_opened() {
    let secret = own_key();
    let some = secret.replace('_', "%5F");
    let all = each_char(&secret, |byte| format!("%{byte:02x}"));
    for text in [&some, &some.to_lowercase(), &all] {
        if text.contains("%5f") && text.as_str() == some.to_lowercase() {
            continue;
        }
        shows(format!("https://example.org/?token={text}&more=%20"), &secret);
    }
    shows(each_char(&secret, |byte| format!("%25{byte:02X}")), &secret);
    let header = ["-----BEGIN", "RSA", "PRIVATE", "KEY-----"];
    shows(format!("key={}%0AMIIEvQIBADANBgkqhkiG9w0BAQ", header.join("+")), &header.join(" "));
}

#[test]
fn escapes_are_opened() {
    let secret = own_key();
    let ways: [fn(u8) -> String; 6] = [
        |byte| format!("\\u{byte:04x}"),
        |byte| format!("\\u{{{byte:X}}}"),
        |byte| format!("\\x{byte:02x}"),
        |byte| format!("\\{byte:03o}"),
        |byte| format!("\\U{byte:08x}"),
        |byte| format!("\\\\u{byte:04X}"),
    ];
    for way in ways {
        shows(format!("x = \"{}\";", each_char(&secret, way)), &secret);
        shows(format!("x = \"{}\";", secret.replace('_', &way(b'_'))), &secret);
    }
    shows(format!("the key is {}.", secret.replace('_', "\\_")), &secret);
    let address = format!("postgres://user:{}@db/x", &secret[10..30]);
    shows(address.replace('/', "\\/"), &address);
}

#[test]
fn a_key_that_is_broken_over_lines_is_one_key() {
    let secret = own_key();
    for end in ["\\\n", "\\\r\n", "\\\n        "] {
        for width in [5, 10, 30] {
            shows(format!("export KEY={}\n", lines(&secret, width, end)), &secret);
        }
    }
}

#[test]
fn a_word_begins_behind_an_escaped_line_end() {
    let token = vendor_token();
    let seen = Seen::of(format!("echo \"first\\n{token}\\n\"").as_bytes());
    assert!(seen.has(&format!("\n{token}")));
}

#[test]
fn html_and_mail_are_opened() {
    let secret = own_key();
    for entity in ["&#95;", "&#x5f;", "&#X5F;", "&#0095;", "&lowbar;"] {
        shows(format!("<b>{}</b>", secret.replace('_', entity)), &secret);
    }
    shows(each_char(&secret, |byte| format!("&#{byte};")), &secret);
    let head = "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    shows(format!("{head}key: {}\r\n", secret.replace('_', "=5F")), &secret);
    shows(format!("{head}key: {}\r\n", lines(&secret, 20, "=\r\n")), &secret);
}

#[test]
fn utf_16_is_opened_whole_and_in_the_middle_of_anything() {
    let secret = own_key();
    let little = wide(&format!("Grüße\r\nkey={secret}\r\n"));
    let big: Vec<u8> = little.chunks(2).flat_map(|unit| [unit[1], unit[0]]).collect();
    for (text, mark) in [(&little, [0xff, 0xfe]), (&big, [0xfe, 0xff])] {
        shows(text, &secret);
        let marked = [&mark, text.as_slice()].concat();
        let seen = Seen::of(&marked);
        assert!(seen.texts.iter().any(|(_, origin, text)| *origin == Origin::Own && has(text, "Grüße\r\nkey=")));
        for junk in 0..9 {
            shows([&vec![0xcc; junk], text.as_slice(), &[0; 7]].concat(), &secret);
            shows([&vec![0; junk], text.as_slice(), &[0xcc; 7]].concat(), &secret);
            shows([&marked, &vec![1; junk], text.as_slice()].concat(), &secret);
        }
    }
    let command = STANDARD.encode(wide(&format!("$env:KEY = '{secret}'")));
    shows(format!("powershell -EncodedCommand {command}"), &secret);
}

/// A way to write a text, and what sees through it.
fn write(way: u8, text: &[u8], around: (&[u8], &[u8])) -> (Vec<u8>, View) {
    let each = |as_: &dyn Fn(u8) -> String| text.iter().map(|byte| as_(*byte)).collect::<String>().into_bytes();
    let plain = || [around.0, text, around.1].concat();
    match way % 8 {
        0 => (STANDARD.encode(plain()).into_bytes(), View::Base64),
        1 => (URL_SAFE_NO_PAD.encode(plain()).into_bytes(), View::Base64),
        2 => (each(&|byte| format!("%{byte:02X}")), View::Percent),
        3 => (each(&|byte| format!("\\x{byte:02x}")), View::Escapes),
        4 => (each(&|byte| format!("&#{byte};")), View::Html),
        5 => (text.iter().flat_map(|byte| [*byte, 0]).collect(), View::Utf16),
        6 => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&plain()).expect("it is in memory");
            (gzip.finish().expect("it is in memory"), View::Gzip)
        }
        _ => (super::decode_archives::zip(&[("a.txt", &plain())]), View::Zip("a.txt".into())),
    }
}

/// Which ways write text as text again, so that any other can follow.
fn is_binary(view: &View) -> bool {
    matches!(view, View::Utf16 | View::Gzip | View::Zip(_))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic_or_unpack_without_bound(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let seen = Seen::of(&text);
        let all: usize = seen.texts.iter().map(|(.., text)| text.len()).sum();
        prop_assert!(all <= 64 * text.len(), "{all} of {}", text.len());
    }

    /// Of what decoding is about, at every place.
    #[test]
    fn no_text_of_marks_makes_it_panic(
        text in proptest::collection::vec(prop_oneof![
            Just("\\u"), Just("\\x"), Just("\\"), Just("%"), Just("%5"), Just("&#"), Just("&#x"), Just(";"), Just("=\n"), Just("\n"), Just("\r"),
            Just("quoted-printable"), Just("{"), Just("}"), Just("41"), Just("005f"), Just("ffffffff"), Just("QUJDREVGR0hJSktM"), Just("="), Just("+"),
            Just("\0"), Just("a\0b\0c\0"), Just("\u{feff}"), Just("PK\u{3}\u{4}"), Just("PK\u{1}\u{2}"), Just("\u{1f}"), Just("H4sI"), Just("UEsDB"), Just("  "),
        ], 0..200),
    ) {
        crate::fuzzed::decode(text.concat().as_bytes());
    }

    #[test]
    fn a_secret_is_seen_through_any_three_ways(
        ways in proptest::collection::vec(any::<u8>(), 1..=3),
        before in proptest::collection::vec(any::<u8>(), 0..100),
        after in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let secret = own_key();
        let (mut text, mut through) = (secret.clone().into_bytes(), Vec::new());
        for way in &ways {
            // What is written by character is so for text only: nobody writes a picture as `&#137;&#80;`.
            let way = if through.first().is_some_and(is_binary) && matches!(way % 8, 2..=5) { 0 } else { *way };
            let (written, view) = write(way, &text, (&before, &after));
            text = written;
            through.insert(0, view);
        }
        let seen = Seen::of(&text);
        prop_assert!(seen.through(&secret, &through), "{through:?} of {:?}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn a_secret_is_seen_in_any_surroundings(
        way in any::<u8>(),
        before in proptest::collection::vec(any::<u8>(), 0..300),
        after in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let secret = own_key();
        let (written, _) = write(way, secret.as_bytes(), (b"", b""));
        // A backslash or an `&` right before the mark takes part in it, as it should; a byte of the alphabet right behind base64 goes on with it.
        let text = [&before, b" ".as_slice(), &written, b" ", &after].concat();
        prop_assert!(Seen::of(&text).has(&secret), "{:?}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_long_line_of_marks_is_decoded_once() {
    let mut text = String::new();
    for at in 0..20_000 {
        write!(text, "\\u0041%42&#67;{at}").expect("a string takes all");
    }
    let left = Cell::new(UNPACKED_MAX);
    let mut all = 0;
    open(text.as_bytes(), &(0..text.len()), &left, &mut |opened| all += opened.bytes.len());
    assert!(all <= 4 * text.len(), "{all} of {}", text.len());
}
