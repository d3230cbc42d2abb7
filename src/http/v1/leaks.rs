//! `/v1/leaks`: reporting keys that were found where they should not be, reading what was reported, judging it.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::crypto::{DIGEST_LEN, Digest};
use crate::base::{Error, Field, Secret};
use crate::http::error::Problem;
use crate::http::guard::{LeaksJudge, LeaksRead, Reaching, Reporter};
use crate::http::input::{At, Body, Query, SecretBody, cursor, page_size};
use crate::http::openapi::Operation;
use crate::http::reply::{Answer, Changed, Listed, One, Reply, Success, SuccessMessage, Tagged, message};
use crate::http::route::Described;
use crate::key::KeyId;
use crate::leak::{self, Exposure, Fate, Found, Judgement, Leak, LeakKind, Place, REPORTS_MAX, State, What};
use crate::people::OwnerId;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    #[schemars(length(min = 1, max = 1000))]
    reports: Vec<OneReport>,
}

/// Either `key` or `sha256`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneReport {
    /// The key that was found.
    key: Option<Secret>,
    /// SHA-256 of the key, in 64 lower-case hexadecimal digits: for whoever finds keys and shall not send them.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    sha256: Option<Secret>,
    /// Who can read the place; `public` by default.
    exposure: Option<Exposure>,
    /// Where it was found: 2 KiB at most, as JSON.
    place: Option<Place>,
    /// What found it, as in `keystead 0.1`.
    #[schemars(length(max = 100))]
    tool: Option<String>,
}

/// What a reporter is answered.
#[derive(Debug)]
pub enum Taken {
    /// Of each report, in their order.
    Told(Vec<Fate>),
    /// The same words, whatever is known.
    Thanked,
}

pub async fn report(who: Reporter, SecretBody(body): SecretBody<Reports>) -> Reply<Taken> {
    if !(1..=REPORTS_MAX).contains(&body.reports.len()) {
        return Err(Error::refused("/reports", "must be 1 to 1000 reports: send more in further requests").into());
    }
    let leaks = &who.call.realm().leaks;
    let reports = body.reports.into_iter().enumerate().map(|(n, one)| Ok(leaks.report(n, one.found(n)?)?));
    let reports = reports.collect::<Result<Vec<_>, Problem>>()?;
    who.brings(reports.len())?;
    let fates = leaks.take(who.act(), reports, who.who).await?;
    Ok(match who.who {
        leak::Reporter::Known => Taken::Told(fates),
        leak::Reporter::Stranger => Taken::Thanked,
    })
}

impl OneReport {
    fn found(self, n: usize) -> Result<Found, Problem> {
        let at = |name: &str| Field::from_client(["reports", &n.to_string(), name]);
        let what = match (self.key, self.sha256) {
            (Some(key), None) => What::Secret(key),
            (None, Some(hash)) => What::Hash(digest(hash.expose()).ok_or_else(|| Error::Refused {
                field: at("sha256"),
                why: "must be 64 lower-case hexadecimal digits",
            })?),
            _ => return Err(Problem::invalid(at(""), "a report names either key or sha256: send one of them")),
        };
        let (exposure, place) = (self.exposure.unwrap_or_default(), self.place.unwrap_or_default());
        Ok(Found { what, exposure, place, tool: self.tool.unwrap_or_default() })
    }
}

/// One spelling alone: the digest of a key is the same text wherever it is sent.
fn digest(text: &str) -> Option<Digest> {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != DIGEST_LEN || !rest.is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect();
    bytes?.try_into().ok()
}

impl Responder for Taken {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Told(fates) => Answer(fates).respond_to(request),
            Self::Thanked => message(StatusCode::ACCEPTED, "Thank you"),
        }
    }
}

impl Described for Taken {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<Vec<Fate>>>(StatusCode::OK, "What came of each report, to whoever may know.");
        operation.answers::<SuccessMessage>(StatusCode::ACCEPTED, "Without a credential, whatever is known.");
        operation.fails(StatusCode::UNAUTHORIZED, "A credential that does not authenticate.");
        operation.fails(StatusCode::FORBIDDEN, "A credential that does not allow this.");
        operation.fails(StatusCode::MISDIRECTED_REQUEST, "A session, under a name that is not this server's.");
        operation.fails(StatusCode::TOO_MANY_REQUESTS, "Too many reports without a credential; Retry-After says when.");
        operation.fails(StatusCode::CONFLICT, "The sandbox is full.");
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListLeaks {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only of keys of this user or team.
    owner: Option<String>,
    /// Only of this key.
    key: Option<String>,
    state: Option<State>,
    exposure: Option<Exposure>,
}

pub async fn list(who: Reaching<LeaksRead>, Query(query): Query<ListLeaks>) -> Reply<Listed<Leak>> {
    let limit = page_size(query.limit)?;
    let wrong = |field: &'static str, why| move || Problem::invalid(field.into(), why);
    let owner = query.owner.as_deref().map(|id| {
        OwnerId::parse(id).ok_or_else(wrong("/owner", "must be the id of a user or a team, as in usr_… or team_…"))
    });
    let key = query.key.as_deref();
    let key = key.map(|id| KeyId::parse(id).ok_or_else(wrong("/key", "must be the id of a key, as in key_…")));
    let filter = leak::Filter {
        owner: owner.transpose()?,
        key: key.transpose()?,
        state: query.state,
        exposure: query.exposure,
        before: cursor::<LeakKind>(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let leaks = who.call.realm().leaks.list(who.reach, filter).await?;
    Ok(Listed::page(leaks, limit, |leak| leak.id.clone()))
}

pub async fn show(who: Reaching<LeaksRead>, At(id): At<LeakKind>) -> Reply<One<Leak>> {
    Ok(One(who.call.realm().leaks.leak(who.reach, id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeLeak {
    state: Option<State>,
    /// What you found out; empty removes it.
    #[schemars(length(max = 1000))]
    note: Option<String>,
}

pub async fn judge(
    who: Reaching<LeaksJudge>,
    At(id): At<LeakKind>,
    Body(judged): Body<JudgeLeak>,
) -> Reply<Changed<Leak>> {
    let (act, judgement) = (who.act(), Judgement { state: judged.state, note: judged.note });
    Ok(Changed(who.call.realm().leaks.judge(act, who.reach, id, judgement).await?))
}

impl Tagged for Leak {
    fn version(&self) -> i64 {
        self.version
    }
}
