//! Which keys a command means: the same flags for `list`, `export` and `revoke`.

use serde_json::{Map, Value};

use super::super::Failure;
use super::super::owner::Kind;
use super::super::remote::Remote;
use crate::base::Timestamp;

#[derive(Debug, clap::Args)]
pub struct Filters {
    /// Only this user's: id, e-mail or external id
    #[arg(long, conflicts_with = "team")]
    pub user: Option<String>,
    /// Only this team's: id or external id
    #[arg(long)]
    pub team: Option<String>,
    /// active, expired, disabled or revoked
    #[arg(long)]
    status: Option<String>,
    /// live or test
    #[arg(long)]
    environment: Option<String>,
    /// Part of the name, the last four characters, or the id
    #[arg(long, short = 'q', value_name = "TEXT")]
    query: Option<String>,
    /// Made before then: 2027-01-31 or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    created_before: Option<Timestamp>,
    /// Expiring before then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    expires_before: Option<Timestamp>,
    /// Neither used nor made since then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    unused_since: Option<Timestamp>,
    /// Bearing this role
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let found = Timestamp::parse(text).or_else(|| Timestamp::parse_date(text));
    found.ok_or_else(|| "must be a date (2027-01-31) or a time (2027-01-31T12:00:00Z)".into())
}

impl Filters {
    /// What is asked, but for the owner.
    pub fn without_owner(&self) -> Vec<(&'static str, Option<String>)> {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        vec![
            ("status", self.status.clone()),
            ("environment", self.environment.clone()),
            ("q", self.query.clone()),
            ("created_before", time(self.created_before)),
            ("expires_before", time(self.expires_before)),
            ("unused_since", time(self.unused_since)),
            ("role", self.role.clone()),
        ]
    }

    /// What is asked, the owner by id.
    pub fn fields(&self, remote: &Remote) -> Result<Vec<(&'static str, Option<String>)>, Failure> {
        let mut fields = self.without_owner();
        fields.push((
            "owner",
            match (&self.user, &self.team) {
                // The instance is no user, and owns keys all the same.
                (Some(who), _) if who == "instance" => Some(who.clone()),
                (Some(who), _) => Some(Kind::User.find(remote, who)?),
                (None, Some(who)) => Some(Kind::Team.find(remote, who)?),
                (None, None) => None,
            },
        ));
        Ok(fields)
    }

    /// The same as a JSON object.
    pub fn body(&self, remote: &Remote) -> Result<Map<String, Value>, Failure> {
        let fields = self.fields(remote)?.into_iter();
        Ok(fields.filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect())
    }
}
