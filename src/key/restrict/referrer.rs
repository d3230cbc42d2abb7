//! `https://app.example.com/x`, `https://*.example.com`: which pages a key may be used from. Scheme, host and port are those of the URL as browsers
//! read it, the path is a beginning that ends at a segment. What a browser would repair (`\`, spaces, missing slashes) is refused: a
//! browser sends URLs that it has read, and nobody else needs to be understood.

use std::fmt;

use super::path::{decoded, escape};
use super::{REFERRER_MAX, Rule};

/// Characters of a host name (RFC 1035 section 2.3.4).
const HOST_MAX: usize = 253;
const LABEL_MAX: usize = 63;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Referrer {
    host: Host,
    secure: bool,
    port: u16,
    /// Decoded, without a slash at its end; empty is every path.
    path: Box<str>,
}

/// Lower case, in Punycode, without a dot at its end; addresses as their URLs write them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Host {
    Exact(Box<str>),
    /// Whatever has one or more labels before this name.
    Below(Box<str>),
}

/// A URL taken apart.
struct Page<'a> {
    /// An address is below nothing.
    host: String,
    is_address: bool,
    secure: bool,
    port: u16,
    /// What stands behind the host, from `/`, `?` or `#` on; may be empty.
    rest: &'a str,
}

/// Does one of these let requests from this page through?
pub fn any(rules: &[Referrer], from: &str) -> bool {
    if from.len() > REFERRER_MAX {
        return false;
    }
    let Ok(page) = read_scheme(from).and_then(|(secure, rest)| Page::read(secure, rest)) else { return false };
    // Only a rule with a path needs the page's; one that cannot be read strictly meets none of those.
    let path = if page.rest.starts_with('/') { decoded(page.rest) } else { Some("/".into()) };
    rules.iter().any(|rule| rule.matches(&page, path.as_deref()))
}

impl Referrer {
    fn matches(&self, page: &Page<'_>, path: Option<&str>) -> bool {
        (self.secure, self.port) == (page.secure, page.port)
            && match &self.host {
                Host::Exact(own) => **own == page.host,
                Host::Below(own) => !page.is_address && is_below(own, &page.host),
            }
            && (self.path.is_empty() || path.is_some_and(|path| is_under(&self.path, path)))
    }
}

/// Has `host` labels before `name`?
fn is_below(name: &str, host: &str) -> bool {
    host.strip_suffix(name).and_then(|before| before.strip_suffix('.')).is_some_and(|before| !before.is_empty())
}

/// Is it this path, or one below? `/x` is not `/xy`.
fn is_under(own: &str, path: &str) -> bool {
    path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

const SHAPE: &str = "must be http:// or https:// with a host, as in https://app.example.com, https://*.example.com or https://app.example.com/shop";
const USER: &str = "must not have user information: leave out what stands before the @, and the @";
const HOST: &str = "must have a host name of letters, digits, -, _ and dots, or an address; *. may stand before a name, in the place of one or more labels";
const PORT: &str = "must have a port of 1 to 65535 behind the colon, or no colon";
const QUERY: &str = "must end before ? and #: only scheme, host, port and the beginning of the path are compared";
const PATH: &str = "must have a plain path: no segments . and .., no //, \\, ; or control characters, no encoded slash, nothing encoded twice, a % only before two hexadecimal digits";
const STAR: &str =
    "* stands only in *. before the host: a path is a beginning already, and what lies below it is let through";

/// Is it https, and what stands behind `://`? Of the whole, nothing may be such that a browser would repair it.
fn read_scheme(text: &str) -> Result<(bool, &str), &'static str> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    let (scheme, rest) = text.split_once("://").filter(|_| !text.contains(odd)).ok_or(SHAPE)?;
    match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => Ok((true, rest)),
        _ if scheme.eq_ignore_ascii_case("http") => Ok((false, rest)),
        _ => Err(SHAPE),
    }
}

