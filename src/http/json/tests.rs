//! That answers are written as serde_json would write them: whatever a type is made of, and every character.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;

use super::write;

/// Everything that a type can be made of.
#[derive(Debug, Clone, Serialize)]
struct Everything {
    text: String,
    letter: char,
    numbers: (i8, u64, i64, f64, u128),
    maybe: Option<Box<Everything>>,
    kinds: Vec<Kind>,
    by_number: BTreeMap<i16, bool>,
    by_text: BTreeMap<String, [u8; 2]>,
    nothing: (),
}

#[derive(Debug, Clone, Serialize)]
enum Kind {
    Unit,
    Newtype(String),
    Tuple(u8, String),
    Struct { a: i32, b: Option<f32> },
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Unit),
        ".*".prop_map(Kind::Newtype),
        (any::<u8>(), ".*").prop_map(|(number, text)| Kind::Tuple(number, text)),
        (any::<i32>(), any::<Option<f32>>()).prop_map(|(a, b)| Kind::Struct { a, b }),
    ]
}

prop_compose! {
    fn everything()(
        text in any::<String>(), letter in any::<char>(), numbers in any::<(i8, u64, i64, f64, u128)>(),
        kinds in proptest::collection::vec(kind(), 0..4), by_number in any::<BTreeMap<i16, bool>>(),
        by_text in any::<BTreeMap<String, [u8; 2]>>(),
    ) -> Everything {
        Everything { text, letter, numbers, maybe: None, kinds, by_number, by_text, nothing: () }
    }
}

fn written<T: Serialize>(value: &T) -> String {
    let mut text = Vec::new();
    write(&mut text, value).expect("it can be written");
    String::from_utf8(text).expect("UTF-8")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_written_as_serde_json_writes_it(inner in everything(), outer in everything()) {
        let value = Everything { maybe: Some(Box::new(inner)), ..outer };
        prop_assert_eq!(written(&value), serde_json::to_string(&value).expect("it can be written"));
    }
}

#[test]
fn every_character_of_ascii_is_escaped_as_serde_json_escapes_it_or_not_at_all() {
    for text in (0_u8..128).map(|byte| char::from(byte).to_string()) {
        assert_eq!(written(&text), serde_json::to_string(&text).expect("it can be written"));
    }
    for number in [i64::MIN, -1, 0, 9, 10, i64::MAX] {
        assert_eq!(written(&number), number.to_string());
    }
    assert_eq!(written(&u64::MAX), u64::MAX.to_string());
}

#[test]
fn what_is_no_name_of_a_field_is_refused() {
    let odd = BTreeMap::from([(vec![1], 1)]);
    assert!(write(&mut Vec::new(), &odd).is_err() && serde_json::to_string(&odd).is_err());
}
