//! When a balance is filled: the beginnings of days and months in UTC, worked out where they are needed. Pure, and nothing runs at midnight.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::credit::CREDITS_MAX;
use crate::base::clock::{DAY_MS, UnixMs};
use crate::base::{Error, Result};

/// The balance is set to `amount` at the beginning of each period, in UTC; what is left of the one before is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refill {
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub amount: i64,
    pub every: Every,
    /// Of the month: 1 to 31, by default 1; a month without that day is filled on its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31))]
    pub day: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    Day,
    Month,
}

impl Refill {
    /// Checks form and bounds, and puts in the day that is meant where none is given.
    pub(in crate::key) fn checked(self) -> Result<Self> {
        if !(1..=CREDITS_MAX).contains(&self.amount) {
            return Err(Error::refused("/credits/refill/amount", "must be from 1 to 1000000000000"));
        }
        let day = match (self.every, self.day) {
            (Every::Day, None) => None,
            (Every::Day, Some(_)) => {
                return Err(Error::refused("/credits/refill/day", "is a day of the month: leave it out for every day"));
            }
            (Every::Month, day) => Some(day.unwrap_or(1)),
        };
        if day.is_some_and(|day| !(1..=31).contains(&day)) {
            return Err(Error::refused("/credits/refill/day", "must be a day of the month, from 1 to 31"));
        }
        Ok(Self { day, ..self })
    }

    /// The first beginning of a period after this moment; `None` where the calendar ends, with the year 9999.
    pub(super) fn after(&self, now: UnixMs) -> Option<UnixMs> {
        match self.every {
            Every::Day => now.div_euclid(DAY_MS).checked_add(1)?.checked_mul(DAY_MS),
            Every::Month => {
                let today = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000)).ok()?.date();
                let wanted = self.day.unwrap_or(1);
                let this_month = beginning(today, wanted)?;
                if this_month > now {
                    return Some(this_month);
                }
                let first = today.replace_day(1).ok()?;
                let length = first.month().length(first.year());
                beginning(first.checked_add(time::Duration::days(length.into()))?, wanted)
            }
        }
    }
}

/// Midnight of this day of the month of `date`, or of the month's last day where it has no such.
fn beginning(date: Date, day: u8) -> Option<UnixMs> {
    let last = date.month().length(date.year());
    let date = date.replace_day(day.min(last)).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp() * 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Timestamp;

    fn monthly(day: u8) -> Refill {
        Refill { amount: 1, every: Every::Month, day: Some(day) }
    }

    fn ms(text: &str) -> UnixMs {
        Timestamp::parse(text).expect("a time").0
    }

    #[test]
    fn a_month_without_the_day_is_filled_on_its_last() {
        for (day, now, next) in [
            (31, "2027-01-30T12:00:00Z", "2027-01-31T00:00:00Z"),
            (31, "2027-01-31T00:00:00Z", "2027-02-28T00:00:00Z"),
            (31, "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            (30, "2028-02-29T00:00:00Z", "2028-03-30T00:00:00Z"),
            (29, "2027-02-27T23:59:59.999Z", "2027-02-28T00:00:00Z"),
            (29, "2100-02-01T00:00:00Z", "2100-02-28T00:00:00Z"),
            (31, "2027-04-29T00:00:00Z", "2027-04-30T00:00:00Z"),
            (1, "2027-12-31T23:59:59.999Z", "2028-01-01T00:00:00Z"),
            (15, "2027-12-15T00:00:00Z", "2028-01-15T00:00:00Z"),
        ] {
            assert_eq!(monthly(day).after(ms(now)), Some(ms(next)), "{day} after {now}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc_also_before_1970() {
        let daily = Refill { amount: 1, every: Every::Day, day: None };
        for (now, next) in [
            ("2027-01-15T08:00:00Z", "2027-01-16T00:00:00Z"),
            ("2027-12-31T23:59:59.999Z", "2028-01-01T00:00:00Z"),
            ("2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(daily.after(ms(now)), Some(ms(next)), "after {now}");
        }
    }

    #[test]
    fn no_time_is_too_far_off_to_be_asked_about() {
        for now in [i64::MIN, -1, 0, ms("9999-12-31T23:59:59Z"), i64::MAX] {
            for refill in [monthly(31), Refill { amount: 1, every: Every::Day, day: None }] {
                assert!(refill.after(now).is_none_or(|next| next > now), "{now}");
            }
        }
    }

    /// Days in a month, as one counts them on the knuckles.
    fn length(year: i64, month: u8) -> u8 {
        match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The first beginning after `now`, found by going through the calendar day after day from 1970.
    fn walked(refill: &Refill, now: UnixMs) -> UnixMs {
        let (mut year, mut month, mut day, mut midnight) = (1970, 1, 1, 0);
        loop {
            let begins = refill.every == Every::Day || day == refill.day.unwrap_or(1).min(length(year, month));
            if begins && midnight > now {
                return midnight;
            }
            midnight += DAY_MS;
            day += 1;
            if day > length(year, month) {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_next_beginning_is_the_one_that_a_walk_through_the_calendar_finds(
            // 1970 to 2110: 2000 was a leap year, 2100 is none.
            day_of_now in 0_i64..51_000, within in prop_oneof![Just(0), Just(DAY_MS - 1), 0..DAY_MS],
            day in prop_oneof![28_u8..=31, 1_u8..=31], monthly: bool,
        ) {
            let refill = if monthly { self::monthly(day) } else { Refill { amount: 1, every: Every::Day, day: None } };
            let now = day_of_now * DAY_MS + within;
            prop_assert_eq!(refill.after(now), Some(walked(&refill, now)));
        }
    }
}
