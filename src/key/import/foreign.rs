//! What exports of other systems have in common: names in camelCase or snake_case, times as numbers or texts, JSON inside of texts. Fields
//! that are not known here are left alone: a table of somebody else's grows as it likes.

use serde_json::{Map, Value};

use super::entry::OwnerRef;
use super::native::Kind;
use crate::base::clock::UnixMs;
use crate::base::{Error, Result, Timestamp};
use crate::key::Terms;
use crate::key::credit::{CREDITS_MAX, Credits, Refill};
use crate::people::{Metadata, NAME_MAX, RateLimit, limit, scope};

pub type Row = Map<String, Value>;

/// For lines that do not say it themselves.
#[derive(Debug, Clone)]
pub struct Owners {
    /// What the other system's owners are here.
    pub kind: Kind,
    /// Whose keys without an owner become.
    pub default: Option<crate::people::OwnerId>,
}

/// The first of these fields that is there and not null.
pub fn pick<'a>(row: &'a Row, names: &[&str]) -> Option<&'a Value> {
    names.iter().filter_map(|name| row.get(*name)).find(|value| !value.is_null())
}

pub fn text<'a>(row: &'a Row, names: &[&str]) -> Option<&'a str> {
    pick(row, names).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// An id, which some databases keep as a number.
pub fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub fn owner(named: Option<String>, owners: &Owners, missing: &'static str) -> Result<OwnerRef> {
    match (named, owners.default) {
        (Some(external_id), _) => Ok(OwnerRef::External(owners.kind.into(), external_id)),
        (None, Some(id)) => Ok(OwnerRef::Id(id)),
        (None, None) => Err(Error::refused("/owner", missing)),
    }
}

/// On and off as databases write it; `None` where it is not there.
pub fn flag(row: &Row, names: &[&str], pointer: &'static str) -> Result<Option<bool>> {
    let Some(value) = pick(row, names) else { return Ok(None) };
    let read = match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => number.as_i64().filter(|number| (0..=1).contains(number)).map(|number| number == 1),
        Value::String(text) => match text.as_str() {
            "1" | "t" | "true" => Some(true),
            "0" | "f" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    };
    read.map(Some).ok_or_else(|| Error::refused(pointer, "must be true or false"))
}

/// A whole number as databases write it; `None` where it is not there.
pub fn number(row: &Row, names: &[&str], pointer: &'static str) -> Result<Option<i64>> {
    let Some(value) = pick(row, names) else { return Ok(None) };
    let read = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    read.map(Some).ok_or_else(|| Error::refused(pointer, "must be a whole number"))
}

/// What is left of a key's uses there. A refill that there is none like here is left out and told; a balance that cannot be one is an
/// error: without it the key would be good for ever.
pub fn credits(remaining: i64, refill: Option<Option<Refill>>, left_out: &mut Vec<&'static str>) -> Result<Terms> {
    if !(0..=CREDITS_MAX).contains(&remaining) {
        return Err(Error::refused("/remaining", "must be from 0 to 1000000000000"));
    }
    let refill = refill.and_then(|refill| {
        let fits = refill.and_then(|refill| refill.checked().ok());
        if fits.is_none() {
            left_out.push("refill");
        }
        fits
    });
    Ok(Terms { credits: Some(Some(Credits { remaining, refill })), ..Terms::default() })
}

/// A time: RFC 3339, as databases print it (UTC where no offset stands), or a number of milliseconds or seconds since 1970.
pub fn time(row: &Row, names: &[&str], pointer: &'static str) -> Result<Option<UnixMs>> {
    let Some(value) = pick(row, names) else { return Ok(None) };
    let read = match value {
        Value::Number(number) => number.as_i64().map(since_1970),
        Value::String(text) => match text.parse() {
            Ok(number) => Some(since_1970(number)),
            Err(_) => moment(text),
        },
        _ => None,
    };
    read.filter(|at| TIMES.contains(at)).map(Some).ok_or_else(|| {
        Error::refused(pointer, "must be a time as in 2027-01-31T12:00:00Z, or a number of milliseconds since 1970")
    })
}

/// What RFC 3339 can write: the years 0 to 9999.
const TIMES: std::ops::RangeInclusive<UnixMs> = -62_167_219_200_000..=253_402_300_799_999;

/// 10¹¹ is the year 5138 in seconds and 1973 in milliseconds.
fn since_1970(number: i64) -> UnixMs {
    if number.unsigned_abs() < 100_000_000_000 { number * 1000 } else { number }
}

/// `2025-01-31 12:00:00.123`, `2025-01-31 12:00:00+00`: a space for the T, half an offset, or none.
fn moment(text: &str) -> Option<UnixMs> {
    let text = text.trim().replacen(' ', "T", 1);
    let (date, clock) = text.split_once('T')?;
    let whole = match clock.rfind(['+', '-']) {
        Some(at) if clock.len() - at == 3 => format!("{date}T{clock}:00"),
        Some(_) => text.clone(),
        None if clock.ends_with(['Z', 'z']) => text.clone(),
        None => format!("{text}Z"),
    };
    Timestamp::parse(&whole).map(|at| at.0)
}

