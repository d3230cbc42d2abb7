//! Texts that are written otherwise than in plain.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{CONTENT, place, staged};

/// A place that is what it is by the bytes of a file.
#[track_caller]
fn bytes(encode: impl Fn(&str) -> Vec<u8>) {
    place(CONTENT, |folder, pair| staged(folder, "data.bin", encode(&pair.text())));
}

fn wide(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn utf_16_with_and_without_a_mark() {
    bytes(|text| wide(text, u16::to_le_bytes));
    bytes(|text| wide(text, u16::to_be_bytes));
    bytes(|text| [vec![0xff, 0xfe], wide(text, u16::to_le_bytes)].concat());
    bytes(|text| [vec![0xfe, 0xff], wide(text, u16::to_be_bytes)].concat());
}

#[test]
fn utf_16_in_the_middle_of_a_binary_at_an_odd_place() {
    bytes(|text| {
        [vec![0x7f, b'E', b'L', b'F', 1], vec![0xcc; 4096], wide(text, u16::to_le_bytes), vec![0xee; 99]].concat()
    });
}

#[test]
fn utf_8_with_a_mark() {
    bytes(|text| format!("\u{feff}{text}").into_bytes());
}

#[test]
fn latin_1_and_broken_utf_8_around_it() {
    bytes(|text| [b"\xe4\xf6\xfc\xff\xc3".to_vec(), text.as_bytes().to_vec(), b"\xc3\x28\xf0".to_vec()].concat());
}

#[test]
fn zeros_and_controls_around_it() {
    bytes(|text| [vec![0; 9000], text.as_bytes().to_vec(), vec![0; 9000]].concat());
    bytes(|text| format!("\u{1}\u{1b}[8m{text}\u{1b}[0m\u{7}").into_bytes());
}

#[test]
fn any_line_end_or_none() {
    bytes(|text| text.replace('\n', "\r\n").into_bytes());
    bytes(|text| text.replace('\n', "\r").into_bytes());
    bytes(|text| text.trim_end().as_bytes().to_vec());
}

#[test]
fn one_very_long_line() {
    bytes(|text| {
        format!("{}{}{}", "x=1;".repeat(500_000), text.replace('\n', ";"), "y=2;".repeat(500_000)).into_bytes()
    });
}

#[test]
fn no_boundary_around_our_own() {
    place(CONTENT, |folder, pair| {
        staged(folder, "glued", format!("x{}0 y=\"{}\"", pair.own, pair.vendor));
    });
}

#[test]
fn base64() {
    bytes(|text| format!("data: {}\n", STANDARD.encode(text)).into_bytes());
    bytes(|text| format!("data: {}\n", STANDARD_NO_PAD.encode(text)).into_bytes());
    bytes(|text| format!("data={}&x\n", URL_SAFE_NO_PAD.encode(text)).into_bytes());
}

#[test]
fn base64_over_several_lines() {
    bytes(|text| {
        let encoded = STANDARD.encode(format!("some words before it, and then\n{text}and behind it as well\n"));
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        format!("data:\n{}\n", lines.join("\n")).into_bytes()
    });
    bytes(|text| {
        let encoded = STANDARD.encode(text);
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        format!("kind: Secret\ndata:\n  key: |\n    {}\n", lines.join("\r\n    ")).into_bytes()
    });
}

#[test]
fn base64_of_base64_of_json() {
    bytes(|text| {
        let json = serde_json::json!({ "auths": { "registry": { "auth": STANDARD.encode(text) } } }).to_string();
        format!("dockerconfigjson: {}\n", STANDARD.encode(json)).into_bytes()
    });
}

#[test]
fn basic_authorization() {
    place(CONTENT, |folder, pair| {
        let one = STANDARD.encode(format!("user:{}", pair.own));
        let two = STANDARD.encode(format!("a:{}", pair.vendor));
        staged(folder, "request.http", format!("Authorization: Basic {one}\nAuthorization: Basic {two}\n"));
    });
}

#[test]
fn percent_escapes() {
    bytes(|text| text.replace('_', "%5F").replace(' ', "%20").into_bytes());
    bytes(|text| text.bytes().flat_map(|byte| format!("%{byte:02x}").into_bytes()).collect());
}

#[test]
fn escapes_of_json_and_javascript() {
    bytes(|text| text.replace('_', "\\u005f").into_bytes());
    bytes(|text| text.replace('_', "\\x5F").into_bytes());
    bytes(|text| {
        let escaped: String =
            text.trim_end().chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect::<Vec<_>>().concat();
        format!("{{\"key\": \"{escaped}\"}}").into_bytes()
    });
}

#[test]
fn json_in_json_in_json() {
    bytes(|text| {
        let once = serde_json::json!({ "env": text }).to_string();
        serde_json::json!({ "body": serde_json::json!({ "inner": once }).to_string() }).to_string().into_bytes()
    });
}

#[test]
fn a_notebook() {
    bytes(|text| {
        let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        serde_json::json!({ "cells": [{ "cell_type": "code", "source": [], "outputs": [{ "text": lines }] }] })
            .to_string()
            .into_bytes()
    });
}
