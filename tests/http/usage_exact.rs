//! Every use lands once. Keys over a store, their memory dropped at any moment and the sums abandoned at any step: what is on disk is what was
//! acknowledged, but for what was not written when memory went, and never more.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use keystead::base::clock::DAY_MS;
use keystead::base::crypto::MasterKey;
use keystead::base::{Clock, crypto};
use keystead::config::{self, Config, Environment, Sources};
use keystead::event::{Act, Actor, Journal};
use keystead::key::authority::Reach;
use keystead::key::offline::Offline;
use keystead::key::restrict::Place;
use keystead::key::token::Pepper;
use keystead::key::verify::{Question, Wanted};
use keystead::key::{Keys, NewKey, Terms};
use keystead::people::OwnerId;
use keystead::store::{Store, Val, master};
use tokio::runtime::Runtime;

use crate::kit::{START, wait};

/// Two chunks of a sum, and a rest.
const KEYS: usize = 1_100;
const ACTIONS: usize = 250;

/// Key, day, code → uses and cost.
type Counts = BTreeMap<(String, i64, i64), (i64, i64)>;

struct Harness {
    store: Store,
    clock: Clock,
    master: MasterKey,
    config: Config,
    keys: Keys,
    /// Id and secret.
    issued: Vec<(String, String)>,
    /// On disk for certain, and acknowledged at all.
    least: Counts,
    most: Counts,
    dice: u64,
    runtime: Runtime,
}

impl Harness {
    fn start(dice: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (store, clock) = (Store::in_memory(4096).expect("a store"), Clock::fixed(START));
        let config = config::load(&Sources::default()).expect("the defaults").config;
        let begin = |key: &_, db: &_| Journal::new(key).begin(db);
        let master = wait(master::record(&store, MasterKey::generate(), START, begin)).expect("a master key").key;
        let owner = OwnerId::parse("usr_01h455vb4pex5vsknk084sn02q").expect("an id");
        wait(store.write(|db| {
            db.run(
                "INSERT INTO owners (id, type, name, status, scopes_grantable, metadata, created_at)
                 VALUES ('usr_01h455vb4pex5vsknk084sn02q', 'user', 'maya', 'active', '[]', '{}', 0)",
                &[],
            )
        }))
        .expect("an owner");
        let keys = keys(&store, &clock, &master, &config);
        let make = || {
            let new = NewKey {
                owner,
                name: "k".into(),
                expires_at: None,
                environment: Environment::Live,
                is_public: false,
                enabled: true,
                scopes: Vec::new(),
                metadata: None,
                terms: Terms::default(),
            };
            let made = keys.create(Act::new(Actor::cli(0), START), Reach::MACHINE, new);
            let issued = runtime.block_on(made).expect("a key");
            (issued.key.id, issued.secret.expose().to_owned())
        };
        let issued = (0..KEYS).map(|_| make()).collect();
        let (least, most) = Default::default();
        Self { store, clock, master, config, keys, issued, least, most, dice, runtime }
    }

