//! What backends copy into their own code, run against the real server: the Python file, and the examples for actix-web and tower.

#[path = "../../examples/actix.rs"]
#[allow(dead_code, reason = "its main runs by itself")]
mod actix;
#[path = "../binary/mod.rs"]
mod binary;
#[path = "../../examples/tower.rs"]
#[allow(dead_code, reason = "its main runs by itself")]
mod layer;

use std::convert::Infallible;
use std::net::TcpListener;

use http::{Request, Response};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};

use binary::{Server, home, program, run, unknown_key};

/// A server with keys for every case, and what a client's test needs of it as environment variables.
fn stage() -> (tempfile::TempDir, Server, Vec<(&'static str, String)>) {
    let (home, data) = home();
    let server = Server::start(&data);
    let user = server.user("maya");
    let key = |settings: Value| {
        let mut body = json!({ "name": "client", "expires_at": null, "scopes": ["invoices:read"] });
        settings.as_object().expect("an object").iter().for_each(|(name, value)| body[name] = value.clone());
        let made = server.post(&format!("/v1/users/{user}/api-keys"), &body);
        let text = |name: &str| made.data()[name].as_str().expect("a new key").to_owned();
        (text("id"), text("secret"))
    };
    let (id, revoked) = key(json!({}));
    server.delete(&format!("/v1/api-keys/{id}"));
    let bound = json!({ "restrictions": { "ips": ["203.0.113.0/24"], "endpoints": ["GET /v1/invoices/*"] } });
    let limited = json!({ "rate_limits": [{ "name": "slow", "limit": 1, "window_s": 3600 }] });
    let env = vec![
        ("TEST_URL", server.url()),
        ("TEST_TOKEN", server.token().to_owned()),
        ("TEST_VALID", key(json!({})).1),
        ("TEST_REVOKED", revoked),
        ("TEST_UNKNOWN", unknown_key("sk", "live")),
        ("TEST_BOUND", key(bound).1),
        ("TEST_LIMITED", key(limited).1),
    ];
    (home, server, env)
}

#[test]
fn the_python_file_lets_good_keys_through_and_is_never_fooled() {
    let (_home, _server, env) = stage();
    let mut python = program("python3");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/python");
    python.args(["-B", "-W", "error::SyntaxWarning", "test_keystead.py"]).current_dir(&folder).envs(env);
    let ended = run(python);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.ends_with("\nOK\n"), "every test ran: {}", ended.stderr);
}

/// Of the environment of a stage.
fn of<'a>(env: &'a [(&'static str, String)], name: &str) -> &'a str {
    &env.iter().find(|(known, _)| *known == name).expect("a name of the stage").1
}

/// The status that each kind of key gets, from a client at 203.0.113.9 that asks for an invoice.
const OUTCOMES: [(&str, u16); 6] = [
    ("TEST_VALID", 200),
    ("TEST_REVOKED", 401),
    ("TEST_UNKNOWN", 401),
    ("TEST_BOUND", 200),
    ("TEST_LIMITED", 200),
    ("TEST_LIMITED", 429),
];

#[tokio::test]
async fn the_tower_layer_lets_good_keys_through_and_fails_closed() {
    let (_home, server, env) = stage();
    let whose = tower::service_fn(|request: Request<()>| async move {
        let layer::Verdict(verdict) = request.extensions().get().expect("only good keys come here");
        Ok::<_, Infallible>(Response::new(verdict["owner"]["external_id"].to_string()))
    });
    let ask = async |url: &str, header: (&str, &str), path: &str| {
        let service = layer::CheckKeys::new(url, of(&env, "TEST_TOKEN"), &["invoices:read"]).layer(whose);
        let address = layer::ClientAddress([203, 0, 113, 9].into());
        let request = Request::get(path).header(header.0, header.1).extension(address).body(()).expect("a request");
        let response = service.oneshot(request).await.expect("it never fails");
        (response.status().as_u16(), response.into_body())
    };
    let url = server.url();
    for (name, status) in OUTCOMES {
        let (answered, body) = ask(&url, ("x-api-key", of(&env, name)), "/v1/invoices/7").await;
        assert_eq!((answered, body.as_str()), (status, if status == 200 { "\"maya\"" } else { "" }), "{name}");
    }
    let bearer = format!("Bearer {}", of(&env, "TEST_BOUND"));
    assert_eq!(ask(&url, ("authorization", &bearer), "/v1/users").await.0, 403);
    assert_eq!(ask(&url, ("x-nothing", "x"), "/v1/invoices/7").await.0, 401);
    server.stop(rustix::process::Signal::TERM);
    assert_eq!(ask(&url, ("x-api-key", of(&env, "TEST_VALID")), "/v1/invoices/7").await.0, 503);
}

#[test]
fn the_actix_middleware_lets_good_keys_through_and_fails_closed() {
    let (_home, server, env) = stage();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (url, token) = (server.url(), of(&env, "TEST_TOKEN").to_owned());
    std::thread::spawn(move || actix_web::rt::System::new().block_on(actix::serve(listener, url, token)));
    let ask = |key: &str| {
        let config = ureq::Agent::config_builder().timeout_global(Some(binary::PATIENCE)).http_status_as_error(false);
        let agent: ureq::Agent = config.build().into();
        let asked =
            agent.get(format!("http://{address}/v1/invoices/7")).header("Authorization", format!("Bearer {key}"));
        let mut answer = asked.call().expect("it answers");
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("text"))
    };
    // It comes from this machine, and not from where the bound key may be used.
    for (name, status) in OUTCOMES.map(|(name, status)| (name, if name == "TEST_BOUND" { 403 } else { status })) {
        let body = if status == 200 { "invoices of maya" } else { "" };
        assert_eq!(ask(of(&env, name)), (status, body.to_owned()), "{name}");
    }
    server.stop(rustix::process::Signal::TERM);
    assert_eq!(ask(of(&env, "TEST_VALID")).0, 503);
}

/// A page of documentation shows what runs, and not what ran once.
#[test]
fn the_documentation_shows_these_files_as_they_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/clients.md")).expect("the page");
    for file in ["clients/python/keystead.py", "clients/go/keystead.go", "examples/actix.rs", "examples/tower.rs"] {
        let code = std::fs::read_to_string(root.join(file)).expect(file);
        assert!(page.contains(code.trim_end()), "docs/clients.md shows another {file}: copy it anew");
    }
}
