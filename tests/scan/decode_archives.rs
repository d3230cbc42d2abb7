//! Archives: whatever is in them is looked at, and what cannot be is said. None takes more memory or time than the budget, whatever it says
//! about itself.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use keystead::scan::matcher::{Found, Tiers, Window};
use keystead::scan::{Rules, Scanner, Scratch, View, Why};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::decode::Seen;
use crate::kit::own_key;

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(content).expect("it is in memory");
    gzip.finish().expect("it is in memory")
}

fn zip_by(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a member");
        zip.write_all(content).expect("it is in memory");
    }
    zip.finish().expect("it is in memory").into_inner()
}

pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, members)
}

/// The same written to what cannot be gone back in: sizes and checksum stand behind each member.
fn streamed(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new_stream(Vec::new());
    for (name, content) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).expect("a member");
        zip.write_all(content).expect("it is in memory");
    }
    zip.finish().expect("it is in memory").into_inner()
}

fn long(secret: &str) -> Vec<u8> {
    format!("{}\nkey = {secret}\n{}", "words that come again ".repeat(50), "and more ".repeat(50)).into_bytes()
}

#[track_caller]
fn shows(text: &[u8], secret: &str, whys: &[Why]) {
    let mut seen = Seen::of(text);
    assert!(seen.has(secret), "not seen");
    seen.whys.sort_unstable();
    seen.whys.dedup();
    assert_eq!(seen.whys, whys);
}

#[test]
fn gzip_is_opened_with_all_its_members_and_anything_around() {
    let secret = own_key();
    let one = gzip(&long(&secret));
    shows(&one, &secret, &[]);
    shows(&[one.as_slice(), b"garbage behind it"].concat(), &secret, &[]);
    shows(&[one.as_slice(), &[0; 512]].concat(), &secret, &[]);
    shows(&[b"#!/bin/sh\nexit\n", one.as_slice()].concat(), &secret, &[]);
    shows(&[gzip(b"first"), one.clone()].concat(), &secret, &[]);
    // Its members are one content.
    let (head, tail) = secret.split_at(20);
    shows(&[gzip(head.as_bytes()), gzip(tail.as_bytes())].concat(), &secret, &[]);
    let mut named = flate2::GzBuilder::new()
        .filename("a.txt")
        .comment("c")
        .extra(vec![7; 300])
        .write(Vec::new(), Compression::best());
    named.write_all(&long(&secret)).expect("it is in memory");
    shows(&named.finish().expect("it is in memory"), &secret, &[]);
}

#[test]
fn a_broken_gzip_is_said_and_what_came_before_is_seen() {
    let secret = own_key();
    let noise: String = (0..3000).map(|at| format!("{:x}", at * 7919)).collect::<Vec<_>>().concat();
    let one = gzip(format!("{secret}\n{noise}").as_bytes());
    shows(&one[..one.len() - 30], &secret, &[Why::Closed]);
    let mut wrong = one.clone();
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    shows(&wrong, &secret, &[Why::Closed]);
    for broken in [
        b"\x1f\x8b\x08".as_slice(),
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff",
        b"\x1f\x8b\x08\xff\0\0\0\0\0\x03 not one",
    ] {
        assert_eq!(Seen::of(broken).whys, [Why::Closed], "{broken:?}");
    }
    // The same bytes in the middle of something are there by accident.
    assert_eq!(Seen::of(b"binary \x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff more").whys, []);
}

#[test]
fn zip_is_opened_wherever_it_stands() {
    let secret = own_key();
    let content = long(&secret);
    let members: [(&str, &[u8]); 3] = [("a/first.txt", b"nothing"), ("b/key.txt", &content), ("c", b"")];
    for archive in [zip(&members), zip_by(CompressionMethod::Stored, &members), streamed(&members)] {
        let seen = Seen::of(&archive);
        assert!(seen.through(&secret, &[View::Zip("b/key.txt".into())]), "{:?}", seen.whys);
        assert!(seen.whys.is_empty(), "{:?}", seen.whys);
        shows(&[b"MZ a program that unpacks itself".as_slice(), &archive].concat(), &secret, &[]);
        shows(&[archive.as_slice(), &vec![b'x'; 70_000]].concat(), &secret, &[]);
        shows(&[zip(&[("z", b"another")]), archive.clone()].concat(), &secret, &[]);
    }
}

#[test]
fn names_of_members_are_texts() {
    let secret = own_key();
    let seen = Seen::of(&zip(&[(&format!("keys/{secret}.pem"), b"")]));
    assert!(seen.has(&secret));
}