    /// xorshift64: the same dice, the same run.
    fn roll(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice % sides as u64).expect("small")
    }

    fn verify(&mut self, n: usize) {
        let (refused, cost) = (self.roll(4) == 0, i64::try_from(self.roll(3)).expect("small"));
        let wanted = if refused { Environment::Test } else { Environment::Live };
        let question = Question {
            key: &self.issued[n].1,
            environment: Wanted::Only(wanted),
            place: Place { ip: None, referrer: None, method: None, path: None },
            scopes: &[],
            any_scopes: &[],
            cost,
            rate_limits: &[],
        };
        self.runtime.block_on(self.keys.verify(question)).expect("a verdict");
        // `wrong_environment` has the number 4.
        let day = self.clock.now_ms() / DAY_MS;
        let sum = self.most.entry((self.issued[n].0.clone(), day, if refused { 4 } else { 0 })).or_default();
        *sum = (sum.0 + 1, sum.1 + if refused { 0 } else { cost });
    }

    /// Memory is gone, as after a kill. A job that was in the store's queue still runs, which is worse for whoever counts.
    fn crash(&mut self) {
        self.keys = keys(&self.store, &self.clock, &self.master, &self.config);
        let kept = self.on_disk();
        for (slot, most) in &self.most {
            let (least, kept) =
                (self.least.get(slot).copied().unwrap_or_default(), kept.get(slot).copied().unwrap_or_default());
            assert!(least.0 <= kept.0 && kept.0 <= most.0, "{slot:?}: {least:?} <= {kept:?} <= {most:?}");
            assert!(least.1 <= kept.1 && kept.1 <= most.1, "{slot:?}: {least:?} <= {kept:?} <= {most:?}");
        }
        assert!(kept.keys().all(|slot| self.most.contains_key(slot)), "nothing is invented");
        self.most.clone_from(&kept);
        self.least = kept;
    }

    fn on_disk(&self) -> Counts {
        wait(self.keys.settle_usage()).expect("it is summed up");
        let waiting = "SELECT COUNT(*) FROM usage_pending";
        let rows = wait(self.store.read(|db| {
            assert_eq!(db.first(waiting, &[], |row| row.int())?, Some(0), "what is summed up waits no more");
            db.all(
                "SELECT h.key_id, d.day, d.code, d.uses, d.cost FROM usage_holders h JOIN usage_days d ON d.holder_id = h.id ORDER BY h.id",
                &[] as &[Val<'_>],
                |row| Ok(((row.text()?.to_owned(), row.int()?, row.int()?), (row.int()?, row.int()?))),
            )
        }));
        rows.expect("the query runs").into_iter().collect()
    }

    fn check(&mut self) {
        let kept = self.on_disk();
        assert!(kept == self.most, "without a crash every use is there, once");
        self.least = kept;
    }

    fn act(&mut self) {
        match self.roll(20) {
            0 => (0..KEYS).for_each(|n| self.verify(n)),
            1..=8 => (0..10).for_each(|_| {
                let n = self.roll(KEYS);
                self.verify(n);
            }),
            9..=11 => {
                wait(self.keys.flush_counts()).expect("it is written");
                self.least.clone_from(&self.most);
            }
            12..=15 => {
                let most = self.roll(20);
                let keys = self.keys.clone();
                if let Some(settled) = steps(keys.settle_usage(), most) {
                    settled.expect("it is summed up");
                    self.least.clone_from(&self.most);
                }
            }
            16 | 17 => self.crash(),
            18 => self.check(),
            _ => self.clock.advance_ms(DAY_MS / 4),
        }
    }
}

fn keys(store: &Store, clock: &Clock, master: &MasterKey, config: &Config) -> Keys {
    let (journal, pepper) = (Journal::new(master), Pepper::new(master, 1));
    let offline = Offline::none(master);
    let keys = Keys::new(store.clone(), clock.clone(), journal, pepper, config.keys.clone(), &config.policy, offline);
    wait(keys.claim_prefixes()).expect("prefixes");
    wait(keys.fill_index()).expect("keys are read");
    keys
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Lets it come so many steps far, and drops it there unless it is done.
fn steps<F: Future>(future: F, most: usize) -> Option<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut context, mut future) = (Context::from_waker(&waker), pin!(future));
    for _ in 0..most {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Some(output),
            Poll::Pending => std::thread::park(),
        }
    }
    None
}

#[test]
fn every_use_lands_once_wherever_a_crash_comes_and_a_sum_is_abandoned() {
    let seed = u64::from_be_bytes(crypto::random()) | 1;
    eprintln!("the dice begin at {seed}");
    let mut harness = Harness::start(seed);
    for _ in 0..ACTIONS {
        harness.act();
    }
    harness.check();
}

#[test]
fn many_bills_at_once_wait_for_a_sum_that_began_after_them_and_all_are_complete() {
    let mut harness = Harness::start(7);
    for _ in 0..20 {
        (0..50).for_each(|n| harness.verify(n));
        let all: i64 = harness.most.values().map(|(uses, _)| uses).sum();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    wait(harness.keys.settle_usage()).expect("it is summed up");
                    let sum = "SELECT CAST(COALESCE(SUM(uses), 0) AS BIGINT) FROM usage_days";
                    let bill = wait(harness.store.read(move |db| db.first(sum, &[], |row| row.int())));
                    assert_eq!(bill.expect("the query runs"), Some(all));
                });
            }
        });
    }
}
