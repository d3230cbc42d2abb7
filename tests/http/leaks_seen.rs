//! Who sees leaks, what a list of them says, and what people say of them.

use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{Kit, NOBODY, START, time};
use crate::leaks::{digest, leaked, valid};

fn report(kit: &Kit, secret: &str, exposure: &str) -> String {
    let fate = kit.fate(json!({ "sha256": digest(secret), "exposure": exposure }));
    fate["leak_id"].as_str().expect("an id").to_owned()
}

#[test]
fn whoever_manages_a_key_sees_and_judges_its_leaks_and_nobody_else_knows_of_them() {
    let kit = Kit::start();
    let (maya, noor, team) = (kit.user("maya"), kit.user("noor"), kit.team("Acme"));
    kit.seat(&team, &noor, json!({ "permissions": ["$manage_api_keys"] })).expect(201);
    kit.seat(&team, &maya, json!({ "permissions": ["$read_members"] })).expect(201);
    let (of_maya, of_team) = (kit.key(&maya, json!({})), kit.key(&team, json!({})));
    let of_instance = kit.backend(&["keystead:verify"]);
    let own = report(&kit, &of_maya.secret, "local");
    let teams = report(&kit, &of_team.secret, "local");
    let instances = report(&kit, &of_instance.secret, "local");
    let backend = kit.backend(&["keystead:leaks"]).secret;
    let admin = kit.session(&kit.operator("olga"));
    let (maya_in, noor_in) = (kit.session(&maya), kit.session(&noor));
    for (caller, sees) in [
        (&kit.admin, vec![&instances, &teams, &own]),
        (&admin, vec![&instances, &teams, &own]),
        (&backend, vec![&teams, &own]),
        (&maya_in, vec![&own]),
        (&noor_in, vec![&teams]),
    ] {
        assert_eq!(kit.ids(caller, "/v1/leaks").iter().collect::<Vec<_>>(), sees);
        for leak in [&own, &teams, &instances] {
            let path = format!("/v1/leaks/{leak}");
            let (shown, judged) =
                (kit.get(caller, &path), kit.call(Call::new("PATCH", &path).bearer(caller).ours().json(&json!({}))));
            let expected = if sees.contains(&leak) { 200 } else { 404 };
            assert_eq!((shown.status, judged.status), (expected, expected));
        }
    }
    let path = format!("/v1/leaks/{own}");
    for (caller, status) in [(NOBODY, 401), (of_maya.secret.as_str(), 403), (&of_instance.secret, 403)] {
        assert_eq!(kit.get(caller, "/v1/leaks").status, status);
        assert_eq!(kit.get(caller, &path).status, status);
        assert_eq!(kit.patch(caller, &path, &json!({ "state": "dismissed" })).status, status);
    }
    kit.get(&kit.admin, "/v1/leaks/leak_01h455vb4pex5vsknk084sn02q").fails(404, "not_found");
    kit.get(&kit.admin, "/v1/leaks/key_01h455vb4pex5vsknk084sn02q").fails(404, "not_found");
}

#[test]
fn a_list_is_paged_and_filtered() {
    let kit = Kit::start();
    let (maya, noor) = (kit.user("maya"), kit.user("noor"));
    let mut all = Vec::new();
    for n in 0..5 {
        let key = kit.key(if n < 3 { &maya } else { &noor }, json!({ "description": format!("key {n}") }));
        let exposure = ["local", "private", "public", "local", "public"][n];
        all.push((report(&kit, &key.secret, exposure), key));
    }
    all.reverse();
    let ids = |wanted: &dyn Fn(usize) -> bool| -> Vec<&String> {
        all.iter().enumerate().filter(|(n, _)| wanted(4 - n)).map(|(_, (id, _))| id).collect()
    };
    let pages = kit.pages(&kit.admin, "/v1/leaks", 2);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let flat: Vec<String> = pages.concat().iter().map(|leak| leak["id"].as_str().expect("an id").into()).collect();
    assert_eq!(flat.iter().collect::<Vec<_>>(), ids(&|_| true));
    let listed = |query: &str| kit.ids(&kit.admin, &format!("/v1/leaks?{query}"));
    assert_eq!(listed("exposure=local").iter().collect::<Vec<_>>(), ids(&|n| n == 0 || n == 3));
    assert_eq!(listed(&format!("owner={noor}")).iter().collect::<Vec<_>>(), ids(&|n| n >= 3));
    assert_eq!(listed(&format!("owner={noor}&exposure=public")).iter().collect::<Vec<_>>(), ids(&|n| n == 4));
    assert_eq!(listed(&format!("key={}", all[0].1.id)).iter().collect::<Vec<_>>(), ids(&|n| n == 4));
    kit.patch(&kit.admin, &format!("/v1/leaks/{}", all[0].0), &json!({ "state": "confirmed" })).expect(200);
    assert_eq!(listed("state=confirmed").iter().collect::<Vec<_>>(), ids(&|n| n == 4));
    assert_eq!(listed("state=open").iter().collect::<Vec<_>>(), ids(&|n| n < 4));
    let maya_in = kit.session(&maya);
    assert_eq!(kit.ids(&maya_in, &format!("/v1/leaks?owner={noor}")), Vec::<String>::new());
    for (wrong, field) in [
        ("owner=maya", "/owner"),
        ("key=leak_1", "/key"),
        ("state=closed", "/state"),
        ("exposure=secret", "/exposure"),
        ("cursor=x", "/cursor"),
        ("limit=0", "/limit"),
        ("q=x", "/q"),
    ] {
        kit.get(&kit.admin, &format!("/v1/leaks?{wrong}")).fails(400, "invalid").at(field);
    }
}