#[test]
fn a_member_that_the_directory_hides_is_seen() {
    let secret = own_key();
    let mut archive = zip(&[("a", b"nothing"), ("b", &long(&secret))]);
    let directory = memchr::memmem::find(&archive, b"PK\x01\x02").expect("a directory");
    archive.truncate(directory);
    shows(&archive, &secret, &[]);
}

#[test]
fn sizes_are_not_believed() {
    let secret = own_key();
    for size in [0u32, 1, 40, u32::MAX - 1, u32::MAX] {
        let mut archive = zip(&[("a", &long(&secret)), ("b", b"behind it")]);
        archive[18..22].copy_from_slice(&size.to_le_bytes());
        archive[22..26].copy_from_slice(&size.to_le_bytes());
        shows(&archive, &secret, &[]);
        let mut stored = zip_by(CompressionMethod::Stored, &[("a", b"0123456789"), ("b", &long(&secret))]);
        stored[18..22].copy_from_slice(&size.to_le_bytes());
        assert!(Seen::of(&stored).has(&secret), "{size}");
    }
}

#[test]
fn what_is_encrypted_or_packed_in_an_unknown_way_is_said() {
    let plain = zip(&[("a", &long("nothing")), ("b", b"more")]);
    for (at, value) in [(6, 1), (8, 12), (8, 93), (8, 9), (8, 99), (8, 77), (4, 99)] {
        let mut archive = plain.clone();
        archive[at] = value;
        let seen = Seen::of(&archive);
        assert!(seen.whys.contains(&Why::Closed), "{at} {value}: {:?}", seen.whys);
        let appended = [b"a program".as_slice(), &archive].concat();
        assert!(Seen::of(&appended).whys.contains(&Why::Closed), "{at} {value}, appended");
    }
    for closed in [
        b"\xfd7zXZ\0 and so on".as_slice(),
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"BZh91AY&SY",
        b"\x28\xb5\x2f\xfd\x04",
        b"Rar!\x1a\x07\x01\0",
    ] {
        assert_eq!(Seen::of(closed).whys, [Why::Closed], "{closed:?}");
    }
    for open in [
        b"BZhang".as_slice(),
        b"7z",
        b"Rar!",
        b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"writes PK\x03\x04 and PK\x01\x02 and at last PK\x05\x06 and so on, and more than twenty bytes of it",
        b"a PK\x03\x04 in the middle of nothing at all",
    ] {
        assert_eq!(Seen::of(open).whys, [], "{open:?}");
    }
}

#[test]
fn a_broken_zip_is_said_and_what_came_before_is_seen() {
    let secret = own_key();
    let archive = zip(&[
        ("a", &long(&secret)),
        ("b", &(0..9000u32).flat_map(|at| (at * 7919).to_le_bytes()).collect::<Vec<_>>()),
    ]);
    shows(&archive[..archive.len() / 2], &secret, &[Why::Closed]);
    let mut wrong = archive.clone();
    wrong[14] ^= 1;
    shows(&wrong, &secret, &[Why::Closed]);
    assert_eq!(Seen::of(b"PK\x03\x04").whys, [Why::Closed]);
}

#[test]
fn a_bomb_ends_with_the_budget() {
    let secret = own_key();
    let zeros = vec![0; 4 << 20];
    for bomb in [zip(&[("key", secret.as_bytes()), ("zeros", &zeros)]), gzip(&[secret.as_bytes(), &zeros].concat())] {
        let seen = Seen::within(&bomb, 1 << 20);
        assert!(seen.whys.contains(&Why::Bomb) && seen.has(&secret), "{:?}", seen.whys);
        let all: usize = seen.texts.iter().map(|(.., text)| text.len()).sum();
        assert!(all <= 2 << 20, "{all}");
        assert!(Seen::of(&bomb).whys.is_empty());
    }
    // Each layer is small, and all of them together are not.
    let mut nested = gzip(&zeros);
    for _ in 0..2 {
        let members: Vec<(String, &[u8])> = (0..16).map(|at| (at.to_string(), nested.as_slice())).collect();
        let members: Vec<(&str, &[u8])> = members.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        nested = zip(&members);
    }
    assert!(Seen::within(&nested, 32 << 20).whys.contains(&Why::Bomb));
}

/// Windows of some kilobytes: archives may go on to 32 of them.
const SMALL: Window = Window { size: 16 << 10, margin: 2 << 10, archive: 32 << 10 };

