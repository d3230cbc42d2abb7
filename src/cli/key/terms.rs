//! What a key is held to, as flags: the same at `create`, `change` and `rotate`, in the words of the API.

use serde_json::{Map, Value, json};

use super::super::owner::scopes;
use super::super::rate_limit::RateLimits;
use super::restrictions::Restrictions;

/// What a key is held to
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line, each of which takes one thing away")]
pub struct Terms {
    #[command(flatten)]
    restrictions: Restrictions,
    /// A role that it bears, on a key that is there instead of those so far; may be repeated
    #[arg(long = "role", value_name = "NAME")]
    roles: Vec<String>,
    /// No roles
    #[arg(long, conflicts_with = "roles")]
    no_roles: bool,
    /// Credits that its uses spend; on a key that is there, instead of those so far and of their refill. `key credits add` adds to them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    credits: Option<i64>,
    /// What --credits is set to at the beginning of each period in UTC: 1000/day, 1000/month, or 1000/month@15 for another day than the 1st
    #[arg(long, value_name = "N/PERIOD", requires = "credits", value_parser = refill)]
    refill: Option<Value>,
    /// No credits: its uses are not counted
    #[arg(long, conflicts_with = "credits")]
    no_credits: bool,
    /// May be exchanged for a token that services check by themselves: /docs/offline
    #[arg(long)]
    offline: bool,
    /// May not, and tokens that it was exchanged for are over
    #[arg(long, conflicts_with = "offline")]
    no_offline: bool,
    #[command(flatten)]
    rate_limits: RateLimits,
}

impl Terms {
    /// What was given, as fields of a body.
    pub fn fields(self) -> Vec<(&'static str, Option<Value>)> {
        let credits = self.credits.map(|remaining| json!({ "remaining": remaining, "refill": self.refill }));
        let offline = (self.offline || self.no_offline).then_some(self.offline);
        vec![
            ("restrictions", self.restrictions.field()),
            ("roles", scopes(self.no_roles, self.roles)),
            ("credits", if self.no_credits { Some(Value::Null) } else { credits }),
            ("rate_limits", self.rate_limits.field()),
            ("offline", offline.map(Value::from)),
        ]
    }

    /// The same, put into a body.
    pub fn put(self, body: &mut Value) {
        let given = self.fields().into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        if let Some(fields) = body.as_object_mut() {
            fields.extend(given.collect::<Map<_, _>>());
        }
    }
}

/// `1000/day`, `1000/month`, `1000/month@15`. Bounds are the server's to check.
fn refill(text: &str) -> Result<Value, String> {
    let read = || {
        let (amount, period) = text.split_once('/')?;
        let amount: i64 = amount.parse().ok()?;
        match period.split_once('@') {
            None if matches!(period, "day" | "month") => Some(json!({ "amount": amount, "every": period })),
            Some(("month", day)) => Some(json!({ "amount": amount, "every": "month", "day": day.parse::<u8>().ok()? })),
            _ => None,
        }
    };
    read().ok_or_else(|| "must be a number and a period: 1000/day, 1000/month, or 1000/month@15".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refill_is_a_number_and_a_period() {
        assert_eq!(refill("1000/day"), Ok(json!({ "amount": 1000, "every": "day" })));
        assert_eq!(refill("5/month"), Ok(json!({ "amount": 5, "every": "month" })));
        assert_eq!(refill("5/month@31"), Ok(json!({ "amount": 5, "every": "month", "day": 31 })));
        for bad in ["", "1000", "/day", "x/day", "5/week", "5/day@1", "5/month@", "5/month@x", "5/month@1@2", "5/ day"]
        {
            assert!(refill(bad).is_err(), "{bad}");
        }
    }
}