#[test]
fn a_leak_tells_of_its_key_and_never_of_its_secret() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({ "description": "checkout" }));
    report(&kit, &key.secret, "private");
    let leak = kit.leak();
    let last_four = &key.secret[key.secret.len() - 4..];
    assert_eq!(
        leak["key"],
        json!({ "id": key.id, "name": "checkout", "owner": { "type": "user", "id": owner, "name": "maya" },
            "last_four": last_four, "revoked_at": time(START) })
    );
    assert_eq!((&leak["first_seen_at"], &leak["last_seen_at"]), (&json!(time(START)), &json!(time(START))));
    assert!(!leak.to_string().contains(&digest(&key.secret)));
    // It goes with its key to another owner.
    let noor = kit.user("noor");
    let second = kit.key(&owner, json!({}));
    report(&kit, &second.secret, "local");
    kit.post(&kit.admin, &format!("/v1/api-keys/{}/transfer", second.id), &json!({ "owner": { "id": noor } }))
        .expect(200);
    assert_eq!(kit.ids(&kit.session(&noor), "/v1/leaks").len(), 1);
}

#[test]
fn a_judgement_is_kept_with_its_judge_and_only_something_worse_opens_it_again() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let id = report(&kit, &key.secret, "local");
    let path = format!("/v1/leaks/{id}");
    let events = kit.events();
    let judged =
        kit.patch(&kit.admin, &path, &json!({ "state": "dismissed", "note": "a fixture\nof ours" })).expect(200);
    assert_eq!((judged.str("/data/state"), judged.str("/data/note")), ("dismissed", "a fixture\nof ours"));
    assert!(judged.str("/data/judged_by").starts_with("key:") && judged.str("/data/judged_at") == time(START));
    assert_eq!(kit.actions_since(events), ["leak.judged"]);
    kit.patch(&kit.admin, &path, &json!({ "state": "dismissed" })).expect(200);
    assert_eq!(kit.events(), events + 1, "nothing has changed");
    let notices = || kit.number("SELECT COUNT(*) FROM deliveries");
    let before = notices();
    kit.clock.advance_ms(2 * 86_400_000);
    kit.fate(json!({ "key": key.secret, "exposure": "local", "place": { "path": "elsewhere" } }));
    assert_eq!((notices(), &kit.leak()["state"]), (before, &"dismissed".into()), "nobody wants to hear of it");
    assert_eq!(kit.ended(&key.secret), valid());
    report(&kit, &key.secret, "public");
    let leak = kit.leak();
    assert_eq!(
        (&leak["state"], &leak["judged_by"], &leak["note"]),
        (&"open".into(), &Value::Null, &"a fixture\nof ours".into())
    );
    assert_eq!((notices(), kit.ended(&key.secret)), (before + 1, leaked()));
    let cleared = kit.patch(&kit.admin, &path, &json!({ "note": "" })).expect(200);
    assert_eq!(cleared.json["data"]["note"], Value::Null);
}

#[test]
fn a_judgement_over_what_somebody_has_changed_is_refused_and_so_is_what_is_none() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let path = format!("/v1/leaks/{}", report(&kit, &key.secret, "local"));
    let tag = kit.get(&kit.admin, &path).expect(200).header("etag").expect("an ETag").to_owned();
    let judge = |tag: &str| {
        kit.call(
            Call::new("PATCH", &path).bearer(&kit.admin).header("If-Match", tag).json(&json!({ "state": "confirmed" })),
        )
    };
    report(&kit, &key.secret, "public");
    judge(&tag).fails(412, "precondition_failed");
    let tag = kit.get(&kit.admin, &path).expect(200).header("etag").expect("an ETag").to_owned();
    judge(&tag).expect(200);
    for (wrong, status, field) in [
        (json!({ "state": "closed" }), 400, "/state"),
        (json!({ "exposure": "local" }), 400, "/exposure"),
        (json!({ "note": "n".repeat(1_001) }), 422, "/note"),
        (json!({ "note": "a\u{0}" }), 422, "/note"),
    ] {
        let code = if status == 400 { "invalid" } else { "unprocessable" };
        kit.patch(&kit.admin, &path, &wrong).fails(status, code).at(field);
    }
    let other = kit.key(&kit.user("noor"), json!({}));
    kit.patch(&kit.admin, &path, &json!({ "note": other.secret })).fails(422, "unprocessable");
}

#[test]
fn a_server_tells_everybody_what_its_keys_begin_with() {
    let kit = Kit::with(&[
        ("keys.prefix.secret_live", "acme_sk_live_"),
        ("keys.prefix.retired", "[{ prefix = \"old_sk_\", environment = \"live\", is_public = false }]"),
        ("http.public_docs", "false"),
    ]);
    let about = kit.get(NOBODY, "/.well-known/keystead").expect(200).json["data"].clone();
    assert_eq!((&about["name"], &about["version"]), (&"keystead".into(), &env!("CARGO_PKG_VERSION").into()));
    let prefixes: Vec<_> =
        about["prefixes"].as_array().expect("a list").iter().map(|one| one["prefix"].as_str()).collect();
    assert_eq!(prefixes, ["acme_sk_live_", "sk_test_", "pk_live_", "pk_test_", "old_sk_"].map(Some));
    assert_eq!(about["prefixes"][2], json!({ "prefix": "pk_live_", "environment": "live", "is_public": true }));
    assert_eq!(about["capabilities"], json!(["leak_reports"]));
}