fn through_windows(text: &[u8]) -> Found {
    let scanner = Scanner::new(&Rules::built_in(), &keystead::config::Prefixes::built_in(), Tiers::ALL);
    scanner.look_through_by(SMALL, text, None, &mut Scratch::default()).expect("nothing fails to read").0
}

/// Bytes without a pattern, which hardly pack.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[4]
    };
    (0..length).map(next).collect()
}

#[test]
fn what_looks_like_an_archive_by_accident_in_a_large_file_is_silent() {
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice();
    let zip = |name: &[u8]| {
        let mut header = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
        header.resize(30, 0);
        header[26] = u8::try_from(name.len()).expect("a short name");
        [&header, name].concat()
    };
    let nothing = [b"PK\x03\x04".as_slice(), &[0; 40]].concat();
    for magic in [gzip.to_vec(), zip(b"name"), zip(b"\x01\x02"), nothing] {
        for place in [3 << 10, 20 << 10, 61 << 10] {
            let mut text = noise(64 << 10);
            text[place..place + magic.len()].copy_from_slice(&magic);
            let found = through_windows(&text);
            assert!(found.skips.is_empty(), "{place}: {:?}", found.skips);
        }
    }
}

#[test]
fn an_archive_is_opened_wherever_it_begins_in_a_large_file() {
    let secret = own_key();
    let stored = zip_by(CompressionMethod::Stored, &[("key", &long(&secret))]);
    for archive in [gzip(&long(&secret)), zip(&[("key", &long(&secret))]), streamed(&[("key", &long(&secret))]), stored]
    {
        for place in (0..40).map(|n| n * 1_501) {
            let text = [&vec![b'.'; place], archive.as_slice(), &vec![b'.'; 64 << 10]].concat();
            let found = through_windows(&text);
            assert!(found.skips.is_empty(), "{place}: {:?}", found.skips);
            let through = found.hits.iter().filter(|hit| hit.value.expose() == secret && !hit.through.is_empty());
            assert_eq!(through.count(), 1, "{place}");
        }
    }
}

#[test]
fn an_archive_that_is_longer_than_is_held_in_memory_is_opened_as_far_and_said() {
    let secret = own_key();
    let content = [format!("{secret}\n").into_bytes(), noise(100 << 10)].concat();
    for archive in [gzip(&content), zip(&[("key", &content)]), zip_by(CompressionMethod::Stored, &[("key", &content)])]
    {
        for place in [0, 5 << 10, 30 << 10] {
            let found = through_windows(&[&vec![b'.'; place], archive.as_slice()].concat());
            assert_eq!(found.skips, [Why::Bomb], "{place}");
            assert!(found.hits.iter().any(|hit| hit.value.expose() == secret), "{place}");
        }
    }
}

#[test]
fn members_without_content_do_not_take_forever() {
    let nothing = gzip(b"").repeat(10_000);
    assert!(Seen::within(&nothing, 1 << 20).whys.contains(&Why::Bomb));
    assert!(Seen::of(&nothing).whys.is_empty());
}

#[test]
fn what_is_packed_more_often_than_is_unpacked_is_said() {
    let mut archive = own_key().into_bytes();
    for _ in 0..3 {
        archive = gzip(&archive);
    }
    assert!(Seen::of(&archive).whys.is_empty());
    assert_eq!(Seen::of(&gzip(&archive)).whys, [Why::Depth]);
    assert_eq!(Seen::of(&gzip(&gzip(&gzip(&zip(&[("a", b"b")]))))).whys, [Why::Depth]);
}

#[test]
fn archives_are_opened_in_base64_and_in_each_other() {
    use base64::Engine as _;
    let secret = own_key();
    for archive in [gzip(&long(&secret)), zip(&[("a", &long(&secret))])] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(&archive);
        shows(format!("data:application/gzip;base64,{encoded}").as_bytes(), &secret, &[]);
        let tar = [&[0u8; 512], archive.as_slice(), &[0; 1024]].concat();
        shows(&gzip(&tar), &secret, &[]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_to_an_archive_makes_it_panic(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..20), cut in any::<u16>()) {
        let content = long("nothing");
        let mut archive = [zip(&[("a", &content), ("b", b"c")]), gzip(&content), streamed(&[("d", &content)])].concat();
        for (at, byte) in changes {
            let at = usize::from(at) % archive.len();
            archive[at] = byte;
        }
        crate::fuzzed::decode(&archive);
        let seen = Seen::of(&archive[usize::from(cut) % archive.len()..]);
        let all: usize = seen.texts.iter().map(|(.., text)| text.len()).sum();
        prop_assert!(all <= 1 << 20, "{all}");
    }
}
