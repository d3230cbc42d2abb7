//! What a request brings: a JSON body, query parameters, an id in the path. What cannot be read is refused with the field and the
//! remedy, and nothing of what was sent is repeated.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest, web};
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::App;
use super::body::Incoming;
use super::error::Problem;
use crate::base::id::Kind;
use crate::base::{Error, Field, Id, crypto};
use crate::event::once::{NAME_MAX, Once};
use crate::key::role;
use crate::people::{TeamId, UserId};

/// A JSON body, with no field that its type does not know, and no secret key of ours in it: names, scopes and metadata are stored, and
/// shown to others.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A [`Body`] that makes something, and may carry an `Idempotency-Key` so that it does so once.
#[derive(Debug)]
pub struct Creating<T> {
    pub body: T,
    pub once: Option<Once>,
}

/// A JSON body that is asked about a key, and stores nothing of it.
#[derive(Debug)]
pub struct SecretBody<T>(pub T);

/// The same as a form (`application/x-www-form-urlencoded`), for a protocol that wants one: what its type does not know is passed over (RFC
/// 6749 section 3.2).
#[derive(Debug)]
pub struct SecretForm<T>(pub T);

/// The query string, with no parameter that its type does not know.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// `{id}` in the path. One that is not well formed names nothing: 404.
#[derive(Debug)]
pub struct At<K: Kind>(pub Id<K>);

/// `{id}` in the path, or `me` for the caller's own.
#[derive(Debug)]
pub enum AtOrMe<K: Kind> {
    Me,
    Id(Id<K>),
}

/// A team and one of its people: `{id}` and `{user_id}` in the path; `None` is `me`.
#[derive(Debug)]
pub struct AtMember {
    pub team: TeamId,
    pub user: Option<UserId>,
}

/// `{name}` of a role in the path. What cannot be one names nothing: 404.
#[derive(Debug)]
pub struct AtRole(pub String);

/// `{external_id}` in the path, decoded. Whether it can be one is for the noun to say.
#[derive(Debug)]
pub struct ByExternalId(pub String);

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read_body(request, payload);
        let app = request.app_data::<web::Data<App>>().expect("every worker has the app").clone();
        Box::pin(async move { stored(&app, &read.await?).map(Self) })
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for Creating<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read_body(request, payload);
        let app = request.app_data::<web::Data<App>>().expect("every worker has the app").clone();
        let request = request.clone();
        Box::pin(async move {
            let bytes = read.await?;
            let once = once(&app, &request, &bytes)?;
            Ok(Self { body: stored(&app, &bytes)?, once })
        })
    }
}

/// A body whose text is stored, and shown to others.
fn stored<T: DeserializeOwned + JsonSchema>(app: &App, bytes: &[u8]) -> Result<T, Problem> {
    let body = parse(bytes)?;
    if app.instance.live.keys.reader().leaks_from(bytes) {
        return Err(Error::refused(
            "",
            "there is an API key in this request, where it would be stored for others to read: send it without, and rotate that key",
        )
        .into());
    }
    Ok(body)
}

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The request's own name, with what is asked under it.
fn once(app: &App, request: &HttpRequest, body: &[u8]) -> Result<Option<Once>, Problem> {
    let wrong = |why| Problem::invalid(Field::NONE, why);
    let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Ok(None) };
    let name = value.to_str().ok().map(str::trim).filter(|name| !name.is_empty() && name.len() <= NAME_MAX);
    let Some(name) = name.filter(|_| values.next().is_none()) else {
        return Err(wrong("Idempotency-Key must come once, as 1 to 255 visible ASCII characters"));
    };
    if app.instance.live.keys.reader().leaks_from(name.as_bytes()) {
        return Err(wrong("Idempotency-Key must be a random name of your own, not an API key"));
    }
    let parts = [request.method().as_str().as_bytes(), request.uri().path().as_bytes(), body];
    let request = crypto::sha256(&parts.join(&b'\n'));
    Ok(Some(Once { name: name.to_owned(), request }))
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for SecretBody<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read_body(request, payload);
        Box::pin(async move { parse(&read.await?).map(Self) })
    }
}

