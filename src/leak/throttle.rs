//! How many reports strangers may send: a meter for each network and one for all, in memory, gone with the process. What is refused takes
//! nothing from either.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Leaks;
use crate::base::clock::Clock;
use crate::base::net::Network;
use crate::base::{Error, Result};
use crate::config;
use crate::key::limit::gcra::{Meter, Rate, Refusal};

/// Networks are swept out when there are so many, and then when there are twice as many as stayed.
const SWEPT_MIN: usize = 1_024;

/// Invariant: who is in the map has taken one of the total within the last minute, or has not been swept yet. The total gives at most twice
/// `reports_in_total` in any minute (what may come at once, and what drains), so with its default of 10,000 at most 20,000 networks are in
/// use, at most 40,000 in the map, and 80 bytes each make 3.2 MB.
#[derive(Debug)]
pub(super) struct Throttle {
    clock: Clock,
    per_network: u32,
    in_total: u32,
    meters: Mutex<Meters>,
}

#[derive(Debug)]
struct Meters {
    total: Meter,
    networks: HashMap<Option<Network>, Meter>,
    sweep_at: usize,
}

impl Throttle {
    pub fn new(clock: Clock, settings: &config::Leaks) -> Self {
        let total = Meter::empty(Rate::per_minute(settings.reports_in_total), clock.monotonic_ns());
        let meters = Meters { total, networks: HashMap::new(), sweep_at: SWEPT_MIN };
        let (per_network, in_total) = (settings.reports_per_network, settings.reports_in_total);
        Self { clock, per_network, in_total, meters: Mutex::new(meters) }
    }

    fn take(&self, network: Option<Network>, reports: u32) -> Result<()> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ns = self.clock.monotonic_ns();
        let (rate, all) = (Rate::per_minute(self.per_network), Rate::per_minute(self.in_total));
        let known = meters.networks.get(&network).copied().unwrap_or_else(|| Meter::empty(rate, now_ns));
        // More than may ever come at once is as much as that: it must pass some time.
        let own = known.now(rate, now_ns).take(reports.min(self.per_network), self.per_network).map_err(limited)?;
        let total = meters.total.now(all, now_ns).take(reports.min(self.in_total), self.in_total).map_err(limited)?;
        meters.total = total;
        meters.networks.insert(network, own);
        if meters.networks.len() >= meters.sweep_at {
            meters.networks.retain(|_, meter| !meter.is_drained(now_ns));
            meters.sweep_at = SWEPT_MIN.max(meters.networks.len() * 2);
        }
        Ok(())
    }
}

fn limited(refusal: Refusal) -> Error {
    let ms = refusal.retry_after_ms.unwrap_or(60_000);
    Error::Limited { retry_after_s: u32::try_from(ms.div_ceil(1_000)).unwrap_or(60).max(1) }
}

impl Leaks {
    /// Takes so many reports of a stranger from their network's meter and from everybody's, or from neither. `None` is a caller without an
    /// address.
    pub fn admit(&self, network: Option<Network>, reports: usize) -> Result<()> {
        self.throttle.take(network, u32::try_from(reports).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(n: u32) -> Network {
        Network::around(std::net::Ipv4Addr::from_bits(n).into())
    }

    #[test]
    fn networks_that_say_nothing_for_a_minute_are_forgotten() {
        let clock = Clock::fixed(0);
        let settings = config::Leaks { reports_per_network: 10, reports_in_total: 1_000 };
        let throttle = Throttle::new(clock.clone(), &settings);
        for n in 0..200_000 {
            clock.advance_ms(60);
            throttle.take(Some(network(n)), 1).expect("no more than drains");
        }
        let held = throttle.meters.lock().expect("nobody panicked").networks.len();
        assert!(held <= 2 * SWEPT_MIN, "{held}");
    }

    #[test]
    fn the_total_refuses_what_each_network_by_itself_would_take_and_costs_it_nothing() {
        let clock = Clock::fixed(0);
        let settings = config::Leaks { reports_per_network: 10, reports_in_total: 15 };
        let throttle = Throttle::new(clock.clone(), &settings);
        throttle.take(Some(network(1)), 10).expect("all of its own");
        assert!(matches!(throttle.take(Some(network(1)), 1), Err(Error::Limited { retry_after_s: 6 })));
        assert!(matches!(throttle.take(Some(network(2)), 6), Err(Error::Limited { retry_after_s: 4 })));
        throttle.take(Some(network(2)), 5).expect("what is left in total");
        clock.advance_ms(20_000);
        throttle.take(Some(network(2)), 5).expect("refused ones took nothing");
    }
}
