//! Refills: the balance is set at the beginning of each period in UTC, whoever looks, and whatever the clock does.

use keystead::base::Timestamp;
use keystead::base::clock::{Clock, DAY_MS};
use serde_json::{Value, json};

use crate::kit::Kit;

fn at(text: &str) -> i64 {
    Timestamp::parse(text).expect("a time").0
}

fn daily(remaining: i64, amount: i64) -> Value {
    json!({ "remaining": remaining, "refill": { "amount": amount, "every": "day" } })
}

#[test]
fn a_balance_is_set_at_midnight_in_utc_and_not_before() {
    let kit = Kit::start();
    let key = kit.paid(daily(3, 10));
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 2));
    // START is 08:00.
    kit.clock.advance_ms(DAY_MS * 2 / 3 - 1);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 1));
    kit.clock.advance_ms(1);
    assert_eq!(kit.pay(&key, 0), ("valid".into(), 10), "a look sees it");
    assert_eq!(kit.balance(&key)["remaining"], 10);
    let exported = kit.call(
        crate::client::Call::new("GET", "/v1/api-keys").bearer(&kit.admin).header("Accept", "application/x-ndjson"),
    );
    assert!(exported.text.contains("\"credits\":{\"remaining\":10,"), "{}", exported.text);
    assert_eq!(kit.pay(&key, 4), ("valid".into(), 6));
    kit.clock.advance_ms(DAY_MS - 1);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 5));
    kit.clock.advance_ms(1);
    assert_eq!(
        kit.pay(&key, 11),
        ("credits_exhausted".into(), 10),
        "what a period brings is a balance, not a gift on top"
    );
    assert_eq!(kit.pay(&key, 10), ("valid".into(), 0));
}

#[test]
fn a_balance_above_the_amount_ends_with_its_period_too() {
    let kit = Kit::start();
    let key = kit.paid(daily(500, 10));
    kit.clock.advance_ms(DAY_MS);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 9));
}

#[test]
fn a_month_begins_on_the_chosen_day_and_a_shorter_one_on_its_last() {
    let kit = Kit::with_clock(Clock::fixed(at("2028-01-31T12:00:00Z")), &[]);
    let refill = |day: Value| json!({ "remaining": 0, "refill": { "amount": 5, "every": "month", "day": day } });
    let (late, first) =
        (kit.paid(refill(json!(31))), kit.paid(json!({ "remaining": 0, "refill": { "amount": 5, "every": "month" } })));
    assert_eq!(first.data["credits"]["refill"]["day"], 1, "which day is meant is told");
    let mut now = at("2028-01-31T12:00:00Z");
    let mut days_of = |key| -> Vec<String> {
        let mut days = Vec::new();
        for next in [
            "2028-02-01",
            "2028-02-28",
            "2028-02-29",
            "2028-03-01",
            "2028-03-30",
            "2028-03-31",
            "2028-04-01",
            "2028-04-29",
            "2028-04-30",
        ] {
            let next_at = at(&format!("{next}T00:00:00Z"));
            kit.clock.advance_ms(next_at - now);
            now = next_at;
            if kit.pay(key, 5).0 == "valid" {
                days.push(next.to_owned());
            }
        }
        days
    };
    assert_eq!(days_of(&late), ["2028-02-29", "2028-03-31", "2028-04-30"]);
    kit.clock.advance_ms(at("2028-01-31T12:00:00Z") - at("2028-04-30T00:00:00Z"));
    let mut now = at("2028-01-31T12:00:00Z");
    let firsts = ["2028-02-01", "2028-02-29", "2028-03-01", "2028-04-01"].map(|day| {
        let next_at = at(&format!("{day}T00:00:00Z"));
        kit.clock.advance_ms(next_at - now);
        now = next_at;
        kit.pay(&first, 5).0
    });
    assert_eq!(firsts, ["valid", "credits_exhausted", "valid", "valid"]);
}

#[test]
fn a_clock_that_goes_back_and_forth_over_a_beginning_refills_once() {
    let kit = Kit::start();
    let key = kit.paid(daily(1, 10));
    kit.clock.advance_ms(DAY_MS);
    assert_eq!(kit.pay(&key, 9), ("valid".into(), 1));
    for _ in 0..5 {
        kit.clock.advance_ms(-DAY_MS);
        assert_eq!(kit.pay(&key, 0), ("valid".into(), 1), "nothing is taken back");
        kit.clock.advance_ms(DAY_MS);
        assert_eq!(kit.pay(&key, 0), ("valid".into(), 1), "nothing is given twice");
    }
    assert_eq!(kit.pay(&key, 2), ("credits_exhausted".into(), 1));
    kit.clock.advance_ms(DAY_MS);
    assert_eq!(kit.pay(&key, 2), ("valid".into(), 8));
}

#[test]
fn a_clock_that_leaps_over_many_periods_refills_once() {
    let kit = Kit::start();
    let key = kit.paid(daily(1, 10));
    kit.clock.advance_ms(400 * DAY_MS);
    assert_eq!(kit.pay(&key, 10), ("valid".into(), 0));
    assert_eq!(kit.pay(&key, 1), ("credits_exhausted".into(), 0));
    kit.clock.advance_ms(DAY_MS);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 9));
    // Back to the right time: no refill until what was filled has begun, or somebody sets the balance.
    kit.clock.advance_ms(-400 * DAY_MS);
    assert_eq!(kit.pay(&key, 9), ("valid".into(), 0));
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", key.id), &json!({ "credits": daily(3, 10) })).expect(200);
    assert_eq!(kit.pay(&key, 0), ("valid".into(), 3));
    kit.clock.advance_ms(DAY_MS);
    assert_eq!(kit.pay(&key, 0), ("valid".into(), 10));
}

#[test]
fn of_many_at_once_when_a_refill_is_due_one_refills_and_all_are_paid_from_it() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let key = kit.paid(daily(0, 30));
    kit.clock.advance_ms(DAY_MS);
    let valid: usize = std::thread::scope(|scope| {
        let pay = || (0..10).filter(|_| kit.pay(&key, 1).0 == "valid").count();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(pay)).collect();
        all.into_iter().map(|one| one.join().expect("it paid")).sum()
    });
    assert_eq!((valid, kit.balance(&key)["remaining"].clone()), (30, json!(0)));
}

#[test]
fn what_is_set_or_added_stands_until_the_next_period() {
    let kit = Kit::start();
    let key = kit.paid(daily(0, 10));
    let path = format!("/v1/api-keys/{}", key.id);
    kit.clock.advance_ms(DAY_MS);
    // Due, and looked at by nobody yet: what is added is added to what the period brings.
    let added = kit.post(&kit.admin, &format!("{path}/credits"), &json!({ "add": 5 })).expect(200);
    assert_eq!(added.json["data"]["remaining"], 15);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 14));
    kit.clock.advance_ms(DAY_MS);
    // Due again: what is set now is not overwritten by it.
    kit.patch(&kit.admin, &path, &json!({ "credits": daily(3, 10) })).expect(200);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 2));
    kit.clock.advance_ms(DAY_MS);
    assert_eq!(kit.pay(&key, 1), ("valid".into(), 9));
}
