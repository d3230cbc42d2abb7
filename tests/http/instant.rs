//! Zero seconds: what was answered is obeyed by the next verification, on every connection, whether keys come out of memory or, while
//! memory is being filled, out of the store.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keystead::event::{Act, Actor};
use keystead::key::authority::Reach;
use keystead::key::{KeyId, RevokedReason};
use serde_json::json;

use crate::kit::{Kit, START, wait};
use crate::world::Issued;

/// Keys revoked one after another while others ask about them.
const KEYS: usize = 60;
const ASKERS: usize = 3;

/// Revokes key after key. An asker reads how many are revoked, asks about one of those, and must hear so.
fn hammer(kit: &Kit, keys: &[Issued], also: impl Fn() + Send + Sync) -> usize {
    let (revoked, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let asked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for asker in 0..ASKERS {
            let (revoked, done, asked) = (&revoked, &done, &asked);
            scope.spawn(move || {
                let mut n = asker;
                while !done.load(Ordering::SeqCst) {
                    let dead = revoked.load(Ordering::SeqCst);
                    // The newest dead one most of the time, and any other.
                    let place = if n % 2 == 0 { dead.saturating_sub(1) } else { n % keys.len() };
                    let code = kit.code(&keys[place].secret);
                    if place < dead {
                        assert_eq!(code, "revoked", "key {place} was answered to be revoked");
                    }
                    asked.fetch_add(1, Ordering::SeqCst);
                    n += 1;
                }
            });
        }
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                also();
            }
        });
        // Also when an assertion below fails: the others must not ask for ever.
        let _end = End(&done);
        for (n, key) in keys.iter().enumerate() {
            kit.delete(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200);
            revoked.store(n + 1, Ordering::SeqCst);
            assert_eq!(kit.code(&key.secret), "revoked");
        }
    });
    asked.load(Ordering::SeqCst)
}

/// Says so when it goes, also after a failure.
pub struct End<'a>(pub &'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn keys(kit: &Kit) -> Vec<Issued> {
    let owner = kit.user("maya");
    (0..KEYS).map(|_| kit.key(&owner, json!({}))).collect()
}

#[test]
fn a_revocation_is_obeyed_by_the_next_verification_on_every_connection() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let keys = keys(&kit);
    assert!(hammer(&kit, &keys, std::thread::yield_now) > 0);
}

#[test]
fn a_revocation_is_obeyed_while_memory_is_being_filled() {
    // Filled over and over, from pages that are older than what the writer says meanwhile.
    let kit = Kit::with(&[("http.workers", "2")]);
    let keys = keys(&kit);
    let kit = kit.restarted();
    assert!(hammer(&kit, &keys, || kit.fill()) > 0);
    for key in &keys {
        assert_eq!(kit.code(&key.secret), "revoked");
    }
}

#[test]
fn keys_come_out_of_the_store_before_memory_is_filled_and_out_of_memory_after() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({ "scopes": ["a:read"] }));
    let rotated = kit.key(&owner, json!({}));
    kit.post(&kit.admin, &format!("/v1/api-keys/{}/rotate", rotated.id), &json!({ "grace_s": 60 })).expect(200);
    let kit = kit.restarted();
    let before = [kit.verify(&key.secret), kit.verify(&rotated.secret), kit.verify(&crate::kit::stranger("sk_live_"))];
    kit.fill();
    let after = [kit.verify(&key.secret), kit.verify(&rotated.secret), kit.verify(&crate::kit::stranger("sk_live_"))];
    assert_eq!(before, after);
    let codes = after.map(|verdict| verdict["code"].clone());
    assert_eq!(codes, [json!("valid"), json!("valid"), json!("not_found")]);
}

#[test]
fn a_change_that_fails_is_not_in_memory_either() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let id = KeyId::parse(&key.id).expect("an id");
    let act = Act::new(Actor::cli(0), START);
    let revoke = || wait(kit.instance.live.keys.revoke(act.clone(), Reach::MACHINE, id, RevokedReason::Manual));
    // The event cannot be written: the whole change is undone, after the key itself had been changed.
    kit.run("ALTER TABLE events RENAME TO hidden_events", Vec::new());
    revoke().expect_err("no change without its event");
    assert_eq!(kit.code(&key.secret), "valid");
    kit.run("ALTER TABLE hidden_events RENAME TO events", Vec::new());
    revoke().expect("a revocation");
    assert_eq!(kit.code(&key.secret), "revoked");
}
