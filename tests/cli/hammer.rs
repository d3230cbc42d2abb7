//! Revocations from the command line and over HTTP, while others verify on connections of their own: whoever was told that a key is revoked is
//! obeyed by the next verification. `tests/http/hammer.rs` does the same a hundred thousand times without a process for each.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::binary::{Server, home, run};
use crate::owners::on;

const KEYS: usize = 30;
/// Revoked with one command.
const AT_ONCE: usize = 3;
const VERIFICATIONS: usize = 400;
const ASKERS: usize = 3;

#[test]
fn no_verification_after_a_revocation_by_command_or_by_request_says_valid() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let user = server.user("maya");
    let keys: Vec<(String, String)> = (0..KEYS).map(|_| server.key(&user)).collect();
    let dead: Vec<AtomicBool> = keys.iter().map(|_| AtomicBool::new(false)).collect();
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for asker in 0..ASKERS {
            let (server, keys, dead, done, asked) = (&server, &keys, &dead, &done, &asked);
            scope.spawn(move || {
                let mut n = asker;
                while !done.load(Ordering::SeqCst) || asked.load(Ordering::SeqCst) < VERIFICATIONS {
                    let place = n * 7 % KEYS;
                    let was_dead = dead[place].load(Ordering::SeqCst);
                    let code = server.code_of(&keys[place].1);
                    assert!(code == "revoked" || (code == "valid" && !was_dead), "key {place} is {code}");
                    asked.fetch_add(1, Ordering::SeqCst);
                    n += 1;
                }
            });
        }
        // Also when a command fails: the others must not ask for ever.
        let _end = End(&done);
        for (turn, some) in (0..KEYS).collect::<Vec<_>>().chunks(AT_ONCE).enumerate() {
            let ids = some.iter().map(|place| keys[*place].0.as_str());
            if turn % 2 == 0 {
                run(on(&server, &["key", "revoke"].into_iter().chain(ids).collect::<Vec<_>>())).fine();
            } else {
                ids.for_each(|id| assert_eq!(server.delete(&format!("/v1/api-keys/{id}")).status, 200));
            }
            for place in some {
                dead[*place].store(true, Ordering::SeqCst);
            }
        }
    });
    for (_, secret) in &keys {
        assert_eq!(server.code_of(secret), "revoked");
    }
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
