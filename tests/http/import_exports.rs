//! Exports of Unkey and Better Auth as they are: what comes over, and what is said to stay behind.

use serde_json::{Value, json};

use crate::import::{base64, base64url, body, import, statuses};
use crate::kit::{Kit, START};

#[test]
fn an_export_of_unkey_comes_in_and_says_what_stays_behind() {
    let kit = Kit::start();
    let team = kit.team("Acme");
    let secret = |n: u8| format!("3Z{}zR{n}", "kD7vXw9".repeat(3));
    let hash = |n: u8| base64(secret(n).as_bytes());
    let lines = body(&[
        json!({ "id": "key_1", "hash": hash(1), "start": "acme_3Zkd", "workspaceId": "ws_1", "name": null, "identity": { "externalId": "user_1" },
            "meta": "{\"plan\":\"pro\"}", "createdAtM": START - 1_000, "expires": null, "enabled": true, "deletedAtM": null, "remaining": null,
            "permissions": ["documents.read", "api.*.verify", "invoices:*", "*"], "roles": [] }),
        json!({ "hash": hash(2), "start": "3Zkd", "owner_id": "user_2", "meta": null, "created_at_m": START - 5, "expires": "2027-01-15 08:00:01.000",
            "enabled": 1, "deleted_at_m": null, "remaining_requests": 10, "ratelimit_limit": 5, "environment": "test", "roles": ["reader"],
            "permissions": "a.read, b.write" }),
        json!({ "hash": hash(3), "externalId": "user_3", "deletedAt": START - 1 }),
        json!({ "hash": hash(4), "enabled": false, "name": "nobody's" }),
        json!({ "hash": secret(5), "externalId": "user_1" }),
    ]);
    let (reports, _) = import(&kit, "?format=unkey&create_owners=true", lines.clone());
    assert_eq!(statuses(&reports), ["imported", "imported", "skipped", "error", "error"]);
    assert_eq!(reports[0]["left_out"], json!(["permissions"]));
    assert_eq!(reports[1]["left_out"], json!(["roles", "rate_limits"]), "a limit without a duration is none here");
    assert_eq!((&reports[3]["field"], &reports[4]["field"]), (&"/owner".into(), &"/hash".into()));
    let first = kit.verify_as(&kit.admin, json!({ "key": secret(1), "scopes": ["documents.read"] }));
    assert_eq!(
        (&first["code"], &first["key"]["prefix"], &first["owner"]["external_id"]),
        (&"valid".into(), &"acme_".into(), &"user_1".into())
    );
    let second =
        kit.verify_as(&kit.admin, json!({ "key": secret(2), "environment": "test", "scopes": ["a.read", "b.write"] }));
    assert_eq!((&second["code"], &second["key"]["prefix"]), (&"valid".into(), &Value::Null));
    assert_eq!(second["credits_remaining"], 10, "what was left there is left here; a test key is never charged");
    kit.clock.advance_ms(1_001);
    assert_eq!(kit.verify_as(&kit.admin, json!({ "key": secret(2), "environment": "test" }))["code"], "expired");
    assert_eq!(kit.code(&secret(3)), "not_found");
    let (reports, _) = import(&kit, &format!("?format=unkey&default_owner={team}"), lines);
    assert_eq!(statuses(&reports), ["exists", "exists", "skipped", "imported", "error"]);
    assert_eq!((kit.code(&secret(4)), &kit.verify(&secret(4))["owner"]["id"]), ("disabled".into(), &team.into()));
}