/// JSON, or JSON in a text, or that in a text again: what comes of a column of text, exported.
pub fn unwrapped(value: &Value) -> Option<Value> {
    let mut value = value.clone();
    for _ in 0..2 {
        let Value::String(text) = &value else { break };
        value = serde_json::from_str(text).ok()?;
    }
    Some(value)
}

/// So many in so many milliseconds, where there is a limit like it here: of whole seconds, and with a name and numbers that one may have.
pub fn rate_limit(name: &str, row: &Row, most: &[&str], duration: &[&str], auto: bool) -> Option<RateLimit> {
    let read = |names| number(row, names, "/rate_limits").ok().flatten();
    let ms = read(duration).filter(|ms| ms % 1_000 == 0)?;
    let (most, window_s) = (u32::try_from(read(most)?).ok()?, u32::try_from(ms / 1_000).ok()?);
    let limit = RateLimit { name: name.into(), limit: most, window_s, burst: None, auto };
    limit::check("/rate_limits", vec![limit]).ok()?.pop()
}

/// Those that fit; it is told where others do not.
pub fn rate_limits(found: Vec<Option<RateLimit>>, left_out: &mut Vec<&'static str>) -> Option<Vec<RateLimit>> {
    let count = found.len();
    let fit = limit::check("/rate_limits", found.into_iter().flatten().collect()).unwrap_or_default();
    if fit.len() < count {
        left_out.push("rate_limits");
    }
    (!fit.is_empty()).then_some(fit)
}

/// An object of the application; empty where there is none.
pub fn metadata(row: &Row, names: &[&str]) -> Result<Metadata> {
    let wrong = || Error::refused("/metadata", "must be a JSON object, or a text with one");
    let Some(value) = pick(row, names).filter(|value| value.as_str() != Some("")) else { return Ok(Metadata::new()) };
    match unwrapped(value).ok_or_else(wrong)? {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Metadata::new()),
        _ => Err(wrong()),
    }
}

/// The other system's permissions as scopes. What has not the form of a scope is left out and told; what would be a scope of ours is refused.
/// A `*` is left out, too: there it is a letter like any other, here it would make more of the key than it was.
pub fn scopes(names: Vec<String>, left_out: &mut Vec<&'static str>) -> Result<Vec<String>> {
    if names.iter().any(|name| scope::is_reserved(name)) {
        return Err(Error::refused(
            "/permissions",
            "keystead: and own: are reserved here: rename that permission there first",
        ));
    }
    let count = names.len();
    let fits = |name: &String| !name.contains('*') && scope::check_asked("/scopes", std::slice::from_ref(name)).is_ok();
    let scopes: Vec<String> = names.into_iter().filter(fits).collect();
    if scopes.len() < count {
        left_out.push("permissions");
    }
    Ok(scopes)
}

/// A name that fits; a longer one loses its end.
pub fn name(given: Option<&str>, left_out: &mut Vec<&'static str>) -> String {
    let Some(given) = given.filter(|name| !name.trim().is_empty()) else { return "imported key".to_owned() };
    if given.chars().count() > NAME_MAX {
        left_out.push("name");
    }
    given.chars().take(NAME_MAX).collect()
}

/// What the key begins with, where that is a word that may be shown.
pub fn prefix(given: Option<&str>) -> Option<String> {
    let fits = |text: &&str| (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    given.filter(fits).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_databases_print_them() {
        let wanted = 1_738_324_800_123_i64;
        for value in [
            serde_json::json!(wanted),
            "2025-01-31T12:00:00.123Z".into(),
            "2025-01-31 12:00:00.123".into(),
            "2025-01-31 12:00:00.123+00".into(),
            "2025-01-31 13:00:00.123+01:00".into(),
            "2025-01-31T12:00:00.123".into(),
            wanted.to_string().into(),
        ] {
            let row = Row::from_iter([("at".to_owned(), value.clone())]);
            assert_eq!(time(&row, &["at"], "/at").expect("a time"), Some(wanted), "{value}");
        }
        let row = |value: Value| Row::from_iter([("at".to_owned(), value)]);
        assert_eq!(time(&row(1_738_324_800.into()), &["at"], "/at").expect("a time"), Some(1_738_324_800_000));
        assert_eq!(time(&row(Value::Null), &["at"], "/at").expect("none"), None);
        for bad in [
            Value::from("soon"),
            true.into(),
            1.5.into(),
            i64::MAX.into(),
            i64::MIN.into(),
            "2025-01-31".into(),
            "2025-13-31 00:00:00".into(),
        ] {
            assert!(time(&row(bad.clone()), &["at"], "/at").is_err(), "{bad}");
        }
    }
}
