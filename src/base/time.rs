//! Times as the API speaks them: RFC 3339 in UTC with milliseconds; any offset and fraction is accepted and cut to milliseconds.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::clock::{DAY_MS, UnixMs};

/// A moment, to the millisecond, in the years 0 to 9999 that RFC 3339 can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub UnixMs);

impl Timestamp {
    pub fn parse(text: &str) -> Option<Self> {
        // The longest that anybody writes, nanoseconds and offset included, is 35 characters.
        if text.len() > 64 {
            return None;
        }
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let ms = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        Self(ms).moment().map(|_| Self(ms))
    }

    /// The start of a day in UTC: `2027-01-31`.
    pub fn parse_date(text: &str) -> Option<Self> {
        Self::parse(&format!("{text}T00:00:00Z"))
    }

    fn moment(self) -> Option<OffsetDateTime> {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()?;
        (0..=9999).contains(&moment.year()).then_some(moment)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the store holds came through `parse` or the clock; a stray value shows as the epoch rather than failing an answer.
        let t = self.moment().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (month, ms) = (u8::from(t.month()), t.millisecond());
        let (hour, minute, second) = (t.hour(), t.minute(), t.second());
        write!(f, "{:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", t.year(), t.day())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("must be a time as in 2027-01-31T12:00:00Z"))
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A day in UTC, counted from 1970-01-01: `2027-01-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub i64);

impl Date {
    pub fn parse(text: &str) -> Option<Self> {
        Timestamp::parse_date(text).map(Timestamp::date)
    }

    /// The first of its month.
    #[must_use]
    pub fn month(self) -> Self {
        let day = Timestamp(self.0 * DAY_MS).moment().map_or(1, OffsetDateTime::day);
        Self(self.0 + 1 - i64::from(day))
    }
}

impl Timestamp {
    /// The day in UTC that it is on.
    pub fn date(self) -> Date {
        Date(self.0.div_euclid(DAY_MS))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Timestamp(self.0.saturating_mul(DAY_MS)).to_string()[..10])
    }
}

impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("must be a date as in 2027-01-31"))
    }
}

impl schemars::JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

/// An expiry as people type it: `never`, a number of days (`90d`) or years of 365 days (`1y`), a date or a time. `Some(None)` is never.
pub fn parse_expiry(text: &str, now: UnixMs) -> Option<Option<Timestamp>> {
    if text == "never" {
        return Some(None);
    }
    for (unit, days) in [('d', 1), ('y', 365)] {
        if let Some(number) = text.strip_suffix(unit) {
            let days = number.parse::<u32>().ok().and_then(|number| number.checked_mul(days));
            return days.filter(|days| *days <= 36_500).map(|days| Some(Timestamp(now + i64::from(days) * DAY_MS)));
        }
    }
    Timestamp::parse(text).or_else(|| Timestamp::parse_date(text)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_and_fraction_is_cut_to_milliseconds_in_utc() {
        for (given, shown) in [
            ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00.000Z"),
            ("2027-01-31T12:00:00.1239999+02:00", "2027-01-31T10:00:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(Timestamp::parse(given).expect(given).to_string(), shown);
        }
        for bad in
            ["", "2027-01-31", "2027-02-30T00:00:00Z", "tomorrow", "9999-12-31T23:59:59-01:00", "2027-01-31T12:00:00"]
        {
            assert!(Timestamp::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_date_is_a_day_and_nothing_else_and_knows_its_month() {
        for (given, month) in [("1970-01-01", "1970-01-01"), ("2028-02-29", "2028-02-01"), ("1969-12-31", "1969-12-01")]
        {
            let date = Date::parse(given).expect(given);
            assert_eq!((date.to_string().as_str(), date.month().to_string().as_str()), (given, month));
        }
        assert_eq!((Timestamp(-1).date(), Timestamp(DAY_MS).date()), (Date(-1), Date(1)));
        for bad in ["", "2027-02-29", "2027-1-1", "27-01-01", "2027-01-01T00:00:00Z", "2027-01", "+2027-01-01"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_expiry_is_never_days_a_date_or_a_time() {
        assert_eq!(parse_expiry("never", 0), Some(None));
        assert_eq!(parse_expiry("90d", 5), Some(Some(Timestamp(90 * DAY_MS + 5))));
        assert_eq!(parse_expiry("1y", 5), Some(Some(Timestamp(365 * DAY_MS + 5))));
        assert_eq!(parse_expiry("1970-01-02", 0), Some(Some(Timestamp(DAY_MS))));
        for bad in ["", "d", "y", "-1d", "99999999d", "101y", "4294967295y", "90", "next week"] {
            assert_eq!(parse_expiry(bad, 0), None, "{bad}");
        }
    }
}
