//! Zero seconds, a hundred thousand times: keys and backends are revoked over HTTP one after another, while threads verify without a pause
//! and memory is being filled. No verification that begins after a revocation was answered goes by what was before.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keystead::base::crypto::sha256;
use keystead::base::{Error, Result};
use keystead::key::KeyId;
use keystead::key::restrict::Place;
use keystead::key::verify::{Code, Question, Verdict, Wanted};
use keystead::store::Val;
use serde_json::json;

use crate::instant::End;
use crate::kit::{Kit, wait};
use crate::world::Issued;

/// Each of them begins with a server whose memory is empty.
const ROUNDS: usize = 4;
/// Revoked in each round, and backends beside them.
const KEYS: usize = 48;
const BACKENDS: usize = 6;
/// Keys between each two of them that are only there to be read: they make pages.
const BETWEEN: usize = 20;
const VERIFICATIONS: usize = 100_000;
const ASKERS: usize = 3;

/// A secret, and whether its revocation was answered.
struct Target {
    issued: Issued,
    dead: AtomicBool,
}

impl Target {
    fn new(issued: Issued) -> Self {
        Self { issued, dead: AtomicBool::new(false) }
    }

    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    fn revoke(&self, kit: &Kit) {
        kit.delete(&kit.admin, &format!("/v1/api-keys/{}", self.issued.id)).expect(200);
        self.dead.store(true, Ordering::SeqCst);
    }
}

/// As a request does it: the backend first, then the key. On the thread that asks, as a worker of the server.
async fn ask(kit: &Kit, backend: &str, key: &str) -> Result<Verdict> {
    let keys = &kit.instance.live.keys;
    keys.asker(keys.credential(backend).expect("it is well formed"), Place::default).await?;
    keys.verify(Question {
        key,
        environment: Wanted::Any,
        place: Place::default(),
        scopes: &[],
        any_scopes: &[],
        cost: 1,
        rate_limits: &[],
    })
    .await
}

fn judge(said: Result<Verdict>, backend_was_dead: bool, key_was_dead: bool) {
    match said {
        Ok(verdict) => {
            assert!(!backend_was_dead, "a backend that was answered to be revoked verifies");
            assert!(matches!(verdict.code, Code::Valid | Code::Revoked), "{:?}", verdict.code);
            assert!(!key_was_dead || verdict.code == Code::Revoked, "a key that was answered to be revoked is valid");
        }
        // It may just have been revoked, before anybody was told.
        Err(Error::Unauthenticated) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Revokes all of them while others verify, until there were so many verifications.
fn hammer(kit: &Kit, keys: &[Target], backends: &[Target], wanted: usize) {
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for asker in 0..ASKERS {
            let (done, asked) = (&done, &asked);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                let mut n = asker;
                while !done.load(Ordering::SeqCst) || asked.load(Ordering::SeqCst) < wanted {
                    let (key, backend) = (&keys[n * 7 % keys.len()], &backends[n / 16 % backends.len()]);
                    let (backend_was, key_was) = (backend.is_dead(), key.is_dead());
                    judge(runtime.block_on(ask(kit, &backend.issued.secret, &key.issued.secret)), backend_was, key_was);
                    asked.fetch_add(1, Ordering::SeqCst);
                    n += 1;
                }
            });
        }
        scope.spawn(|| kit.fill());
        // Also when an assertion below fails: the others must not ask for ever.
        let _end = End(&done);
        for n in 0..keys.len() {
            keys[n * 5 % keys.len()].revoke(kit);
            // The first backend lives, so that keys are asked about to the end.
            if let Some(backend) = backends.get(1 + n / 8).filter(|_| n % 8 == 7) {
                backend.revoke(kit);
            }
        }
    });
    assert!(asked.load(Ordering::SeqCst) >= wanted);
    for target in keys.iter().chain(&backends[1..]) {
        assert_eq!(kit.code(&target.issued.secret), "revoked");
    }
}

/// Rows like that of `key`, of secrets that nobody has.
fn insert_copies(kit: &Kit, copies: Vec<(KeyId, String)>) {
    let written = kit.instance.live.store.write(move |db| {
        for (id, key) in &copies {
            let id = id.to_string();
            db.run(
                "INSERT INTO keys (id, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix, last_four,
                                   digest, pepper_id, created_at, secret_created_at)
                 SELECT $1, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix, last_four,
                        $2, pepper_id, created_at, secret_created_at
                 FROM keys WHERE id = $3",
                &[(&id).into(), Val::Blob(&sha256(id.as_bytes())), key.into()],
            )?;
        }
        Ok(())
    });
    wait(written).expect("rows are written");
}

#[test]
fn no_verification_of_a_hundred_thousand_goes_by_what_was_before_a_revocation() {
    let mut kit = Kit::with(&[("http.workers", "2")]);
    let owner = kit.user("maya");
    for _ in 0..ROUNDS {
        let mut copies = Vec::new();
        let keys: Vec<Target> = (0..KEYS)
            .map(|_| {
                let key = kit.key(&owner, json!({}));
                copies.extend((0..BETWEEN).map(|_| (KeyId::new(kit.clock.now_ms()), key.id.clone())));
                kit.clock.advance_ms(1);
                Target::new(key)
            })
            .collect();
        insert_copies(&kit, copies);
        let backends: Vec<Target> = (0..=BACKENDS).map(|_| Target::new(kit.backend(&["keystead:verify"]))).collect();
        kit = kit.restarted();
        hammer(&kit, &keys, &backends, VERIFICATIONS / ROUNDS);
    }
}
