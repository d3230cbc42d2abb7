//! A path as rules compare it: decoded once, and refused wherever two readers could take it for two paths. A server behind us may decode
//! twice, resolve `..`, cut at `;` or take `\` for `/`; what any of them would see otherwise meets no rule.

use std::borrow::Cow;
use std::fmt;

/// What a path decodes to, cut at the first raw `?` or `#`. `None` where it does not start with `/`, has an escape that is none (`%zz`), an
/// encoded slash, or decodes to anything with `%` and two hexadecimal digits, a control character, `\`, `//`, `;`, a segment `.` or `..`, or to
/// no UTF-8.
pub fn decoded(path: &str) -> Option<Cow<'_, str>> {
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let path = unescaped(path)?;
    is_plain(&path).then_some(path)
}

fn is_plain(path: &str) -> bool {
    let escape = |window: &[u8]| window[0] == b'%' && window[1].is_ascii_hexdigit() && window[2].is_ascii_hexdigit();
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains(['\\', ';'])
        && !path.chars().any(char::is_control)
        && !path.as_bytes().windows(3).any(escape)
        && !path.split('/').any(|segment| segment == "." || segment == "..")
}

/// RFC 3986 section 2.1, once. `None` for an escape without two digits, an encoded `/`, or bytes that are no UTF-8.
pub fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        let byte = u8::try_from(high << 4 | low).ok()?;
        if byte == b'/' {
            return None;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Writes decoded text so that decoding gives it again: whatever is not unreserved, a sub-delimiter, `:` or `@` (RFC 3986 section 3.3) as its
/// UTF-8 bytes, `*` too. Slashes stay.
pub fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()+,=:@/".contains(&byte) {
            fmt::Write::write_char(f, char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}