#[test]
fn an_export_of_better_auth_comes_in_and_says_what_stays_behind() {
    let kit = Kit::start();
    let hash = |text: &str| base64url(text.as_bytes());
    let plain = "DkfUejjCaTgLkWvyZRoYKlQeGbnOfXtPzSiAmHcBJxNqVwErMdIuDkfUejjCaTgL";
    let lines = body(&[
        json!({ "id": "1", "configId": "default", "key": hash(plain), "name": "ci", "start": "acme_D", "prefix": "acme_", "referenceId": "user_1",
            "enabled": true, "expiresAt": "2027-01-15T08:00:01.000Z", "createdAt": "2026-01-01T00:00:00.000Z", "rateLimitEnabled": true,
            "rateLimitMax": 10, "rateLimitTimeWindow": 86_400_000, "requestCount": 0, "remaining": null,
            "permissions": "{\"files\":[\"read\",\"write\"]}", "metadata": "\"{\\\"plan\\\":\\\"pro\\\"}\"" }),
        json!({ "key": hash("second secret"), "user_id": 42, "enabled": 0, "expires_at": null, "created_at": 1_735_689_600, "remaining": 3,
            "rate_limit_enabled": 0, "permissions": null, "metadata": null }),
        json!({ "key": plain, "userId": "user_1" }),
    ]);
    let (reports, _) = import(&kit, "?format=better-auth&create_owners=true&owner_type=team", lines);
    assert_eq!(statuses(&reports), ["imported", "imported", "error"]);
    assert_eq!((&reports[0]["left_out"], &reports[1]["left_out"]), (&json!(null), &json!(null)));
    assert_eq!(reports[2]["field"], "/key", "a key that was stored unhashed");
    let verified = kit.verify_as(&kit.admin, json!({ "key": plain, "scopes": ["files:read", "files:write"] }));
    assert_eq!((&verified["code"], &verified["owner"]["type"]), (&"valid".into(), &"team".into()));
    let key = kit.get(&kit.admin, &format!("/v1/api-keys/{}", reports[0]["id"].as_str().expect("an id"))).expect(200);
    assert_eq!((key.str("/data/origin"), &key.json["data"]["metadata"]["plan"]), ("better-auth", &"pro".into()));
    assert_eq!(kit.code("second secret"), "malformed", "a space stands in no key");
    assert_eq!(kit.verify(plain)["owner"]["external_id"], "user_1");
}

/// What of a line's credits is here, and what was left out.
fn credits(kit: &Kit, format: &str, line: Value) -> (Value, Value) {
    field(kit, format, line, "credits")
}

/// The same of any field of the key.
fn field(kit: &Kit, format: &str, line: Value, name: &str) -> (Value, Value) {
    let (reports, _) = import(kit, &format!("?format={format}&create_owners=true"), body(&[line]));
    assert_eq!(statuses(&reports), ["imported"], "{reports:?}");
    let path = format!("/v1/api-keys/{}", reports[0]["id"].as_str().expect("an id"));
    let left_out = reports[0].get("left_out").cloned().unwrap_or_default();
    (kit.get(&kit.admin, &path).expect(200).json["data"][name].clone(), left_out)
}

fn refilled(remaining: i64, refill: Value) -> Value {
    json!({ "remaining": remaining, "refill": refill })
}

#[test]
fn what_is_left_of_a_keys_uses_comes_over_and_its_refill_where_there_is_one_like_it_here() {
    let kit = Kit::start();
    let mut n = 0;
    let mut unkey = |more: Value| {
        n += 1;
        let mut line = json!({ "hash": base64(format!("unkey {n}").as_bytes()), "externalId": "user_1" });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        credits(&kit, "unkey", line)
    };
    let (daily, monthly) =
        (json!({ "amount": 9, "every": "day" }), json!({ "amount": 9, "every": "month", "day": 31 }));
    let first = json!({ "amount": 9, "every": "month", "day": 1 });
    let nothing = Value::Null;
    for (line, credits, left_out) in [
        (json!({ "remaining": null, "refill_amount": 9 }), nothing.clone(), nothing.clone()),
        (json!({ "remaining_requests": 0 }), refilled(0, nothing.clone()), nothing.clone()),
        (json!({ "remainingRequests": "7", "refillAmount": 9 }), refilled(7, daily.clone()), nothing.clone()),
        (
            json!({ "remaining_requests": 7, "refill_amount": 9, "refill_day": 31 }),
            refilled(7, monthly.clone()),
            nothing.clone(),
        ),
        (
            json!({ "remaining": 7, "refill": { "interval": "daily", "amount": 9 } }),
            refilled(7, daily.clone()),
            nothing.clone(),
        ),
        (
            json!({ "credits": { "remaining": 7, "refill": { "interval": "monthly", "amount": 9, "refillDay": 31 } } }),
            refilled(7, monthly),
            nothing.clone(),
        ),
        (
            json!({ "credits": { "remaining": 7, "refill": { "interval": "monthly", "amount": 9 } } }),
            refilled(7, first),
            nothing.clone(),
        ),
        (
            json!({ "remaining": 7, "refill_amount": 9, "refill_day": 32 }),
            refilled(7, nothing.clone()),
            json!(["refill"]),
        ),
    ] {
        assert_eq!(unkey(line.clone()), (credits, left_out), "{line}");
    }
    let mut n = 0;
    let mut better_auth = |more: Value| {
        n += 1;
        let mut line = json!({ "key": base64url(format!("better auth {n}").as_bytes()), "userId": "user_1" });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        credits(&kit, "better-auth", line)
    };
    for (line, credits, left_out) in [
        (
            json!({ "remaining": null, "refillAmount": 9, "refillInterval": 86_400_000 }),
            nothing.clone(),
            nothing.clone(),
        ),
        (
            json!({ "remaining": 7, "refillAmount": null, "refillInterval": null }),
            refilled(7, nothing.clone()),
            nothing.clone(),
        ),
        (
            json!({ "remaining": 7, "refill_amount": 9, "refill_interval": 86_400_000 }),
            refilled(7, daily),
            nothing.clone(),
        ),
        (
            json!({ "remaining": 7, "refillAmount": 9, "refillInterval": 3_600_000 }),
            refilled(7, nothing.clone()),
            json!(["refill"]),
        ),
    ] {
        assert_eq!(better_auth(line.clone()), (credits, left_out), "{line}");
    }
    let bad = body(&[
        json!({ "key": base64url(b"a"), "userId": "user_1", "remaining": -1 }),
        json!({ "key": base64url(b"b"), "userId": "user_1", "remaining": "many" }),
    ]);
    let (reports, _) = import(&kit, "?format=better-auth&create_owners=true", bad);
    assert_eq!(statuses(&reports), ["error", "error"], "a key that would be good for ever is not made of them");
    assert_eq!([&reports[0]["field"], &reports[1]["field"]], [&json!("/remaining"), &json!("/remaining")]);
}

