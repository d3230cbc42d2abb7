//! Rate limits as flags: the same words for keys, users and teams, and for a verification.

use serde_json::{Value, json};

use super::seconds;

#[derive(Debug, clap::Args)]
pub struct RateLimits {
    /// A limit: default=100/60s, or tokens=5000/1d,burst=500,manual for one that counts only where a verification names it; may be repeated, and
    /// replaces those so far
    #[arg(long = "rate-limit", value_name = "NAME=N/TIME", value_parser = limit)]
    rate_limits: Vec<Value>,
    /// No limits
    #[arg(long, conflicts_with = "rate_limits")]
    no_rate_limits: bool,
}

impl RateLimits {
    /// The field of a body, where anything was given.
    pub fn field(self) -> Option<Value> {
        (self.no_rate_limits || !self.rate_limits.is_empty()).then(|| self.rate_limits.into())
    }
}

/// `default=100/60s,burst=20,manual`. Bounds are the server's to check.
fn limit(text: &str) -> Result<Value, String> {
    let read = || {
        let mut parts = text.split(',');
        let (name, rate) = parts.next()?.split_once('=')?;
        let (limit, window) = rate.split_once('/')?;
        let mut limit = json!({ "name": name, "limit": limit.parse::<u32>().ok()?, "window_s": seconds(window).ok()? });
        for part in parts {
            let (word, value) = match part.split_once('=') {
                Some(("burst", number)) => ("burst", number.parse::<u32>().ok()?.into()),
                None if part == "manual" => ("auto", false.into()),
                _ => return None,
            };
            if limit.get(word).is_some() {
                return None;
            }
            limit[word] = value;
        }
        (!name.is_empty()).then_some(limit)
    };
    read().ok_or_else(|| {
        "must be a name, a number and a window in s, m, h or d: default=100/60s, or tokens=5000/1d,burst=500,manual"
            .into()
    })
}

/// `tokens` or `tokens=750`: a limit that a verification names, and what it costs.
pub fn named(text: &str) -> Result<Value, String> {
    let (name, cost) = text.split_once('=').map_or((text, Ok(1)), |(name, cost)| (name, cost.parse::<u32>()));
    match cost {
        Ok(cost) if !name.is_empty() => Ok(json!({ "name": name, "cost": cost })),
        _ => Err("must be the name of a limit, or a name and a cost, as in tokens=750".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_name_a_number_and_a_window() {
        for (text, wanted) in [
            ("default=100/60s", json!({ "name": "default", "limit": 100, "window_s": 60 })),
            ("a.b-c=1/31d", json!({ "name": "a.b-c", "limit": 1, "window_s": 31 * 86_400 })),
            ("a=9/2m,burst=3", json!({ "name": "a", "limit": 9, "window_s": 120, "burst": 3 })),
            ("a=9/2h,manual,burst=3", json!({ "name": "a", "limit": 9, "window_s": 7_200, "burst": 3, "auto": false })),
        ] {
            assert_eq!(limit(text), Ok(wanted), "{text}");
        }
        for bad in [
            "",
            "a",
            "a=",
            "a=1",
            "a=1/",
            "=1/1s",
            "a=x/1s",
            "a=1/1y",
            "a=-1/1s",
            "a=1/1s,",
            "a=1/1s,burst",
            "a=1/1s,burst=",
            "a=1/1s,burst=1,burst=2",
            "a=1/1s,manual,manual",
            "a=1/1s,manual=1",
            "a=1/1s b=2/1s",
            "a=1.5/1s",
            "a=1/1s,auto",
        ] {
            assert!(limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_named_limit_costs_one_unless_it_says_more() {
        assert_eq!(named("tokens"), Ok(json!({ "name": "tokens", "cost": 1 })));
        assert_eq!(named("tokens=0"), Ok(json!({ "name": "tokens", "cost": 0 })));
        for bad in ["", "=1", "tokens=", "tokens=x", "tokens=-1", "tokens=1=2"] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }
}
