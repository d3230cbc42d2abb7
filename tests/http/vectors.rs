//! The published vectors of the key format, `tests/vectors/keys.json`, replayed against what the server reads keys with.
//!
//! Keys stand there in pieces and are put together here, at run time, so that no scanner takes the tree for a leak.

use keystead::base::crypto::{MasterKey, hex, sha256};
use keystead::config::{self, Sources};
use keystead::key::token::{Pepper, Reader, mint};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/keys.json")).expect("the vectors are JSON")
}

/// A reader that knows the default prefixes, or one of its own in the place of `sk_live_`.
fn reader(secret_live: &str) -> Reader {
    let flags = vec![("keys.prefix.secret_live", "test", secret_live.to_owned())];
    let config = config::load(&Sources { flags, ..Sources::default() }).expect("settings").config;
    Reader::new(&config.keys.prefixes)
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().expect(name)
}

fn key(vector: &Value) -> String {
    [text(vector, "prefix"), text(vector, "body"), text(vector, "checksum")].concat()
}

#[test]
fn every_valid_vector_is_read_as_what_it_is() {
    let all = vectors();
    let valid = all["valid"].as_array().expect("a list");
    assert!(valid.len() >= 25, "the file is whole");
    for vector in valid {
        let (prefix, key) = (text(vector, "prefix"), key(vector));
        let own = ["sk_test_", "pk_live_", "pk_test_"].contains(&prefix);
        let reader = reader(if own { "sk_live_" } else { prefix });
        let token = reader.parse(&key).unwrap_or_else(|| panic!("{vector} is well formed"));
        assert_eq!(token.kind().prefix, prefix);
        assert_eq!(token.kind().is_public, prefix.contains("pk_"), "{vector}");
        assert_eq!(
            token.kind().environment.as_str(),
            if prefix.contains("test") { "test" } else { "live" },
            "{vector}"
        );
        assert_eq!(token.last_four(), text(vector, "last_four"));
        assert_eq!(hex(&token.sha256()), text(vector, "sha256_hex"));
        assert_eq!(hex(&sha256(key.as_bytes())), text(vector, "sha256_hex"));
    }
}

#[test]
fn the_checksum_is_the_crc_32_that_everybody_computes() {
    for vector in vectors()["valid"].as_array().expect("a list") {
        let sum = crc32fast::hash([text(vector, "prefix"), text(vector, "body")].concat().as_bytes());
        assert_eq!(format!("{sum:08x}"), text(vector, "crc32"));
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let written = text(vector, "checksum").bytes().fold(0_u64, |sum, digit| {
            sum * 62 + digits.iter().position(|known| *known == digit).expect("base62") as u64
        });
        assert_eq!(written, u64::from(sum), "{vector}");
    }
}

#[test]
fn every_malformed_vector_is_refused() {
    let (all, reader) = (vectors(), reader("sk_live_"));
    let malformed = all["malformed"].as_array().expect("a list");
    assert!(malformed.len() >= 14, "the file is whole");
    for vector in malformed {
        let text: String = vector["pieces"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert!(reader.parse(&text).is_none(), "{}", vector["why"]);
    }
}

#[test]
fn a_minted_key_is_read_and_any_changed_character_is_not() {
    let reader = reader("sk_live_");
    let minted = mint("sk_live_");
    let key = minted.expose();
    assert_eq!(key.len(), "sk_live_".len() + 43 + 6);
    assert!(reader.parse(key).is_some());
    for place in 0..key.len() {
        let mut changed = key.as_bytes().to_vec();
        changed[place] = if changed[place] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert!(reader.parse(&changed).is_none(), "place {place}");
    }
}

#[test]
fn a_prefix_that_is_not_configured_is_not_ours() {
    let minted = mint("acme_sk_live_");
    assert!(reader("sk_live_").parse(minted.expose()).is_none());
    assert!(reader("acme_sk_live_").parse(minted.expose()).is_some());
    let usual = mint("sk_live_");
    assert!(reader("acme_sk_live_").parse(usual.expose()).is_none(), "the default was replaced");
}

#[test]
fn the_stored_digest_is_the_keyed_hash_of_the_plain_one_and_needs_the_master_key() {
    let master = MasterKey::from_hex(&"0b".repeat(32)).expect("hex");
    let pepper = Pepper::new(&master, 1);
    let other = Pepper::new(&MasterKey::generate(), 1);
    for vector in vectors()["valid"].as_array().expect("a list") {
        let plain = sha256(key(vector).as_bytes());
        assert_eq!(pepper.digest(&plain), master.derive("keystead/pepper/v1").sign(&plain));
        assert_ne!(pepper.digest(&plain), plain, "the plain hash is never what is stored");
        assert_ne!(pepper.digest(&plain), other.digest(&plain), "another master key, another digest");
    }
}

#[test]
fn a_secret_key_is_found_in_any_text_and_nothing_else_is() {
    let reader = reader("sk_live_");
    for prefix in ["sk_live_", "sk_test_"] {
        let key = mint(prefix).expose().to_owned();
        for text in [key.clone(), format!("x{key}0"), format!("sk_live_sk_{key}"), format!("{{\"a\":\"é{key}é\"}}")] {
            assert!(reader.leaks_from(text.as_bytes()));
        }
        let mistyped = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });
        for text in [mistyped.as_str(), &key[..key.len() - 1], &key[1..], prefix, ""] {
            assert!(!reader.leaks_from(text.as_bytes()));
        }
    }
    assert!(!reader.leaks_from(mint("pk_live_").expose().as_bytes()), "everybody may see a public key");
}