#[test]
fn a_line_of_our_own_form_says_what_its_uses_are_paid_with() {
    let kit = Kit::start();
    let line =
        |n: usize, credits: Value| crate::import::line(&crate::import::foreign(n), json!({ "credits": credits }));
    let lines = [
        line(1, json!({ "remaining": 2, "refill": { "amount": 5, "every": "month" } })),
        line(2, Value::Null),
        line(3, json!({ "remaining": -1 })),
        line(4, json!({ "remaining": 1, "refill": { "amount": 5, "every": "day", "day": 3 } })),
        line(5, json!(5)),
    ];
    let (reports, _) = import(&kit, "?create_owners=true", body(&lines));
    assert_eq!(statuses(&reports), ["imported", "imported", "error", "error", "error"]);
    let fields = [2, 3, 4].map(|n| reports[n]["field"].clone());
    assert_eq!(fields, ["/credits/remaining", "/credits/refill/day", "/credits"]);
    let secret = crate::import::foreign(1);
    let left = [1, 2, 3].map(|_| kit.verify(&secret)["credits_remaining"].clone());
    assert_eq!(left, [json!(1), json!(0), json!(0)]);
    kit.clock.advance_ms(31 * keystead::base::clock::DAY_MS);
    assert_eq!(kit.verify(&secret)["credits_remaining"], 4);
    let told = kit.get(&kit.admin, "/v1/audit-events?action=key.imported&limit=2").expect(200);
    assert_eq!(told.json["data"][1]["details"]["credits"]["remaining"], 2);
}