impl<T: DeserializeOwned + JsonSchema> SecretBody<T> {
    /// The same of a request that has not come to the router.
    pub async fn arriving(app: &App, headers: &HeaderMap, payload: Payload) -> Result<Self, Problem> {
        is_a(headers, "application/json").then_some(()).ok_or_else(Problem::unsupported_media_type)?;
        parse(&Incoming::new(headers, payload, most(app))?.whole().await?).map(Self)
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for SecretForm<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = is_a(request.headers(), "application/x-www-form-urlencoded");
        let read = read_bytes(request, payload, form, Problem::no_form);
        Box::pin(async move { parse_pairs(&read.await?, "parameter").map(Self) })
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<web::Bytes, Problem>> + use<> {
    read_bytes(request, payload, is_a(request.headers(), "application/json"), Problem::unsupported_media_type)
}

/// Bytes of a body.
fn most(app: &App) -> usize {
    app.instance.config.http.max_body_kib as usize * 1024
}

/// The whole body, if it is of the type that is wanted.
fn read_bytes(
    request: &HttpRequest,
    payload: &mut Payload,
    wanted: bool,
    otherwise: fn() -> Problem,
) -> impl Future<Output = Result<web::Bytes, Problem>> + use<> {
    let app = request.app_data::<web::Data<App>>().expect("every worker has the app");
    let body = if wanted { Incoming::new(request.headers(), payload.take(), most(app)) } else { Err(otherwise()) };
    async move { body?.whole().await }
}

fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would take an array for a struct, field by field.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid(Field::NONE, "the body must be a JSON object, in { }"));
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable::<T>(bytes, &error))
}

fn is_a(headers: &HeaderMap, media_type: &str) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return false };
    let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(media_type.as_bytes())
}

/// Reads again, slowly, to find out where it failed.
fn unreadable<T: DeserializeOwned + JsonSchema>(bytes: &[u8], error: &serde_json::Error) -> Problem {
    if error.classify() != serde_json::error::Category::Data {
        return Problem::invalid(
            Field::NONE,
            format!("this is not JSON: it cannot be read beyond line {}, column {}", error.line(), error.column()),
        );
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => Problem::invalid(Field::NONE, "the body could not be read"),
        Err(error) => {
            let segments: Vec<String> = error.path().iter().map(segment_of_path).collect();
            // Exactly the parser's own ending goes: the same words may stand in what the caller sent.
            let (text, inner) = (error.inner().to_string(), error.inner());
            let ending = format!(" at line {} column {}", inner.line(), inner.column());
            explain::<T>(&segments, text.strip_suffix(&ending).unwrap_or(&text), "field")
        }
    }
}

/// As RFC 6901 writes it: an index is a number without brackets.
fn segment_of_path(segment: &serde_path_to_error::Segment) -> String {
    match segment {
        serde_path_to_error::Segment::Seq { index } => index.to_string(),
        other => other.to_string(),
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse_pairs(request.query_string().as_bytes(), "query parameter").map(Self))
    }
}

fn parse_pairs<T: DeserializeOwned + JsonSchema>(text: &[u8], what: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(text);
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        let segments: Vec<String> = error.path().iter().map(segment_of_path).collect();
        explain::<T>(&segments, &error.inner().to_string(), what)
    })
}

