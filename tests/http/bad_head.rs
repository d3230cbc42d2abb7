//! Methods, paths, queries and headers that are wrong: the right 4xx in our envelope, and never a word of what was sent.

use std::collections::BTreeMap;

use keystead::http::{Takes, routes};
use serde_json::json;

use crate::client::Call;
use crate::kit::{Kit, NOBODY, stranger};
use crate::world::keys_of;

#[test]
fn another_method_is_405_and_allow_lists_those_of_the_path() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let mut paths: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in routes().into_iter().filter(|entry| entry.takes == Takes::Method) {
        paths.entry(entry.path).or_default().push(entry.method.to_string());
    }
    for (pattern, allowed) in paths {
        let path = pattern.replace("{id}", &user).replace("{name}", "keys");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            if allowed.contains(&method.to_owned())
                || (path == "/v1/api-keys/verify" && ["PATCH", "DELETE"].contains(&method))
            {
                continue;
            }
            for caller in [NOBODY, &kit.admin] {
                let answer = kit.call(Call::new(method, &path).bearer(caller)).expect(405);
                let told: Vec<&str> = answer.header("allow").expect("Allow").split(", ").collect();
                assert_eq!(told, allowed, "{method} {pattern}");
            }
        }
    }
    for method in ["PATCH", "DELETE", "PUT"] {
        kit.call(Call::new(method, "/v1/api-keys/verify").bearer(&kit.admin)).fails(405, "method_not_allowed");
    }
}

#[test]
fn paths_that_are_no_route_or_name_nothing_are_404() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let key = kit.key(&user, json!({}));
    for path in [
        "/v1".to_owned(),
        "/v1/".into(),
        "/v2/me".into(),
        "/V1/me".into(),
        "/v1/me/".into(),
        "//v1/me".into(),
        "/v1//me".into(),
        "/v1/users/".into(),
        format!("/v1/users/{user}/"),
        format!("/v1/users//{user}"),
        format!("/v1/users/{}", user.to_uppercase()),
        format!("/v1/users/{user}x"),
        format!("/v1/users/{}", &user[..user.len() - 1]),
        format!("/v1/users/%20{user}"),
        format!("/v1/users/{user}%00"),
        format!("/v1/users/{user}%2Fapi-keys"),
        format!("/v1/users/{user}%252Fapi-keys"),
        format!("/v1/users/{user};x=1"),
        format!("/v1/users/x/../{user}"),
        format!("/v1/users/..%2Fusers%2F{user}"),
        format!("/v1/users/{user}/../../me"),
        "/v1/users/%ff%fe".into(),
        "/v1/users/%zz".into(),
        "/v1/users/%".into(),
        format!("/v1/users/{}", key.id),
        format!("/v1/api-keys/{user}"),
        format!("/v1/api-keys/{}", key.id.replace("key_", "key_8")),
        format!("/v1/api-keys/{}", key.id.replace("key_", "")),
        format!("/v1/api-keys/{}", "x".repeat(5_000)),
        "/v1/api-keys/me".into(),
        "/assets/..%2f..%2fCargo.toml".into(),
        "/assets/../../Cargo.toml".into(),
        "/assets/%2e%2e/%2e%2e/etc/passwd".into(),
        "/docs/..%2fREADME".into(),
        "/docs/assets".into(),
        "/docs/keys.md".into(),
        "/.git/config".into(),
    ] {
        kit.call(Call::new("GET", &path).bearer(&kit.admin)).fails(404, "not_found");
    }
    // An escaped id is the same id: it is decoded once, and then it is only letters.
    let escaped = user.replace("usr_", "%75sr_");
    assert_eq!(kit.get(&kit.admin, &format!("/v1/users/{escaped}")).expect(200).str("/data/id"), user);
}

#[test]
fn a_query_that_cannot_be_read_is_400_and_names_the_parameter() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let lists =
        ["/v1/users".to_owned(), "/v1/teams".into(), "/v1/api-keys".into(), keys_of(&owner), "/v1/audit-events".into()];
    for path in &lists {
        for limit in
            ["0", "201", "-1", "9223372036854775807", "99999999999999999999", "abc", "", "1.5", "1e2", "%31%00"]
        {
            kit.get(&kit.admin, &format!("{path}?limit={limit}")).fails(400, "invalid");
        }
        kit.get(&kit.admin, &format!("{path}?limit=0")).fails(400, "invalid").at("/limit");
        for cursor in ["x", "", "usr_", "evt_01h455vb4pex5vsknk084sn02q", "%00", "1%20OR%201"] {
            kit.get(&kit.admin, &format!("{path}?cursor={cursor}")).fails(400, "invalid").at("/cursor");
        }
        for query in
            ["nope=1", "limit=1&limit=2", "limit[]=1", "Limit=1", "=", "%00=1", "limit=1;cursor=x", "limit=1&&nope"]
        {
            let answer = kit.get(&kit.admin, &format!("{path}?{query}")).fails(400, "invalid");
            assert!(!answer.str("/error/message").contains("nope"));
        }
        kit.get(&kit.admin, &format!("{path}?limit=200")).expect(200);
        kit.get(&kit.admin, &format!("{path}?")).expect(200);
    }
    for query in ["status=lost", "environment=any", "expires_before=now", "unused_since=2027-01-01", "owner=me"] {
        let parameter = format!("/{}", query.split('=').next().unwrap_or_default());
        kit.get(&kit.admin, &format!("/v1/api-keys?{query}")).fails(400, "invalid").at(&parameter);
    }
    for garbage in ["q=%ff%fe", "q=%", "q=%zz", "q=%00", "q=%F0%9F%98%80", &format!("q={}", "x".repeat(5_000))] {
        let status = kit.get(&kit.admin, &format!("/v1/api-keys?{garbage}")).status;
        assert!([200, 400].contains(&status), "{garbage}: {status}");
    }
}

