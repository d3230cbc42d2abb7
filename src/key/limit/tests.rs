//! What all limits together promise: all or none, shared by threads, bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::base::{Clock, Result};
use crate::key::KeyId;
use crate::key::facts::{Class, Ends, Facts, OwnerFacts};
use crate::people::{OwnerId, RateLimit, UserId};

fn limit(name: &str, limit: u32, window_s: u32) -> RateLimit {
    RateLimit { name: name.into(), limit, window_s, burst: None, auto: true }
}

fn owner(limits: impl Into<Arc<[RateLimit]>>) -> OwnerFacts {
    let id = OwnerId::User(UserId::new(0));
    OwnerFacts::new(id, None, "", false).with_limits(limits)
}

fn key(limits: impl Into<Box<[RateLimit]>>) -> Facts {
    let class = Class { rate_limits: limits.into(), ..crate::key::facts::tests::class() };
    crate::key::facts::tests::facts([0; 32], class, Ends::default())
}

fn named(name: &str, cost: u32) -> Named {
    Named { name: name.into(), cost }
}

fn passes(taken: Result<Taken>) -> bool {
    taken.expect("names are known").refused.is_none()
}

fn remaining(taken: &Taken) -> Vec<u32> {
    taken.levels.iter().map(|level| level.remaining).collect()
}

fn at_rest() -> (Clock, Buckets) {
    let clock = Clock::fixed(0);
    (clock.clone(), Buckets::new(clock))
}

#[test]
fn all_limits_give_or_none_does() {
    let (_, buckets) = at_rest();
    let (key, owner) = (key([limit("a", 5, 60), limit("b", 2, 60)]), owner([limit("a", 3, 60)]));
    let take = |named: &[Named]| buckets.take(&key, &owner, named).expect("names are known");
    assert_eq!(remaining(&take(&[])), [4, 1, 2]);
    // Only b refuses, and a takes nothing for it.
    let refused = take(&[named("b", 2)]);
    assert_eq!((refused.refused, remaining(&refused)), (Some(Some(30_000)), vec![4, 1, 2]));
    // A cost counts on the key's limit and on the owner's of the same name.
    assert_eq!(remaining(&take(&[named("a", 2), named("b", 0)])), [2, 1, 0]);
    assert_eq!(remaining(&take(&[named("a", 0), named("b", 0)])), [2, 1, 0]);
    // More than fits at all never passes; what else refuses does not make it sooner.
    assert_eq!(take(&[named("a", 4), named("b", 2)]).refused, Some(None));
    let of: Vec<LimitOf> = refused.levels.iter().map(|level| level.of).collect();
    assert_eq!(of, [LimitOf::Key, LimitOf::Key, LimitOf::Owner]);
}

#[test]
fn a_limit_that_is_not_automatic_is_looked_at_where_it_is_named() {
    let (_, buckets) = at_rest();
    let (key, owner) = (key([RateLimit { auto: false, ..limit("manual", 1, 60) }]), owner([]));
    for _ in 0..3 {
        assert!(buckets.take(&key, &owner, &[]).expect("no names").levels.is_empty());
    }
    assert!(passes(buckets.take(&key, &owner, &[named("manual", 1)])));
    assert!(!passes(buckets.take(&key, &owner, &[named("manual", 1)])));
}

#[test]
fn names_without_a_limit_are_refused_and_cost_no_memory() {
    let (_, buckets) = at_rest();
    let (key, owner) = (key([limit("a", 5, 60)]), owner([]));
    for n in 0..100_000 {
        let error = buckets.take(&key, &owner, &[named("a", 1), named(&n.to_string(), 1)]).expect_err("unknown");
        assert_eq!(error.field(), Some("/rate_limits/1/name"));
    }
    let error = buckets.take(&key, &owner, &[named("a", 1), named("a", 1)]).expect_err("twice");
    assert_eq!(error.field(), Some("/rate_limits/1/name"));
    assert_eq!(buckets.in_memory(), 0, "nothing was taken either");
}

