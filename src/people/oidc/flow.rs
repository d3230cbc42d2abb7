//! What one browser has begun: kept by that browser itself, in a cookie that only we can make. State, nonce and PKCE verifier are not in
//! it: they are derived from its random part with a key of ours. Works once, for ten minutes, and a start writes nothing anywhere.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Refusal, Wish};
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::base::crypto::{HmacKey, MasterKey, hex, random_text};
use crate::people::SessionId;

/// From the start to the return: people look for their phone in between.
const LIFE_MS: i64 = 600 * SECOND_MS;
/// Finished flows that are remembered until their time is over: at some 110 bytes each a megabyte. More would be 16 sign-ins a second.
const USED_MAX: usize = 10_000;
/// Characters of a path to return to.
const PATH_MAX: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// 43 random characters of base62, 256 bits.
    id: String,
    pub(super) begun_at: UnixMs,
    pub(super) link: Option<SessionId>,
    pub(super) fresh: bool,
    pub return_to: String,
}

/// What belongs to a flow and only the provider gets to see, each at its time.
pub(super) struct Secrets {
    pub state: String,
    pub nonce: String,
    /// RFC 7636 section 4.1: 43 to 128 unreserved characters. These are 64 hexadecimal digits of a MAC.
    pub verifier: String,
}

#[derive(Debug)]
pub(super) struct Flows {
    key: HmacKey,
    /// Finished flows, and when they would have ended anyway.
    used: Mutex<HashMap<String, UnixMs>>,
}

impl Flow {
    pub(super) fn new(wish: Wish, now: UnixMs) -> Self {
        let id = random_text("", 43).expose().to_owned();
        Self { id, begun_at: now, link: wish.link, fresh: wish.fresh, return_to: wish.return_to }
    }

    fn ends_at(&self) -> UnixMs {
        self.begun_at + LIFE_MS
    }

    /// Without dots, because dots part the fields; the path as hexadecimal digits, because a cookie takes fewer characters than a path.
    fn payload(&self) -> String {
        let link = self.link.map_or_else(|| "-".to_owned(), |session| session.to_string());
        format!("{}.{}.{}.{}.{}", self.id, self.begun_at, link, u8::from(self.fresh), hex(self.return_to.as_bytes()))
    }

    fn parse(payload: &str) -> Option<Self> {
        let mut parts = payload.split('.');
        let (id, begun_at, link) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?, parts.next()?);
        let link = if link == "-" { None } else { Some(SessionId::parse(link)?) };
        let (fresh, path) = (parts.next()? == "1", parts.next()?);
        let digits: Option<Vec<u32>> = path.chars().map(|c| c.to_digit(16)).collect();
        let bytes =
            digits?.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair.get(1)?).ok()).collect::<Option<_>>()?;
        Some(Self { id, begun_at, link, fresh, return_to: String::from_utf8(bytes).ok()? })
    }
}

impl Flows {
    pub fn new(master: &MasterKey) -> Self {
        Self { key: master.derive("keystead/oidc-flow/v1"), used: Mutex::default() }
    }

    pub fn seal(&self, flow: &Flow) -> String {
        let payload = flow.payload();
        let mac = self.derived("cookie", &payload);
        format!("{payload}.{mac}")
    }

    pub fn open(&self, cookie: &str, now: UnixMs) -> Option<Flow> {
        let (payload, mac) = cookie.rsplit_once('.')?;
        if !self.same(mac, &self.derived("cookie", payload)) {
            return None;
        }
        let flow = Flow::parse(payload)?;
        (now >= flow.begun_at && now < flow.ends_at()).then_some(flow)
    }

    pub fn secrets(&self, flow: &Flow) -> Secrets {
        let derived = |what| self.derived(what, &flow.id);
        Secrets { state: derived("state"), nonce: derived("nonce"), verifier: derived("verifier") }
    }

    /// Compared through MACs, so that time tells nothing of where two texts differ.
    pub fn same(&self, given: &str, own: &str) -> bool {
        self.key.sign(given.as_bytes()) == self.key.sign(own.as_bytes())
    }

    /// Ends a flow; one that has ended before is refused.
    pub fn use_up(&self, flow: &Flow, now: UnixMs) -> Result<(), Refusal> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= USED_MAX {
            used.retain(|_, ends_at| now < *ends_at);
        }
        if used.len() >= USED_MAX {
            return Err(Refusal::Busy);
        }
        match used.insert(flow.id.clone(), flow.ends_at()) {
            None => Ok(()),
            Some(_) => Err(Refusal::NotBegun),
        }
    }

    fn derived(&self, what: &str, text: &str) -> String {
        hex(&self.key.sign(format!("{what}\n{text}").as_bytes()))
    }
}

/// A path of this server to go to after a sign-in: nothing that a browser would read as another server (`//evil`, `/\evil`, a scheme).
pub fn return_path(text: &str) -> Option<&str> {
    let local = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    let plain = text.len() <= PATH_MAX && text.bytes().all(|b| b.is_ascii_graphic());
    (local && plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flows() -> Flows {
        Flows::new(&MasterKey::generate())
    }

    fn flow(now: UnixMs) -> Flow {
        let wish = Wish { return_to: "/keys?a=1;b".into(), link: Some(SessionId::new(now)), fresh: true };
        Flow::new(wish, now)
    }

    #[test]
    fn a_flow_comes_back_as_it_went_and_only_within_its_time() {
        let (flows, flow) = (flows(), flow(1_000));
        let cookie = flows.seal(&flow);
        assert!(cookie.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{cookie}");
        assert_eq!(flows.open(&cookie, 1_000), Some(flow.clone()));
        assert_eq!(flows.open(&cookie, 1_000 + LIFE_MS - 1), Some(flow.clone()));
        assert_eq!(flows.open(&cookie, 1_000 + LIFE_MS), None);
        assert_eq!(flows.open(&cookie, 999), None);
        assert_eq!(Flows::new(&MasterKey::generate()).open(&cookie, 1_000), None, "another instance's cookie");
    }

    #[test]
    fn a_changed_cookie_is_none() {
        let flows = flows();
        let cookie = flows.seal(&flow(0));
        for at in 0..cookie.len() {
            let mut bytes = cookie.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(flows.open(std::str::from_utf8(&bytes).expect("ASCII"), 0), None, "byte {at}");
        }
        assert_eq!(flows.open("", 0), None);
    }

    #[test]
    fn a_flow_works_once_and_its_secrets_are_its_own() {
        let (flows, one, other) = (flows(), flow(0), flow(0));
        assert_eq!(flows.use_up(&one, 0), Ok(()));
        assert_eq!(flows.use_up(&one, 0), Err(Refusal::NotBegun));
        assert_eq!(flows.use_up(&other, 0), Ok(()));
        let (a, b) = (flows.secrets(&one), flows.secrets(&other));
        let all = std::collections::HashSet::from([a.state, a.nonce, a.verifier, b.state, b.nonce, b.verifier]);
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn only_a_path_of_this_server_is_returned_to() {
        for path in ["/", "/keys", "/keys?tab=1#x", "/%2f%2fevil.example"] {
            assert_eq!(return_path(path), Some(path));
        }
        let long = format!("/{}", "a".repeat(PATH_MAX));
        for path in [
            "",
            "keys",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/a\\b",
            "/\t/evil.example",
            "/a b",
            "/a\r\nSet-Cookie: a=b",
            "/ä",
            &long,
        ] {
            assert_eq!(return_path(path), None, "{path:?}");
        }
    }
}
