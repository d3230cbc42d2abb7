//! From where and for what a key may be used, as flags: the same at `create`, `change` and `rotate`, in the words of the API.

use serde_json::{Map, Value, json};

#[derive(Debug, clap::Args)]
pub struct Restrictions {
    /// An address or network that it may be used from: 203.0.113.9, 2001:db8::/32. May be repeated; replaces those so far
    #[arg(long = "ip", value_name = "NETWORK")]
    ips: Vec<String>,
    /// From any address
    #[arg(long, conflicts_with = "ips")]
    no_ips: bool,
    /// A page that it may be used from: https://app.example.com, https://*.example.com/shop. May be repeated; replaces those so far
    #[arg(long = "referrer", value_name = "URL")]
    referrers: Vec<String>,
    /// From any page, and from none
    #[arg(long, conflicts_with = "referrers")]
    no_referrers: bool,
    /// A call that it may be used for: "GET /v1/invoices/*", "* /v1/**". May be repeated; replaces those so far
    #[arg(long = "endpoint", value_name = "METHOD PATH")]
    endpoints: Vec<String>,
    /// For any call
    #[arg(long, conflicts_with = "endpoints")]
    no_endpoints: bool,
}

impl Restrictions {
    /// The field of a body, where anything was given: the lists that were.
    pub fn field(self) -> Option<Value> {
        let lists = [
            ("ips", self.no_ips, self.ips),
            ("referrers", self.no_referrers, self.referrers),
            ("endpoints", self.no_endpoints, self.endpoints),
        ];
        let given = lists.into_iter().filter(|(_, none, list)| *none || !list.is_empty());
        let fields: Map<String, Value> = given.map(|(name, _, list)| (name.to_owned(), json!(list))).collect();
        (!fields.is_empty()).then_some(Value::Object(fields))
    }
}