impl<'a> Page<'a> {
    /// Reads what stands behind the scheme.
    fn read(secure: bool, rest: &'a str) -> Result<Self, &'static str> {
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(USER);
        }
        let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
            let (inner, behind) = inner.split_once(']').ok_or(HOST)?;
            let port = if behind.is_empty() { None } else { Some(behind.strip_prefix(':').ok_or(HOST)?) };
            (&authority[..inner.len() + 2], port)
        } else {
            authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)))
        };
        let usual = if secure { 443 } else { 80 };
        let port = port.map_or(Ok(usual), |port| read_port(port).ok_or(PORT))?;
        let (host, is_address) = read_host(host).ok_or(HOST)?;
        Ok(Self { host, is_address, secure, port, rest })
    }
}

fn read_port(digits: &str) -> Option<u16> {
    let fine = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| fine && *port != 0)
}

/// A host as browsers compare it (WHATWG URL, host parsing: UTS 46, Punycode, numbers that are IPv4 addresses), and whether it is an address. A
/// dot at the end of a name says that it is whole, and is the same name without it.
fn read_host(text: &str) -> Option<(String, bool)> {
    // An escape in a host is decoded by browsers, and written by nobody.
    if text.contains('%') {
        return None;
    }
    match url::Host::parse(text).ok()? {
        url::Host::Ipv4(address) => Some((address.to_string(), true)),
        url::Host::Ipv6(address) => Some((format!("[{address}]"), true)),
        url::Host::Domain(mut name) => {
            if name.ends_with('.') {
                name.pop();
            }
            let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
            let label = |label: &str| (1..=LABEL_MAX).contains(&label.len()) && label.bytes().all(letter);
            (name.len() <= HOST_MAX && name.split('.').all(label)).then_some((name, false))
        }
    }
}

impl Rule for Referrer {
    const LIST: &'static str = "referrers";
    const BYTES_MAX: usize = 512;
    const TOO_LONG: &'static str =
        "must have 512 bytes at most, characters that need it counted as they are percent-encoded or in Punycode";
    const TOO_MANY: &'static str = "must be 64 referrers at most: write https://*.example.com for all names below one";

    fn read(text: &str) -> Result<Self, &'static str> {
        let (secure, rest) = read_scheme(text)?;
        let (below, rest) = rest.strip_prefix("*.").map_or((false, rest), |rest| (true, rest));
        let page = Page::read(secure, rest)?;
        if page.is_address && below {
            return Err(HOST);
        }
        if page.rest.contains(['?', '#']) {
            return Err(QUERY);
        }
        if page.rest.contains('*') {
            return Err(STAR);
        }
        let path = if page.rest.is_empty() { "/".into() } else { decoded(page.rest).ok_or(PATH)? };
        let path = path.strip_suffix('/').unwrap_or(&path).into();
        let host = page.host.into_boxed_str();
        let host = if below { Host::Below(host) } else { Host::Exact(host) };
        Ok(Self { host, secure: page.secure, port: page.port, path })
    }

    fn covers(&self, other: &Self) -> bool {
        let host = match (&self.host, &other.host) {
            (own @ Host::Exact(_), theirs) => own == theirs,
            (Host::Below(own), Host::Below(theirs)) => own == theirs || is_below(own, theirs),
            // An address has digits at its end, and a name that others are below has not.
            (Host::Below(own), Host::Exact(theirs)) => is_below(own, theirs),
        };
        host && (self.secure, self.port) == (other.secure, other.port) && is_under(&self.path, &other.path)
    }
}

/// As it is kept.
impl fmt::Display for Referrer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "https://" } else { "http://" })?;
        match &self.host {
            Host::Exact(host) => f.write_str(host)?,
            Host::Below(name) => write!(f, "*.{name}")?,
        }
        if self.port != if self.secure { 443 } else { 80 } {
            write!(f, ":{}", self.port)?;
        }
        escape(&self.path, f)
    }
}
