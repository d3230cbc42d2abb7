//! How many wrong passwords are taken: by account, by network and by both, counted also when they come at once, and never so that an attack
//! locks out who has been here before.

use serde_json::json;

use crate::client::{Answer, Call};
use crate::kit::Kit;
use crate::world::signing_in;

const PASSWORD: &str = "tall trees by the lake";
const WINDOW: i64 = 15 * 60_000;

/// A server that believes this machine's word for where a request comes from.
fn kit() -> Kit {
    let kit = Kit::with(&[("http.trusted_proxies", "[\"127.0.0.0/8\"]")]);
    kit.person("maya@example.com", PASSWORD);
    kit
}

fn from(kit: &Kit, address: &str, email: &str, password: &str) -> Answer {
    kit.call(signing_in(email, password).header("X-Forwarded-For", address))
}

fn limited(answer: Answer) -> i64 {
    let answer = answer.fails(429, "rate_limited");
    answer.header("retry-after").expect("Retry-After").parse().expect("seconds")
}

#[test]
fn after_ten_wrong_passwords_from_one_network_the_right_one_waits_too() {
    let kit = kit();
    for _ in 0..10 {
        from(&kit, "203.0.113.9", "maya@example.com", "wrong").fails(401, "unauthenticated");
    }
    let hashes = kit.instance.live.people.hashes_computed();
    let retry_after_s = limited(from(&kit, "203.0.113.9", "maya@example.com", PASSWORD));
    assert!((1..=WINDOW / 1000 + 1).contains(&retry_after_s), "{retry_after_s}");
    assert_eq!(kit.instance.live.people.hashes_computed(), hashes, "and costs no hash");
    kit.clock.advance_ms(retry_after_s * 1000);
    from(&kit, "203.0.113.9", "maya@example.com", PASSWORD).expect(201);
}

#[test]
fn one_account_is_one_counter_however_it_is_typed() {
    let kit = kit();
    let spellings =
        ["Maya@example.com", " maya@example.com", "MAYA@EXAMPLE.COM ", "ｍａｙａ@example.com", "mAyA@eXaMpLe.cOm"];
    for typed in spellings.iter().cycle().take(10) {
        from(&kit, "203.0.113.9", typed, "wrong").fails(401, "unauthenticated");
    }
    for typed in spellings {
        limited(from(&kit, "203.0.113.9", typed, "wrong"));
    }
}

#[test]
fn one_network_is_one_counter_however_its_addresses_are_written() {
    for addresses in [
        ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:cb00:7109", "0:0:0:0:0:ffff:203.0.113.9"],
        ["2001:db8:0:7::1", "2001:DB8:0:7:ffff::", "2001:0db8:0000:0007:1:2:3:4", "2001:db8::7:0:0:0:5"],
    ] {
        let kit = kit();
        for address in addresses.iter().cycle().take(10) {
            from(&kit, address, "maya@example.com", "wrong").fails(401, "unauthenticated");
        }
        for address in addresses {
            limited(from(&kit, address, "maya@example.com", "wrong"));
        }
    }
}

#[test]
fn a_claimed_address_buys_no_attempts() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    for n in 0..10 {
        from(&kit, &format!("203.0.113.{n}"), "maya@example.com", "wrong").fails(401, "unauthenticated");
    }
    limited(from(&kit, "203.0.113.200", "maya@example.com", "wrong"));
}

#[test]
fn one_network_cannot_try_many_accounts_and_an_own_account_buys_no_more() {
    let kit = kit();
    kit.person("thief@example.com", "an account of the own");
    for n in 0..60 {
        from(&kit, "203.0.113.9", &format!("user{n}@example.com"), "wrong").fails(401, "unauthenticated");
        if n % 10 == 0 {
            from(&kit, "203.0.113.9", "thief@example.com", "an account of the own").expect(201);
        }
    }
    limited(from(&kit, "203.0.113.9", "maya@example.com", "wrong"));
    from(&kit, "203.0.113.10", "maya@example.com", PASSWORD).expect(201);
}

