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
            "permissions": ["documents.read", "api.*.verify"], "roles": [] }),
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
    assert_eq!(reports[1]["left_out"], json!(["roles", "credits", "rate_limits"]));
    assert_eq!((&reports[3]["field"], &reports[4]["field"]), (&"/owner".into(), &"/hash".into()));
    let first = kit.verify_as(&kit.admin, json!({ "key": secret(1), "scopes": ["documents.read"] }));
    assert_eq!(
        (&first["code"], &first["key"]["prefix"], &first["owner"]["external_id"]),
        (&"valid".into(), &"acme_".into(), &"user_1".into())
    );
    let second =
        kit.verify_as(&kit.admin, json!({ "key": secret(2), "environment": "test", "scopes": ["a.read", "b.write"] }));
    assert_eq!((&second["code"], &second["key"]["prefix"]), (&"valid".into(), &Value::Null));
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
    assert_eq!((&reports[0]["left_out"], &reports[1]["left_out"]), (&json!(["rate_limits"]), &json!(["credits"])));
    assert_eq!(reports[2]["field"], "/key", "a key that was stored unhashed");
    let verified = kit.verify_as(&kit.admin, json!({ "key": plain, "scopes": ["files:read", "files:write"] }));
    assert_eq!((&verified["code"], &verified["owner"]["type"]), (&"valid".into(), &"team".into()));
    let key = kit.get(&kit.admin, &format!("/v1/api-keys/{}", reports[0]["id"].as_str().expect("an id"))).expect(200);
    assert_eq!((key.str("/data/origin"), &key.json["data"]["metadata"]["plan"]), ("better-auth", &"pro".into()));
    assert_eq!(kit.code("second secret"), "malformed", "a space stands in no key");
    assert_eq!(kit.verify(plain)["owner"]["external_id"], "user_1");
}
