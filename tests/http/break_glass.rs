//! Break-glass, as `keystead admin break-glass` arms it.

use keystead::base::Error;
use keystead::event::{Act, Actor};

use crate::kit::{Kit, START, wait};

fn admin(kit: &Kit) -> String {
    let body = serde_json::json!({ "email": "Admin@Example.com" });
    let id = kit.post(&kit.admin, "/v1/users", &body).expect(201).str("/data/id").to_owned();
    kit.run("UPDATE users SET role = 'admin', password = 'any' WHERE id = $1", vec![id.clone()]);
    id
}

#[test]
fn only_an_active_admin_with_a_password_is_armed_and_the_audit_says_by_whom() {
    let kit = Kit::start();
    let people = &kit.instance.live.people;
    let arm = |email: &str, minutes| wait(people.arm_break_glass(Act::new(Actor::cli(7), START), email, minutes));
    let id = admin(&kit);
    kit.post(&kit.admin, "/v1/users", &serde_json::json!({ "email": "member@example.com" })).expect(201);
    for (email, minutes) in
        [("member@example.com", 60), ("nobody@example.com", 60), ("admin@example.com", 0), ("admin@example.com", 1441)]
    {
        assert!(matches!(arm(email, minutes), Err(Error::Refused { .. })), "{email} {minutes}");
    }
    assert_eq!(arm("admin@example.com", 60).expect("armed").0, START + 3_600_000);
    let event = kit.get(&kit.admin, &format!("/v1/audit-events?subject={id}&limit=1")).expect(200);
    assert_eq!((event.str("/data/0/action"), event.str("/data/0/actor")), ("break_glass.armed", "cli:7"));
    wait(people.disarm_break_glass(Act::new(Actor::cli(7), START), "admin@example.com")).expect("disarmed");
    assert_eq!(kit.number("SELECT COUNT(*) FROM users WHERE break_glass_until IS NOT NULL"), 0);
    kit.run("UPDATE owners SET status = 'suspended' WHERE id = $1", vec![id]);
    assert!(matches!(arm("admin@example.com", 60), Err(Error::Refused { .. })));
}
