//! `/openapi.json` (OpenAPI 3.1), made from the routes' own types.

use actix_web::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::error::Failure;
use super::guard::{Access, Needs, Statement, Visitor, cookie_name};
use super::route::{Entry, Takes};

/// One operation in the making.
#[derive(Debug)]
pub struct Operation<'a> {
    schemas: &'a mut SchemaGenerator,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
    description: &'static str,
    needs: Needs,
}

impl Operation<'_> {
    pub fn access(&mut self, access: &Access) {
        self.description = access.text;
        self.needs = access.needs;
        self.fails(StatusCode::METHOD_NOT_ALLOWED, "Another method; Allow lists those of this path.");
        self.fails(StatusCode::SERVICE_UNAVAILABLE, "The store cannot answer now, or the server is stopping.");
        self.fails(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours.");
        if access.credential() {
            self.fails(StatusCode::BAD_REQUEST, "Cannot be read as this request.");
            self.fails(StatusCode::UNAUTHORIZED, "No credential, or one that does not authenticate.");
            self.fails(StatusCode::FORBIDDEN, "The credential does not allow this.");
            self.fails(StatusCode::MISDIRECTED_REQUEST, "A session, under a name that is not this server's.");
        }
    }

    pub fn body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.subschema_for::<T>();
        self.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        self.fails(StatusCode::BAD_REQUEST, "Cannot be read as this request.");
        self.fails(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time.");
        self.fails(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long.");
        self.fails(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not application/json.");
        self.fails(StatusCode::UNPROCESSABLE_ENTITY, "Readable, but a value is not allowed.");
    }

    /// A body as HTML forms send it.
    pub fn body_form<T: JsonSchema>(&mut self) {
        let schema = self.schemas.subschema_for::<T>();
        self.body =
            Some(json!({ "required": true, "content": { "application/x-www-form-urlencoded": { "schema": schema } } }));
        self.fails(StatusCode::BAD_REQUEST, "Cannot be read as this request.");
        self.fails(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time.");
        self.fails(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long.");
        self.fails(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not application/x-www-form-urlencoded.");
        self.fails(StatusCode::UNPROCESSABLE_ENTITY, "Readable, but a value is not allowed.");
    }

    /// A body of lines, each a JSON value of its own.
    pub fn body_lines<T: JsonSchema>(&mut self) {
        let schema = self.schemas.subschema_for::<T>();
        self.body = Some(json!({ "required": true, "description": "JSON Lines: one object a line.",
            "content": { "application/x-ndjson": { "schema": schema } } }));
        self.fails(StatusCode::BAD_REQUEST, "Cannot be read as this request.");
        self.fails(StatusCode::PAYLOAD_TOO_LARGE, "The body says that it is too long.");
        self.fails(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not application/x-ndjson.");
    }

    pub fn query<T: JsonSchema>(&mut self) {
        let schema = SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<T>();
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let mut schema = schema.clone();
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            without_null(&mut schema);
            self.parameters.push(json!({ "name": name, "in": "query", "required": required.contains(&name.as_str()),
                "description": description.unwrap_or_default(), "schema": schema }));
        }
        self.fails(StatusCode::BAD_REQUEST, "Cannot be read as this request.");
    }

    pub fn path_id(&mut self, name: &str, prefix: &str, or_me: bool) {
        let id = format!("{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}");
        let pattern = if or_me { format!("^({id}|me)$") } else { format!("^{id}$") };
        let description = if or_me { "An id, or `me` for the caller's own." } else { "An id." };
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "description": description,
            "schema": { "type": "string", "pattern": pattern } }));
        self.fails(StatusCode::NOT_FOUND, "Nothing there that the caller may know of.");
    }

    pub fn path_role(&mut self) {
        self.parameters.push(json!({ "name": "name", "in": "path", "required": true, "description": "A role's name.",
            "schema": { "type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]{0,63}$" } }));
        self.fails(StatusCode::NOT_FOUND, "There is no role with this name.");
    }

    pub fn path_external_id(&mut self) {
        self.parameters.push(json!({ "name": "external_id", "in": "path", "required": true,
            "description": "Your application's own id, percent-encoded.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 } }));
    }

    /// Wants the header that our own pages send.
    pub fn asked_by_us(&mut self) {
        self.parameters.push(json!({ "name": "X-Keystead-Request", "in": "header", "required": true,
            "description": "1: no page of another site can send it.", "schema": { "const": "1" } }));
    }

    /// Takes `If-Match`.
    pub fn conditional(&mut self) {
        self.parameters.push(json!({ "name": "If-Match", "in": "header", "required": false,
            "description": "An ETag as it was answered: the change is made only if nobody was first.", "schema": { "type": "string" } }));
        self.fails(StatusCode::PRECONDITION_FAILED, "It is not any more as If-Match says.");
    }

    /// Takes `Idempotency-Key`.
    pub fn idempotent(&mut self) {
        self.parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Your own name for this request: the same request under it within a day is done once.",
            "schema": { "type": "string", "maxLength": 255 } }));
        self.fails(
            StatusCode::CONFLICT,
            "Somebody was first, or the first answer held a secret that is not shown twice.",
        );
    }

    /// Is for no page of another site.
    pub fn own_page(&mut self) {
        self.fails(StatusCode::FORBIDDEN, "It came from a page of another site.");
        self.fails(StatusCode::MISDIRECTED_REQUEST, "This server does not go by the name in the Host header.");
    }

    pub fn path_name(&mut self) {
        self.parameters
            .push(json!({ "name": "name", "in": "path", "required": true, "description": "A name from the index.",
            "schema": { "type": "string" } }));
    }

    /// Is asked by a gateway.
    pub fn at_gateway(&mut self) {
        self.parameters.push(json!({ "name": "gateway", "in": "path", "required": true,
            "description": "The name of its section in the configuration. Any path may follow.", "schema": { "type": "string" } }));
        self.parameters.push(json!({ "name": "scope", "in": "query", "required": false,
            "description": "A scope that a key must have besides those of the configuration, where the gateway is not Envoy.",
            "schema": { "type": "array", "items": { "type": "string" }, "maxItems": 64 } }));
        self.fails(StatusCode::BAD_REQUEST, "The gateway does not tell of the request as it must. 403 for nginx.");
        self.fails(StatusCode::UNAUTHORIZED, "No key, or one that does not authenticate.");
        self.fails(StatusCode::FORBIDDEN, "The key is not good for this request, or the gateway's secret is wrong.");
        self.fails(StatusCode::NOT_FOUND, "There is no gateway of this name.");
        self.fails(StatusCode::TOO_MANY_REQUESTS, "A limit or the credits of the key are used up. 403 for nginx.");
    }

    /// Lets a request through, and says in these headers whose it is.
    pub fn allows(&mut self, headers: &[&str]) {
        let header = |name: &&str| {
            let description = "Empty where there is nothing to say.";
            (
                (*name).to_owned(),
                json!({ "required": true, "description": description, "schema": { "type": "string" } }),
            )
        };
        let headers: Map<String, Value> = headers.iter().map(header).collect();
        let answer =
            json!({ "description": "The request may pass. Failures have the same headers.", "headers": headers });
        self.responses.insert(StatusCode::OK.as_str().to_owned(), answer);
    }

    pub fn answers<T: JsonSchema>(&mut self, status: StatusCode, description: &str) {
        let schema = self.schemas.subschema_for::<T>();
        self.responses.insert(
            status.as_str().to_owned(),
            json!({ "description": description, "content": { "application/json": { "schema": schema } } }),
        );
    }

    /// An answer of lines, each a JSON value of its own.
    pub fn answers_lines<T: JsonSchema>(&mut self, status: StatusCode, description: &str) {
        let schema = self.schemas.subschema_for::<T>();
        self.responses.insert(
            status.as_str().to_owned(),
            json!({ "description": description, "content": { "application/x-ndjson": { "schema": schema } } }),
        );
    }

    pub fn answers_text(&mut self, status: StatusCode, media_type: &str, description: &str) {
        self.responses.insert(
            status.as_str().to_owned(),
            json!({ "description": description, "content": { media_type: { "schema": { "type": "string" } } } }),
        );
    }

    /// The same answer in another form, too.
    pub fn answers_also(&mut self, status: StatusCode, media_type: &str) {
        if let Some(content) = self.responses.get_mut(status.as_str()).and_then(|response| response.get_mut("content"))
        {
            content[media_type] = json!({ "schema": { "type": "string" } });
        }
    }

    /// The browser has it already.
    pub fn unchanged(&mut self) {
        let described = json!({ "description": "If-None-Match names the ETag of what it would be." });
        self.responses.insert(StatusCode::NOT_MODIFIED.as_str().to_owned(), described);
    }

    /// An answer without a body: where it sends the browser stands in Location.
    pub fn redirects(&mut self, description: &str) {
        self.responses.insert(StatusCode::FOUND.as_str().to_owned(), json!({ "description": description }));
    }

    pub fn fails(&mut self, status: StatusCode, description: &str) {
        self.answers::<Failure>(status, description);
    }
}

/// A query parameter is absent rather than null.
fn without_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").filter(|types| types.is_array()) {
        *types = types.as_array().into_iter().flatten().find(|kind| *kind != "null").cloned().unwrap_or_default();
    }
    if let Some(choices) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        choices.retain(|choice| !choice.is_null());
    }
    let only = schema.get("anyOf").and_then(Value::as_array).and_then(|choices| {
        choices.iter().find(|choice| choice.get("type").is_none_or(|kind| kind != "null")).cloned()
    });
    if let Some(only) = only {
        *schema = only;
    }
}

