//! GCRA (ITU-T I.371), the leaky bucket read as a meter: pure and exact. Runs once for each limit of each verification.
//!
//! It never rounds while it counts. A cell of a limit lasts `window_s · 10⁹ / limit` nanoseconds, which is seldom a whole number, so levels
//! are kept in ticks of `1 / limit` nanoseconds: a cell is `window_s · 10⁹` ticks, and each nanosecond drains `limit` of them.

use crate::people::RateLimit;

const NS_PER_S: u128 = 1_000_000_000;
const NS_PER_MS: u128 = 1_000_000;

/// How fast a meter drains: so many cells in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    limit: u32,
    window_s: u32,
}

/// How much of a limit is used. Let `burst` be the most it may hold: whoever only takes what fits gets at most `burst + limit · T / window_s`
/// cells in any T seconds, because what was taken is in the meter at the end but for the `limit` ticks that drained each nanosecond; and a
/// caller who is no faster than that finds room each time. Time must not go back from one call to the next.
///
/// No product overflows: a level is 10⁹ cells of 2.7 · 10¹⁵ ticks at most (31 days), so 2.7 · 10²⁴; in another window 2.7 · 10⁶ times that;
/// and 584 years drain 1.9 · 10²⁸. 128 bits hold 3.4 · 10³⁸.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meter {
    level: u128,
    at_ns: u64,
    rate: Rate,
}

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Milliseconds until it would fit; `None` where it never will, because it is more than the burst.
    pub retry_after_ms: Option<u64>,
}

impl Rate {
    pub fn of(limit: &RateLimit) -> Self {
        // A definition that was never checked could hold a zero.
        Self { limit: limit.limit.max(1), window_s: limit.window_s.max(1) }
    }

    /// So many cells a minute.
    pub fn per_minute(limit: u32) -> Self {
        Self { limit: limit.max(1), window_s: 60 }
    }

    /// One cell in ticks.
    fn cell(self) -> u128 {
        u128::from(self.window_s) * NS_PER_S
    }

    /// Whole milliseconds in which so many ticks have drained.
    fn drains_in_ms(self, ticks: u128) -> u64 {
        u64::try_from(ticks.div_ceil(u128::from(self.limit) * NS_PER_MS)).unwrap_or(u64::MAX)
    }
}

impl Meter {
    pub fn empty(rate: Rate, now_ns: u64) -> Self {
        Self { level: 0, at_ns: now_ns, rate }
    }

    /// The same meter now. Where the rate has changed, the cells that are used stay used, and drain at the new rate from now on: a higher
    /// limit helps at once, a lower one forgets nothing.
    #[must_use]
    pub fn now(self, rate: Rate, now_ns: u64) -> Self {
        let passed = u128::from(now_ns.saturating_sub(self.at_ns));
        let level = self.level.saturating_sub(passed * u128::from(self.rate.limit));
        let level = if rate.window_s == self.rate.window_s {
            level
        } else {
            (level * u128::from(rate.window_s)).div_ceil(u128::from(self.rate.window_s))
        };
        Self { level, at_ns: self.at_ns.max(now_ns), rate }
    }

    /// With `cost` cells more, of `burst` at most. None at all are always to be had.
    pub fn take(self, cost: u32, burst: u32) -> Result<Self, Refusal> {
        let cell = self.rate.cell();
        let (level, most) = (self.level + u128::from(cost) * cell, u128::from(burst) * cell);
        if cost == 0 || level <= most {
            return Ok(Self { level, ..self });
        }
        let retry_after_ms = (cost <= burst).then(|| self.rate.drains_in_ms(level - most));
        Err(Refusal { retry_after_ms })
    }

    /// Without the `cost` cells that were taken when the meter stood at `before`, as far as they are still in it: what has drained of them
    /// was not in anybody's way. If others took meanwhile, a little less than that may be given back, and never more.
    #[must_use]
    pub fn give_back(self, before: Self, cost: u32) -> Self {
        let before = before.now(self.rate, before.at_ns);
        let taken = u128::from(cost) * self.rate.cell();
        let alone = Self { level: before.level + taken, ..before }.now(self.rate, self.at_ns);
        Self { level: self.level.saturating_sub(alone.level.min(taken)), ..self }
    }