#[test]
fn limits_come_over_where_there_are_such_here() {
    let kit = Kit::start();
    let limit = |name: &str, most: u32, window_s: u32, auto: bool| json!({ "name": name, "limit": most, "window_s": window_s, "burst": most, "auto": auto });
    let (nothing, left_out) = (json!([]), json!(["rate_limits"]));
    let mut n = 0;
    for (more, limits, left) in [
        (json!({ "ratelimits": [] }), nothing.clone(), Value::Null),
        (
            json!({ "ratelimits": [{ "id": "rl_1", "name": "calls", "limit": 10, "duration": 60_000, "autoApply": true },
                                   { "name": "tokens", "limit": 500, "duration": 86_400_000 }] }),
            json!([limit("calls", 10, 60, true), limit("tokens", 500, 86_400, false)]),
            Value::Null,
        ),
        (
            json!({ "ratelimits": "[{\"name\": \"calls\", \"limit\": 10, \"duration\": 60000, \"auto_apply\": 1}]" }),
            json!([limit("calls", 10, 60, true)]),
            Value::Null,
        ),
        (
            json!({ "ratelimits": [{ "name": "short", "limit": 10, "duration": 500 }, { "name": "calls", "limit": 1, "duration": 1_000 }] }),
            json!([limit("calls", 1, 1, false)]),
            left_out.clone(),
        ),
        (
            json!({ "ratelimits": [{ "name": "a b", "limit": 10, "duration": 1_000 }] }),
            nothing.clone(),
            left_out.clone(),
        ),
        (json!({ "ratelimits": { "odd": 1 } }), nothing.clone(), left_out.clone()),
        (json!({ "ratelimit": { "limit": 5, "duration": 1_000 } }), json!([limit("default", 5, 1, true)]), Value::Null),
        (json!({ "ratelimit": { "type": "fast", "limit": 5, "refillRate": 1 } }), nothing.clone(), left_out.clone()),
        (
            json!({ "ratelimit_limit": 5, "ratelimit_duration": 1_000 }),
            json!([limit("default", 5, 1, true)]),
            Value::Null,
        ),
    ] {
        n += 1;
        let mut line = json!({ "hash": base64(format!("unkey {n}").as_bytes()), "externalId": "user_1" });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        assert_eq!(field(&kit, "unkey", line, "rate_limits"), (limits, left), "{more}");
    }
    for (enabled, window, limits, left) in [
        (true, json!(86_400_000), json!([limit("default", 10, 86_400, true)]), Value::Null),
        (false, json!(86_400_000), nothing.clone(), Value::Null),
        (true, json!(1_500), nothing.clone(), left_out.clone()),
        (true, Value::Null, nothing.clone(), left_out.clone()),
    ] {
        n += 1;
        let line = json!({ "key": base64url(format!("better {n}").as_bytes()), "userId": "user_1", "rateLimitEnabled": enabled,
            "rateLimitMax": 10, "rateLimitTimeWindow": window });
        assert_eq!(field(&kit, "better-auth", line, "rate_limits"), (limits, left));
    }
    let line =
        |n: usize, limits: Value| crate::import::line(&crate::import::foreign(n), json!({ "rate_limits": limits }));
    let (one, bad) =
        (json!([{ "name": "a", "limit": 1, "window_s": 60 }]), json!([{ "name": "a", "limit": 0, "window_s": 60 }]));
    let (reports, _) = import(&kit, "?create_owners=true", body(&[line(1, one), line(2, bad)]));
    assert_eq!((statuses(&reports), &reports[1]["field"]), (vec!["imported", "error"], &json!("/rate_limits/0/limit")));
    let secret = crate::import::foreign(1);
    assert_eq!([kit.code(&secret), kit.code(&secret)], ["valid", "rate_limited"]);
}

#[test]
fn a_line_names_roles_that_exist_and_one_that_does_not_is_refused_alone() {
    let kit = Kit::start();
    let user = kit.user("maya");
    kit.role("support", &["a:*"]);
    let secret = crate::import::foreign;
    let line = |n: usize, roles: Value| crate::import::line(&secret(n), json!({ "roles": roles }));
    let lines = body(&[
        line(1, json!(["support", "none"])),
        line(2, json!(["support", "support"])),
        line(3, json!(vec!["support"; 17])),
        line(4, json!([])),
    ]);
    for (query, fate) in [("?dry_run=true", "would_import"), ("", "imported")] {
        let (reports, _) = import(&kit, query, lines.clone());
        assert_eq!(statuses(&reports), ["error", fate, "error", fate]);
        assert_eq!((&reports[0]["field"], &reports[2]["field"]), (&json!("/roles/1"), &json!("/roles")));
    }
    let asked = kit.verify_as(&kit.admin, json!({ "key": secret(2), "scopes": ["a:read"] }));
    assert_eq!((&asked["code"], &asked["key"]["roles"]), (&json!("valid"), &json!(["support"])));
    let events = kit.get(&kit.admin, &format!("/v1/audit-events?owner={user}&action=key.imported")).expect(200);
    let told: Vec<&Value> =
        events.json["data"].as_array().expect("a list").iter().map(|event| &event["details"]["roles"]).collect();
    assert_eq!(told, [&json!([]), &json!(["support"])]);
}