#[test]
fn parallel_calls_on_a_burst_of_some_get_exactly_so_many() {
    let (_, buckets) = at_rest();
    let (keys, owner) = ([(); 4].map(|()| key([limit("own", 60, 60)])), owner([limit("all", 100, 60)]));
    let through = AtomicU64::new(0);
    thread::scope(|scope| {
        for n in 0..8 {
            let (buckets, key, owner, through) = (&buckets, &keys[n % 4], &owner, &through);
            scope.spawn(move || {
                for _ in 0..100 {
                    through.fetch_add(u64::from(passes(buckets.take(key, owner, &[]))), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(through.into_inner(), 100, "the owner's limit; all keys together would have had 240");
    // And what the owner's refused, the keys' own did not lose.
    let left: u32 =
        keys.iter().map(|key| remaining(&buckets.take(key, &owner, &[named("own", 0)]).expect("known"))[0]).sum();
    assert_eq!(left, 4 * 60 - 100);
}

#[test]
fn time_that_passes_beside_it_all_does_not_let_more_through() {
    let clock = Clock::system();
    let buckets = Buckets::new(clock.clone());
    let (key, owner) = (key([RateLimit { burst: Some(7), ..limit("a", 30_000, 1) }]), owner([]));
    let (began_ns, through) = (clock.monotonic_ns(), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    through.fetch_add(u64::from(passes(buckets.take(&key, &owner, &[]))), Ordering::Relaxed);
                }
            });
        }
    });
    let most = 7 + u128::from(clock.monotonic_ns() - began_ns) * 30_000 / 1_000_000_000;
    assert!(u128::from(through.into_inner()) <= most);
}

#[test]
fn a_changed_limit_counts_what_was_used_and_drains_it_at_its_new_rate() {
    let (clock, buckets) = at_rest();
    let facts = |limits: [RateLimit; 1]| Facts { id: KeyId::new(0), ..key(limits) };
    let month = facts([limit("a", 10, 31 * 86_400)]);
    let as_now = |limit: RateLimit| {
        buckets.key_changed(month.id, std::slice::from_ref(&limit));
        Facts { id: month.id, ..key([limit]) }
    };
    let nobody = owner([]);
    assert!(passes(buckets.take(&month, &nobody, &[named("a", 10)])));
    // Higher: at once, and used cells stay used.
    let higher = as_now(limit("a", 100, 1_000));
    assert_eq!(remaining(&buckets.take(&higher, &nobody, &[]).expect("known")), [89]);
    // Drained at the new rate, also while nobody looked: 100 s are ten of the eleven.
    clock.advance_ms(100_000);
    assert_eq!(remaining(&buckets.take(&higher, &nobody, &[named("a", 0)]).expect("known")), [99]);
    assert!(passes(buckets.take(&higher, &nobody, &[named("a", 49)])));
    // Lower: fifty cells are used, and go at one in 10 s.
    let lower = as_now(limit("a", 10, 100));
    clock.advance_ms(399_999);
    let refused = buckets.take(&lower, &nobody, &[]).expect("known");
    assert_eq!((refused.refused, remaining(&refused)), (Some(Some(10_001)), vec![0]));
    clock.advance_ms(10_001);
    assert!(passes(buckets.take(&lower, &nobody, &[])));
    // Taken away and given again: no fresh start.
    buckets.key_changed(month.id, &[]);
    assert!(!passes(buckets.take(&as_now(limit("a", 10, 100)), &nobody, &[])));
}

#[test]
fn memory_is_that_of_the_limits_in_use() {
    const MANY: usize = 100_000;
    let (clock, buckets) = at_rest();
    let owner_limits: Box<[RateLimit]> = [limit("all", 5, 10)].into();
    let key_limits: Box<[RateLimit]> = [limit("own", 5, 10)].into();
    let everyone = |many: usize| {
        for _ in 0..many {
            assert!(passes(buckets.take(&key(key_limits.clone()), &owner(owner_limits.clone()), &[])));
        }
    };
    everyone(MANY);
    assert_eq!(buckets.in_memory(), 2 * MANY);
    clock.advance_ms(2_000);
    everyone(MANY / 2);
    assert!(
        buckets.in_memory() < MANY + MANY / 2,
        "those of before have drained, and go while others come: {}",
        buckets.in_memory()
    );
    clock.advance_ms(2_000);
    buckets.sweep();
    assert_eq!(buckets.in_memory(), 0, "and without others by the sweep");
}

#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    /// A change of the wall clock alone.
    Back(i64),
    /// By which of two keys, at which costs of the key's and the owner's limit.
    Take(usize, u32, u32),
    Refuse(usize, u32),
    /// The owner's limit becomes this.
    Change(u32, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop_oneof![0..50_i64, 0..5_000_i64].prop_map(Step::Wait),
        1 => (1..1_000_000_i64).prop_map(Step::Back),
        8 => (0..2_usize, 0..3_u32, 0..4_u32).prop_map(|(key, own, all)| Step::Take(key, own, all)),
        1 => (0..2_usize, 0..4_u32).prop_map(|(key, all)| Step::Refuse(key, all)),
        1 => (1..12_u32, 1..4_u32).prop_map(|(limit, window_s)| Step::Change(limit, window_s)),
    ];
    proptest::collection::vec(step, 1..120)
}

proptest! {
    /// Two keys of one owner; the owner's limit changes on the way, and credits refuse now and then. Counted here by what passed alone.
    #[test]
    fn in_any_stretch_of_time_no_limit_lets_more_through_than_it_promises(steps in steps()) {
        let (clock, buckets) = at_rest();
        let keys = [(7, 3), (2, 1)].map(|(most, window_s)| {
            let facts = key([limit("own", most, window_s)]);
            Facts { has_credits: true, ..facts }
        });
        let mut owner = owner([limit("all", 5, 2)]);
        let (mut fastest, mut burst) = ((5, 2), 5);
        let mut passed: Vec<(u64, usize, u32, u32)> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(ms) => clock.advance_ms(ms),
                Step::Back(ms) => clock.advance_ms(-ms),
                Step::Take(of, own, all) => {
                    if passes(buckets.take(&keys[of], &owner, &[named("own", own), named("all", all)])) {
                        passed.push((clock.monotonic_ns(), of, own, all));
                    }
                }
                Step::Refuse(of, all) => {
                    let asked = [named("all", all)];
                    let before = remaining(&buckets.take(&keys[of], &owner, &[named("own", 0), named("all", 0)]).expect("known"));
                    let mut taken = buckets.take(&keys[of], &owner, &asked).expect("known");
                    buckets.give_back(&keys[of], &owner, &asked, &mut taken);
                    prop_assert_eq!(remaining(&taken), before, "a refused call costs nothing");
                }
                Step::Change(limit_of_all, window_s) => {
                    owner = owner.with_limits([limit("all", limit_of_all, window_s)]);
                    buckets.owner_changed(&owner);
                    burst = burst.max(limit_of_all);
                    if limit_of_all * fastest.1 > fastest.0 * window_s {
                        fastest = (limit_of_all, window_s);
                    }
                }
            }
        }
        // limit · T / window_s in cells, exact as fractions: sums · window · 10⁹ ≤ burst · window · 10⁹ + limit · T.
        let most = |sum: u32, burst: u32, (limit, window_s): (u32, u32), ns: u64| {
            let cell = u128::from(window_s) * 1_000_000_000;
            u128::from(sum) * cell <= u128::from(burst) * cell + u128::from(limit) * u128::from(ns)
        };
        for (n, first) in passed.iter().enumerate() {
            let (mut all, mut own) = (0, [0, 0]);
            for (at, of, cost, cost_of_all) in &passed[n..] {
                all += cost_of_all;
                own[*of] += cost;
                prop_assert!(most(all, burst, fastest, at - first.0));
                prop_assert!(most(own[0], 7, (7, 3), at - first.0) && most(own[1], 2, (2, 1), at - first.0));
            }
        }
    }
}