/// serde's message in our words. What the caller sent stands before the last "expected" in it; what stands behind is the type's own
/// text. Names of fields come from our structs, or through the filter of [`Field::from_client`].
fn explain<T: JsonSchema>(path: &[String], message: &str, what: &str) -> Problem {
    let quoted = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('`'));
    let at = |path: &[String]| Field::from_client(path.iter().map(String::as_str));
    if let Some(name) = quoted("missing field `") {
        let full: Vec<String> = path.iter().cloned().chain([name.to_owned()]).collect();
        return Problem::invalid(at(&full), format!("this {what} is required"));
    }
    if let Some(name) = quoted("duplicate field `") {
        let full: Vec<String> = path.iter().cloned().chain([name.to_owned()]).collect();
        return Problem::invalid(at(&full), format!("this {what} stands twice"));
    }
    let why: Cow<'static, str> = if message.starts_with("unknown field") {
        let known = known_fields::<T>().join(", ");
        if known.is_empty() {
            format!("there is no such {what}: none can stand here")
        } else {
            format!("there is no such {what}; at the top can stand: {known}")
        }
        .into()
    } else if let Some(own) = message.strip_prefix("must be ") {
        format!("must be {own}").into()
    } else if message.rsplit_once("expected ").is_some_and(|(_, expected)| expected.starts_with("struct ")) {
        "must be a JSON object, in { }".into()
    } else if let Some((_, expected)) = message.rsplit_once("expected ") {
        format!(
            "must be {}",
            expected
                .replace("i64", "a whole number")
                .replace("u32", "a whole number, 0 or more")
                .replace("u8", "a whole number")
        )
        .into()
    } else {
        format!("this {what} cannot be read").into()
    };
    Problem::invalid(at(path), why)
}

fn known_fields<T: JsonSchema>() -> Vec<String> {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|known| known.keys().cloned().collect()).unwrap_or_default()
}

fn segment(request: &HttpRequest) -> &str {
    request.match_info().get("id").unwrap_or_default()
}

fn not_found() -> Problem {
    Error::NotFound.into()
}

impl<K: Kind> FromRequest for At<K> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Id::parse(segment(request)).map(Self).ok_or_else(not_found))
    }
}

impl<K: Kind> FromRequest for AtOrMe<K> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(match segment(request) {
            "me" => Ok(Self::Me),
            id => Id::parse(id).map(Self::Id).ok_or_else(not_found),
        })
    }
}

impl FromRequest for AtMember {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let team = TeamId::parse(segment(request));
        let user = match request.match_info().get("user_id").unwrap_or_default() {
            "me" => Some(None),
            id => UserId::parse(id).map(Some),
        };
        std::future::ready(team.zip(user).map(|(team, user)| Self { team, user }).ok_or_else(not_found))
    }
}

impl FromRequest for AtRole {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = request.match_info().get("name").filter(|name| role::is_name(name));
        std::future::ready(name.map(|name| Self(name.to_owned())).ok_or_else(not_found))
    }
}

impl FromRequest for ByExternalId {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // From the path as it was sent: the framework's own reading keeps some characters encoded and loses what is no UTF-8.
        let last = request.uri().path().rsplit('/').next().unwrap_or_default();
        let read = decoded(last)
            .ok_or_else(|| Problem::invalid(Field::NONE, "the external_id in the path must be percent-encoded UTF-8"));
        let app = request.app_data::<web::Data<App>>().expect("every worker has the app");
        std::future::ready(read.and_then(|id| {
            if app.instance.live.keys.reader().leaks_from(id.as_bytes()) {
                Err(Problem::invalid(Field::NONE, "an external_id must not be an API key: rotate that key"))
            } else {
                Ok(Self(id))
            }
        }))
    }
}

/// RFC 3986 section 2.1; a `%` without two digits behind it is no such text.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `?limit=` of a list.
pub const PAGE_DEFAULT: i64 = 50;
pub const PAGE_MAX: i64 = 200;

/// The number of items asked for, within its bounds.
pub fn page_size(limit: Option<i64>) -> Result<i64, Problem> {
    match limit.unwrap_or(PAGE_DEFAULT) {
        limit if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        _ => Err(Problem::invalid("/limit".into(), "must be a number from 1 to 200")),
    }
}

/// A cursor is the id of the last item of the page before.
pub fn cursor<K: Kind>(cursor: Option<&str>) -> Result<Option<Id<K>>, Problem> {
    let wrong = || Problem::invalid("/cursor".into(), "must be a next_cursor from a list before");
    cursor.map(|text| Id::parse(text).ok_or_else(wrong)).transpose()
}