/// The whole document.
pub fn document(entries: &[Entry], public_url: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for entry in entries {
        let mut operation = Operation {
            schemas: &mut schemas,
            parameters: Vec::new(),
            body: None,
            responses: Map::new(),
            description: "",
            needs: Needs::Nothing,
        };
        (entry.describe)(&mut operation);
        let Operation { mut parameters, body, mut responses, description, needs, .. } = operation;
        parameters.extend(read_by_pages(entry.path, &parameters));
        responses.sort_keys();
        if entry.takes == Takes::Anything {
            responses.remove(StatusCode::METHOD_NOT_ALLOWED.as_str());
        }
        let any = if entry.takes == Takes::Anything { " Any method may be used, not only this one." } else { "" };
        let mut rendered = json!({ "operationId": operation_id(entry), "summary": entry.summary,
            "description": format!("Who may call: {description}.{any}"), "parameters": parameters,
            "responses": responses, "security": security(needs) });
        if let Some(body) = body {
            rendered["requestBody"] = body;
        }
        let path = paths.entry(entry.path).or_insert_with(|| json!({}));
        path[entry.method.as_str().to_lowercase()] = rendered;
    }
    let definitions = schemas.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Keystead", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "API keys without the footguns. Every answer is {success, data} or {success, error}; times are RFC 3339 in UTC." },
        "servers": [{ "url": public_url }],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "description": "An API key, or the token of an embedded panel." },
                "header": { "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key, in a header of its own." },
                "basic": { "type": "http", "scheme": "basic", "description": "An API key as the password, behind any name." },
                "gateway": { "type": "apiKey", "in": "header", "name": "X-Keystead-Gateway", "description": "The secret of a gateway, out of the configuration." },
                "session": { "type": "apiKey", "in": "cookie", "name": cookie_name(public_url),
                    "description": "A person's session, for pages of this server; every change needs X-Keystead-Request: 1." }
            }
        }
    })
}