#[test]
fn an_attack_from_everywhere_is_stopped_and_the_victim_still_comes_in_from_home() {
    let kit = kit();
    from(&kit, "198.51.100.7", "maya@example.com", PASSWORD).expect(201);
    for n in 0..30 {
        from(&kit, &format!("203.0.113.{n}"), "maya@example.com", "wrong").fails(401, "unauthenticated");
    }
    limited(from(&kit, "203.0.113.99", "maya@example.com", "wrong"));
    limited(from(&kit, "203.0.113.99", "maya@example.com", PASSWORD));
    from(&kit, "198.51.100.7", "maya@example.com", "a slip").fails(401, "unauthenticated");
    from(&kit, "198.51.100.7", "maya@example.com", PASSWORD).expect(201);
}

#[test]
fn attempts_at_the_same_time_all_count() {
    let kit = kit();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..40).map(|_| scope.spawn(|| from(&kit, "203.0.113.9", "maya@example.com", "wrong").status)).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let judged = statuses.iter().filter(|status| **status == 401 || **status == 503).count();
    assert!(judged <= 10 && statuses.iter().all(|status| [401, 429, 503].contains(status)), "{statuses:?}");
    limited(from(&kit, "203.0.113.9", "maya@example.com", PASSWORD));
}

#[test]
fn the_right_password_clears_the_account_and_failures_begin_anew() {
    let kit = kit();
    for _ in 0..3 {
        for _ in 0..9 {
            from(&kit, "203.0.113.9", "maya@example.com", "wrong").fails(401, "unauthenticated");
        }
        from(&kit, "203.0.113.9", "maya@example.com", PASSWORD).expect(201);
    }
}

#[test]
fn an_unknown_account_is_throttled_like_a_known_one() {
    let kit = kit();
    for email in ["maya@example.com", "nobody@example.com"] {
        for _ in 0..10 {
            from(&kit, "203.0.113.9", email, "wrong").fails(401, "unauthenticated");
        }
        limited(from(&kit, "203.0.113.9", email, "wrong"));
    }
}

#[test]
fn the_password_is_guarded_alike_wherever_it_is_asked_for() {
    let kit = kit();
    let session = from(&kit, "203.0.113.9", "maya@example.com", PASSWORD).expect(201).session();
    let ask = |path: &str, body| {
        kit.call(Call::new("POST", path).bearer(&session).header("X-Forwarded-For", "203.0.113.9").json(&body))
    };
    for n in 0..10 {
        let answer = match n % 2 {
            0 => ask("/v1/sessions/current/confirm", json!({ "password": "wrong" })),
            _ => ask("/v1/me/password", json!({ "current_password": "wrong", "new_password": "shorter hedges" })),
        };
        answer.fails(403, "forbidden");
    }
    limited(ask("/v1/sessions/current/confirm", json!({ "password": PASSWORD })));
    limited(ask("/v1/me/password", json!({ "current_password": PASSWORD, "new_password": "shorter hedges" })));
    limited(from(&kit, "203.0.113.9", "maya@example.com", PASSWORD));
    kit.call(Call::new("GET", "/v1/me").bearer(&session)).expect(200);
}

#[test]
fn counters_that_are_over_go_with_later_attempts() {
    let kit = kit();
    for n in 0..20 {
        from(&kit, &format!("203.0.113.{n}"), &format!("user{n}@example.com"), "wrong").fails(401, "unauthenticated");
    }
    assert_eq!(kit.number("SELECT COUNT(*) FROM throttles"), 60);
    kit.clock.advance_ms(WINDOW + 1);
    for n in 100..110 {
        from(&kit, &format!("203.0.113.{n}"), "nobody@example.com", "wrong").fails(401, "unauthenticated");
    }
    assert!(kit.number("SELECT COUNT(*) FROM throttles") <= 21);
    assert_eq!(kit.number("SELECT COUNT(*) FROM throttles WHERE bucket LIKE '%example%'"), 0, "nothing typed is kept");
}