    /// Cells that fit in now.
    pub fn remaining(self, burst: u32) -> u32 {
        let cell = self.rate.cell();
        let free = (u128::from(burst) * cell).saturating_sub(self.level);
        u32::try_from(free / cell).unwrap_or(burst)
    }

    /// Milliseconds until nothing is left in it.
    pub fn reset_ms(self) -> u64 {
        self.rate.drains_in_ms(self.level)
    }

    pub fn read_at_ns(self) -> u64 {
        self.at_ns
    }

    pub fn is_drained(self, now_ns: u64) -> bool {
        self.now(self.rate, now_ns).level == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rates of all sizes, most of which do not divide evenly, and a burst.
    fn limits() -> impl Strategy<Value = (Rate, u32)> {
        let number = |most: u32| prop_oneof![1..=most.min(20), 1..=most, Just(most)];
        (number(1_000_000_000), number(31 * 86_400)).prop_flat_map(move |(limit, window_s)| {
            let burst = prop_oneof![1..=limit.min(5), 1..=limit, Just(limit)];
            burst.prop_map(move |burst| (Rate { limit, window_s }, burst))
        })
    }

    /// Steps of time as parts of what one cell takes, and what is asked for as a part of the burst; small ones of both more often.
    fn calls() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let gap = prop_oneof![Just(0.0), 0.0..3.0, Just(1.0), 0.0..100.0];
        proptest::collection::vec((gap, prop_oneof![Just(0.0), 0.0..0.3, 0.0..1.1]), 1..80)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a step of some size"
    )]
    fn step_ns(rate: Rate, part: f64) -> u64 {
        (rate.cell() as f64 / f64::from(rate.limit) * part) as u64
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cost of some size")]
    fn cost(burst: u32, part: f64) -> u32 {
        1 + (f64::from(burst - 1) * part) as u32
    }

    /// Would what passed and this break the promise in some stretch of time that ends now? Straight from its words, in ticks.
    fn breaks(passed: &[(u64, u32)], now_ns: u64, cost: u32, rate: Rate, burst: u32) -> bool {
        let mut sum = u128::from(cost) * rate.cell();
        let most = |since: u64| u128::from(burst) * rate.cell() + u128::from(now_ns - since) * u128::from(rate.limit);
        sum > most(now_ns)
            || passed.iter().rev().any(|(at, cost)| {
                sum += u128::from(*cost) * rate.cell();
                sum > most(*at)
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        /// Both halves of the promise: no stretch of time sees more, and nobody is refused whom it would have let through.
        #[test]
        fn a_call_is_refused_exactly_where_it_would_break_the_promise((rate, burst) in limits(), start in any::<u32>(), calls in calls()) {
            let (mut now_ns, mut passed) = (u64::from(start), Vec::new());
            let mut meter = Meter::empty(rate, now_ns);
            for (gap, part) in calls {
                now_ns += step_ns(rate, gap);
                let cost = cost(burst, part);
                meter = meter.now(rate, now_ns);
                match meter.take(cost, burst) {
                    Ok(after) => {
                        prop_assert!(!breaks(&passed, now_ns, cost, rate, burst), "passed");
                        passed.push((now_ns, cost));
                        meter = after;
                    }
                    Err(_) => prop_assert!(breaks(&passed, now_ns, cost, rate, burst), "refused"),
                }
            }
        }

        #[test]
        fn a_refusal_names_the_first_millisecond_that_helps((rate, burst) in limits(), calls in calls()) {
            let mut meter = Meter::empty(rate, 0);
            for (gap, part) in calls {
                let (now_ns, cost) = (meter.at_ns + step_ns(rate, gap), cost(burst, part));
                meter = meter.now(rate, now_ns);
                match meter.take(cost, burst) {
                    Ok(after) => meter = after,
                    Err(Refusal { retry_after_ms: None }) => prop_assert!(cost > burst),
                    Err(Refusal { retry_after_ms: Some(ms) }) => {
                        let after = |ms: u64| meter.now(rate, now_ns + ms * 1_000_000).take(cost, burst);
                        prop_assert!(ms > 0 && after(ms).is_ok() && after(ms - 1).is_err());
                    }
                }
                let drained = |ms: u64| meter.is_drained(now_ns + ms * 1_000_000);
                prop_assert!(drained(meter.reset_ms()) && (meter.reset_ms() == 0 || !drained(meter.reset_ms() - 1)));
                let left = meter.remaining(burst);
                prop_assert!(left == 0 || meter.take(left, burst).is_ok());
                prop_assert!(left == burst || meter.take(left + 1, burst).is_err());
            }
        }

        /// From the change on, the meter is what one at the new rate would be that holds as many cells.
        #[test]
        fn a_change_keeps_the_cells_that_are_used_and_drains_them_at_the_new_rate(
            (old, burst) in limits(), (new, _) in limits(), used in 0.0..1.0_f64, before in 0.0..3.0_f64, after in 0.0..3.0_f64,
        ) {
            let full = Meter::empty(old, 0).take(cost(burst, used), burst).expect("it fits");
            let change_ns = step_ns(old, before);
            let (at_old, at_new) = (full.now(old, change_ns), full.now(new, change_ns));
            // Compared as fractions of a cell: within one tick, and never less.
            let (left, right) = (at_new.level * u128::from(old.window_s), at_old.level * u128::from(new.window_s));
            prop_assert!(left >= right && left - right < u128::from(old.window_s), "{left} {right}");
            let later_ns = change_ns + step_ns(new, after);
            let drained = u128::from(later_ns - change_ns) * u128::from(new.limit);
            prop_assert_eq!(at_new.now(new, later_ns).level, at_new.level.saturating_sub(drained));
        }

        /// Two worlds: one in which a call takes and gives back later, and one in which it never came.
        #[test]
        fn what_is_given_back_was_never_taken_and_nobody_gains_by_it(
            (rate, burst) in limits(), first in 0.0..1.0_f64, part in 0.0..1.0_f64, calls in calls(),
        ) {
            let first = cost(burst, first);
            let before = Meter::empty(rate, 0).take(first, burst).expect("it fits").now(rate, step_ns(rate, part));
            let taken = cost(burst, part);
            let Ok(with) = before.take(taken, burst) else { return Ok(()) };
            let soon = before.at_ns + step_ns(rate, part);
            prop_assert_eq!(with.now(rate, soon).give_back(before, taken), before.now(rate, soon), "alone, it is exact");
            let (mut with, mut without) = (with, before);
            for (gap, part) in calls {
                let now_ns = with.at_ns + step_ns(rate, gap);
                (with, without) = (with.now(rate, now_ns), without.now(rate, now_ns));
                let cost = cost(burst, part);
                if let Ok(after) = with.take(cost, burst) {
                    with = after;
                    without = without.take(cost, burst).expect("whoever fits beside it fits without it");
                }
                let given = with.give_back(before, taken);
                prop_assert!(given.level >= without.level, "never more than was taken");
                prop_assert!(given.level <= with.level);
            }
        }
    }

    #[test]
    fn the_largest_numbers_fit() {
        let (slow, fast) = (Rate { limit: 1, window_s: 31 * 86_400 }, Rate { limit: 1_000_000_000, window_s: 1 });
        let long = Rate { limit: 1_000_000_000, window_s: 31 * 86_400 };
        for rate in [slow, fast, long] {
            let full = Meter::empty(fast, u64::MAX - 1).take(1_000_000_000, 1_000_000_000).expect("it fits");
            let meter = full.now(rate, u64::MAX - 1);
            assert!(meter.reset_ms() > 0 && meter.remaining(1_000_000_000) == 0);
            assert_eq!(meter.take(u32::MAX, 1_000_000_000), Err(Refusal { retry_after_ms: None }));
            assert!(Meter { at_ns: 0, ..meter }.is_drained(u64::MAX) || rate == slow);
        }
        assert_eq!(Meter::empty(slow, 0).take(1, 1).expect("it fits").reset_ms(), 31 * 86_400 * 1_000);
    }
}
