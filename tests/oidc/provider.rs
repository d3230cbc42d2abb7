//! Starts the provider of `provider.js`, and is the browser that walks between it and a server: redirects followed by hand, a jar of
//! cookies for each of the two, no page rendered.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::Kit;

pub const CLIENT: &str = "keystead";
pub const SECRET: &str = "a secret of the tests";

pub struct Provider {
    process: Child,
    pub issuer: String,
}

impl Provider {
    /// Fails where Node or the package is missing: a sign-in that nobody tried is no sign-in that works.
    pub fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oidc");
        let installed = std::path::Path::new(folder).join("node_modules/oidc-provider");
        assert!(
            installed.is_dir(),
            "the provider of these tests is not installed: `make test` does that, or `npm ci` in tests/oidc"
        );
        let mut command = Command::new("node");
        command
            .arg("provider.js")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process =
            command.spawn().expect("Node is needed for these tests: install it (nodejs.org), version 20 or later");
        let mut port = String::new();
        BufReader::new(process.stdout.as_mut().expect("its output"))
            .read_line(&mut port)
            .expect("the provider says its port");
        let issuer = format!("http://127.0.0.1:{}", port.trim().parse::<u16>().expect("the provider's port"));
        Self { process, issuer }
    }

    /// Registers this server there. `method` is how it proves itself at the token endpoint.
    pub fn register(&mut self, kit: &Kit, method: &str) {
        let mut client = json!({ "client_id": CLIENT, "token_endpoint_auth_method": method,
            "redirect_uris": [format!("http://{}/v1/oidc/callback", kit.address)] });
        if method != "none" {
            client["client_secret"] = SECRET.into();
        }
        let line = json!({ "client": client }).to_string();
        writeln!(self.process.stdin.as_mut().expect("its input"), "{line}").expect("the provider reads");
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody's browser.
pub struct Browser<'a> {
    kit: &'a Kit,
    provider: &'a Provider,
    agent: ureq::Agent,
    here: BTreeMap<String, String>,
    there: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(kit: &'a Kit, provider: &'a Provider) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
        Self { kit, provider, agent: config.build().new_agent(), here: BTreeMap::new(), there: BTreeMap::new() }
    }

    /// The token of the session that this browser is in.
    pub fn session(&self) -> Option<&str> {
        self.here.get("keystead").map(String::as_str)
    }

    /// A cookie of ours that another page got.
    pub fn put(&mut self, name: &str, value: &str) {
        self.here.insert(name.to_owned(), value.to_owned());
    }

    /// Signs in from the button to the last page, as whoever has these claims. Answers where the browser ends.
    pub fn sign_in(&mut self, claims: &Value) -> String {
        self.walk("/v1/oidc/start?return_to=/keys", claims)
    }

    pub fn walk(&mut self, path: &str, claims: &Value) -> String {
        let start = self.here(Call::new("GET", path)).expect(302);
        self.follow(start.header("location").expect("a way to the provider"), claims)
    }

    /// From the provider's door back to us. Answers where the browser ends.
    pub fn follow(&mut self, url: &str, claims: &Value) -> String {
        let mut at = url.to_owned();
        for _ in 0..10 {
            if let Some(path) = at.strip_prefix(&format!("http://{}", self.kit.address)) {
                let back = self.here(Call::new("GET", path).header("Sec-Fetch-Site", "cross-site")).expect(302);
                return back.header("location").expect("a way on").to_owned();
            }
            let path = at.strip_prefix(&self.provider.issuer).expect("the provider and we, nobody else").to_owned();
            let form = path.starts_with("/interaction/").then(|| claims.to_string());
            at = self.there(&path, form);
        }
        panic!("the browser is sent around for ever, at last to {at}");
    }

    /// A request to us, with our cookies.
    pub fn here(&mut self, call: Call) -> Answer {
        let answer = self.kit.call(with_cookies(call, &self.here));
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            keep(&mut self.here, cookie);
        }
        answer
    }

    /// A request to the provider. Answers where it sends the browser.
    fn there(&mut self, path: &str, form: Option<String>) -> String {
        let url = format!("{}{path}", self.provider.issuer);
        let cookies: Vec<String> = self.there.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let answer = match form {
            Some(form) => self.agent.post(&url).header("Cookie", &cookies).send(form),
            None => self.agent.get(&url).header("Cookie", &cookies).call(),
        };
        let mut answer = answer.expect("the provider answers");
        for cookie in answer.headers().get_all("set-cookie") {
            keep(&mut self.there, cookie.to_str().expect("a cookie in ASCII"));
        }
        let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
        let to = to.unwrap_or_else(|| panic!("{url}: {}", answer.body_mut().read_to_string().unwrap_or_default()));
        if to.starts_with('/') { format!("{}{to}", self.provider.issuer) } else { to }
    }
}

fn with_cookies(call: Call, jar: &BTreeMap<String, String>) -> Call {
    if jar.is_empty() {
        return call;
    }
    let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    call.header("Cookie", &cookies.join("; "))
}

/// Takes a cookie, or lets go of one.
fn keep(jar: &mut BTreeMap<String, String>, cookie: &str) {
    let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
    let value = rest.split(';').next().unwrap_or_default();
    let over = value.is_empty() || cookie.contains("Max-Age=0") || cookie.contains("1970");
    if over {
        jar.remove(name);
    } else {
        jar.insert(name.to_owned(), value.to_owned());
    }
}
