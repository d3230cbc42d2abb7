//! Refills: the balance is set at the beginning of each period in UTC, whoever looks, and whatever the clock does.

use keystead::base::Timestamp;
use keystead::base::clock::{Clock, DAY_MS};
use proptest::prelude::*;
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

/// What is done to a key, or to the clock.
#[derive(Debug, Clone)]
enum Step {
    /// Milliseconds, forth or back.
    Clock(i64),
    Spend(i64),
    Look,
    Add(i64),
    Set(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let days = prop_oneof![-3_i64..4, 0_i64..400, -400_i64..0];
    prop_oneof![
        4 => (days, prop_oneof![Just(0), Just(-1), 0..DAY_MS]).prop_map(|(days, ms)| Step::Clock(days * DAY_MS + ms)),
        4 => (1_i64..8).prop_map(Step::Spend),
        1 => Just(Step::Look),
        1 => (1_i64..5).prop_map(Step::Add),
        1 => (0_i64..20).prop_map(Step::Set),
    ]
}

/// A balance as one keeps it on paper: what there is, and until when beginnings of periods were dealt with.
struct Paper {
    balance: i64,
    dealt_with: i64,
    /// Of the month; `None` is every day.
    day: Option<i64>,
}

const AMOUNT: i64 = 10;

impl Paper {
    /// Has a period begun since? Looked for day by day, in the calendar that the API prints.
    fn is_due(&self, now: i64) -> bool {
        let mut midnight = (self.dealt_with.div_euclid(DAY_MS) + 1) * DAY_MS;
        while midnight <= now {
            let day_of = |ms: i64| Timestamp(ms).to_string()[8..10].parse::<i64>().expect("a day");
            let (today, is_last) = (day_of(midnight), day_of(midnight + DAY_MS) == 1);
            if self.day.is_none_or(|day| day == today || (day > today && is_last)) {
                return true;
            }
            midnight += DAY_MS;
        }
        false
    }

    fn shown(&self, now: i64) -> i64 {
        if self.is_due(now) { AMOUNT } else { self.balance }
    }

    fn deal(&mut self, now: i64) {
        if self.is_due(now) {
            *self = Self { balance: AMOUNT, dealt_with: now, ..*self };
        }
    }
}

#[test]
fn whatever_is_done_and_whatever_the_clock_does_the_balance_is_as_on_paper() {
    // In the middle of a February that has 29 days.
    let kit = Kit::with_clock(Clock::fixed(at("2028-02-15T12:00:00Z")), &[]);
    let settings = ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() };
    let days = prop_oneof![Just(None), (28_i64..=31).prop_map(Some), (1_i64..=31).prop_map(Some)];
    proptest!(settings, |(day in days, steps in proptest::collection::vec(step(), 1..25))| {
        let refill = match day {
            None => json!({ "amount": AMOUNT, "every": "day" }),
            Some(day) => json!({ "amount": AMOUNT, "every": "month", "day": day }),
        };
        let credits = |remaining: i64| json!({ "remaining": remaining, "refill": refill });
        let user = kit.user(&crate::kit::stranger("payer_")[..20]);
        let key = kit.key(&user, json!({ "credits": credits(5) }));
        let path = format!("/v1/api-keys/{}", key.id);
        let mut paper = Paper { balance: 5, dealt_with: kit.clock.now_ms(), day };
        for step in steps {
            let now = kit.clock.now_ms();
            match step {
                Step::Clock(by) => kit.clock.advance_ms(by.max(at("1990-01-01T00:00:00Z") - now)),
                Step::Spend(cost) => {
                    paper.deal(now);
                    let enough = paper.balance >= cost;
                    paper.balance -= if enough { cost } else { 0 };
                    let code = if enough { "valid" } else { "credits_exhausted" };
                    prop_assert_eq!(kit.pay(&key, cost), (code.to_owned(), paper.balance));
                }
                Step::Look => prop_assert_eq!(kit.pay(&key, 0), ("valid".to_owned(), paper.shown(now))),
                Step::Add(more) => {
                    paper.deal(now);
                    paper.balance += more;
                    let added = kit.post(&kit.admin, &format!("{path}/credits"), &json!({ "add": more })).expect(200);
                    prop_assert_eq!(&added.json["data"]["remaining"], paper.balance);
                }
                Step::Set(remaining) => {
                    paper = Paper { balance: remaining, dealt_with: now, ..paper };
                    kit.patch(&kit.admin, &path, &json!({ "credits": credits(remaining) })).expect(200);
                }
            }
            prop_assert_eq!(&kit.balance(&key)["remaining"], paper.shown(kit.clock.now_ms()));
        }
        kit.clock.advance_ms(at("2028-02-15T12:00:00Z") - kit.clock.now_ms());
    });
}