#[test]
fn a_credential_comes_once_or_twice_the_same() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (one, two) = (kit.key(&owner, json!({})).secret, kit.key(&owner, json!({})).secret);
    let bearer = |key: &str| ("Authorization", format!("Bearer {key}"));
    let header = |key: &str| ("X-API-Key", key.to_owned());
    for (headers, status) in [
        (vec![bearer(&one), bearer(&two)], 400),
        (vec![bearer(&one), bearer(&one)], 400),
        (vec![header(&one), header(&two)], 400),
        (vec![header(&one), header(&one)], 400),
        (vec![bearer(&one), header(&two)], 400),
        (vec![bearer(&one), header("garbage")], 400),
        (vec![bearer(&one), header("")], 400),
        (vec![bearer(""), header(&one)], 400),
        (vec![bearer(&one), header(&one)], 200),
        (vec![header(&one)], 200),
        (vec![("Authorization", format!("Basic {one}"))], 401),
        (vec![("Authorization", format!("Basic {one}")), header(&one)], 401),
        (vec![("Authorization", one.clone())], 401),
        (vec![("Authorization", format!("Bearer{one}"))], 401),
        (vec![("Authorization", format!("Bearer {one}, Bearer {one}"))], 401),
        (vec![("Authorization", format!("Bearer {one} {one}"))], 401),
        (vec![("Authorization", format!("Bearer \"{one}\""))], 401),
        (vec![("Authorization", format!("Token {one}"))], 401),
        (vec![("Authorization", String::new())], 401),
        (vec![("Authorization", "Bearer".into())], 401),
        (vec![("X_API_Key", one.clone())], 401),
        (vec![("Cookie", format!("Authorization=Bearer {one}"))], 401),
    ] {
        let call = headers.iter().fold(Call::new("GET", "/v1/me"), |call, (name, value)| call.header(name, value));
        let answer = kit.call(call).expect(status);
        if status == 401 {
            assert!(
                answer
                    .header("www-authenticate")
                    .is_some_and(|challenge| challenge.starts_with("Bearer realm=\"keystead\""))
            );
        }
    }
    kit.get(NOBODY, &format!("/v1/me?api_key={one}&access_token={one}")).fails(401, "unauthenticated");
}

#[test]
fn a_key_in_a_path_a_query_or_a_header_never_comes_back() {
    let kit = Kit::start();
    let issued = kit.key(&kit.user("maya"), json!({})).secret;
    // The client itself looks for parts of the key in headers and body of every answer.
    for key in [issued, stranger("sk_live_")] {
        for path in [
            format!("/{key}"),
            format!("/docs/{key}"),
            format!("/assets/{key}"),
            format!("/v1/{key}"),
            format!("/v1/users/{key}"),
            format!("/v1/users/{key}/api-keys"),
            format!("/v1/api-keys/{key}"),
            format!("/v1/api-keys?{key}"),
            format!("/v1/api-keys?{key}={key}"),
            format!("/v1/api-keys?limit={key}"),
            format!("/v1/api-keys?cursor={key}"),
            format!("/v1/api-keys?owner={key}"),
            format!("/v1/api-keys?status={key}"),
            format!("/v1/api-keys?environment={key}"),
            format!("/v1/api-keys?expires_before={key}"),
            format!("/v1/audit-events?cursor={key}&from={key}"),
            format!("/readyz?writes={key}"),
            // In the words of the reader's own messages, from which the answer is made.
            format!("/v1/api-keys?status=expected%20{key}"),
            format!("/v1/api-keys?status=expected%20{key}%20at%20line%20"),
            format!("/v1/api-keys?status=must%20be%20{key}%60%20at%20line%201"),
            format!("/v1/api-keys?environment=%60,%20expected%20{key}%20at%20line%201%20column%201"),
            format!("/v1/api-keys?expected%20{key}%20at%20line%20=1"),
            format!("/healthz?{key}"),
        ] {
            for method in ["GET", "POST", "DELETE", "PATCH"] {
                for caller in [NOBODY, &kit.admin, &key] {
                    kit.call(Call::new(method, &path).bearer(caller));
                }
            }
        }
        for name in [
            "Origin",
            "Referer",
            "X-Request-Id",
            "Host",
            "Cookie",
            "Accept",
            "User-Agent",
            "Idempotency-Key",
            "X-Forwarded-For",
        ] {
            kit.call(Call::new("GET", "/v1/me").bearer(&kit.admin).header(name, &key));
        }
    }
}