/// Parts of a path that no handler reads.
fn read_by_pages(path: &str, declared: &[Value]) -> Vec<Value> {
    let varying = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let undeclared =
        varying.filter(|name| !declared.iter().any(|known| known["in"] == "path" && known["name"] == **name));
    let described = |name| {
        json!({ "name": name, "in": "path", "required": true, "description": "Read by the page itself.",
            "schema": { "type": "string" } })
    };
    undeclared.map(described).collect()
}

fn security(needs: Needs) -> Value {
    match needs {
        Needs::Nothing => json!([]),
        Needs::NothingOrAny => json!([{}, { "bearer": [] }, { "header": [] }, { "session": [] }]),
        Needs::Gateway => json!([{ "gateway": [] }]),
        Needs::Key => json!([{ "bearer": [] }, { "header": [] }]),
        Needs::KeyOrBasic => json!([{ "bearer": [] }, { "header": [] }, { "basic": [] }]),
        Needs::Session => json!([{ "session": [] }]),
        Needs::Panel => json!([{ "bearer": [] }]),
        Needs::KeyOrSession | Needs::Any => json!([{ "bearer": [] }, { "header": [] }, { "session": [] }]),
    }
}

/// `get_users_id_api_keys`: unique, because method and path are. A page is `get_page_users`.
fn operation_id(entry: &Entry) -> String {
    let page = (entry.access == <Visitor as Statement>::ACCESS && !entry.path.starts_with("/v1/")).then_some("page");
    let words = entry.path.split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty() && *word != "v1");
    std::iter::once(entry.method.as_str().to_lowercase())
        .chain(page.into_iter().chain(words).map(str::to_owned))
        .collect::<Vec<_>>()
        .join("_")
}
