//! What a request says of the forms that it takes a file in: `Accept-Encoding` (RFC 9110 section 12.5.3) and `If-None-Match` (section
//! 13.1.2). Pure; once for each file that a browser asks for.

/// The form in which a file is sent. The later ones are the shorter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coding {
    Identity,
    Gzip,
    Brotli,
}

impl Coding {
    /// As `Content-Encoding` names it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    fn is(self, name: &str) -> bool {
        match self {
            Self::Identity => name.eq_ignore_ascii_case("identity"),
            Self::Gzip => name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip"),
            Self::Brotli => name.eq_ignore_ascii_case("br"),
        }
    }
}

/// Of the forms that are there, the one that the client wants most; the shortest where it does not mind. The file as it is, where it says
/// nothing, and where it refuses all: it can be read by everybody.
pub fn choose<'a>(accepted: impl IntoIterator<Item = &'a str>, there: impl IntoIterator<Item = Coding>) -> Coding {
    let named: Vec<(&str, u16)> = accepted.into_iter().flat_map(|value| value.split(',')).map(weighed).collect();
    let weight = |coding: Coding| {
        let own = named.iter().find(|(name, _)| coding.is(name));
        let stated = own.or_else(|| named.iter().find(|(name, _)| *name == "*")).map(|(_, weight)| *weight);
        // What is not named is refused, but for the file as it is, which comes last.
        stated.unwrap_or(u16::from(coding == Coding::Identity))
    };
    let wanted = there.into_iter().map(|coding| (weight(coding), coding)).filter(|(weight, _)| *weight > 0).max();
    wanted.map_or(Coding::Identity, |(_, coding)| coding)
}

/// A coding with its weight in thousandths: 1000 where it says none, 0 where it cannot be read.
fn weighed(text: &str) -> (&str, u16) {
    let Some((name, parameter)) = text.split_once(';') else { return (text.trim(), 1000) };
    let value = parameter.trim().split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("q"));
    (name.trim(), value.and_then(|(_, value)| thousandths(value)).unwrap_or(0))
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    if digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{digits:0<3}").parse().ok()?;
    match whole {
        "0" => Some(rest),
        "1" if rest == 0 => Some(1000),
        _ => None,
    }
}

/// Has the client this already? Tags are compared weakly: whatever made one weak on its way changed no byte of ours.
pub fn has_already<'a>(known: impl IntoIterator<Item = &'a str>, tag: &str) -> bool {
    let mut tags = known.into_iter().flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip, Identity};
    use super::*;

    #[test]
    fn the_form_that_a_client_wants_most_is_sent_and_none_that_it_refuses() {
        for (accepted, chosen) in [
            ("", Identity),
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip, deflate", Gzip),
            ("x-gzip", Gzip),
            ("GZip;Q=1.000", Gzip),
            ("deflate, zstd", Identity),
            ("*", Brotli),
            ("*;q=0", Identity),
            ("br;q=0, *", Gzip),
            ("br;q=0,gzip;q=0", Identity),
            ("br;q=0.5, gzip;q=0.8", Gzip),
            ("br;q=0.001", Brotli),
            ("br;q=0.000", Identity),
            ("gzip;q=0.5, identity", Identity),
            ("gzip;q=0.5, identity;q=0.5", Gzip),
            ("identity;q=0", Identity),
            ("br;q=2", Identity),
            ("br;q=1.5", Identity),
            ("br;q=0.1234", Identity),
            ("br;q=", Identity),
            ("br;level=9", Identity),
            (";q=1, ,br ; q=1", Brotli),
        ] {
            assert_eq!(choose([accepted], [Identity, Gzip, Brotli]), chosen, "{accepted:?}");
        }
        assert_eq!(choose([], [Identity, Gzip, Brotli]), Identity);
        assert_eq!(choose(["gzip", "br;q=0.1"], [Identity, Gzip, Brotli]), Gzip, "two headers are one list");
        assert_eq!(choose(["br"], [Identity]), Identity, "what is not there cannot be sent");
    }

    #[test]
    fn a_client_has_what_it_names_the_tag_of() {
        for (known, has) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("\"a-br\"", false),
            ("", false),
        ] {
            assert_eq!(has_already([known], "\"a\""), has, "{known:?}");
        }
        assert!(!has_already([], "\"a\""));
    }
}
