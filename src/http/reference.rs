//! The OpenAPI document as a page to read: every route, who may call it, what it takes and gives, and a command to try it.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::page::escape;

/// Rendered once. `base` is the path of `http.public_url`; `can_try` says whether the script is there that makes calls from the page.
pub fn render(document: &Value, base: &str, can_try: bool) -> String {
    let base = escape(base);
    let mut out = String::from(
        "<h1>The API</h1>\n<p>JSON in and out; <code>Authorization: Bearer &lt;key&gt;</code>. Success is <code>{\"success\": true, \"data\": …}</code>, failure <code>{\"success\": false, \"error\": {\"code\", \"message\", \"field\", \"request_id\"}}</code>. Lists take <code>limit</code> and <code>cursor</code>.</p>\n<nav><ul>\n",
    );
    let operations = operations(document);
    for (method, path, operation) in &operations {
        let id = text(operation, "operationId");
        let (path, summary) = (escape(path), escape(text(operation, "summary")));
        let _ = writeln!(out, "<li><a href=\"#{id}\"><code>{method} {path}</code></a> {summary}</li>");
    }
    out.push_str("</ul></nav>\n");
    if can_try {
        let _ = writeln!(out, "<script src=\"{base}/assets/try.js\" defer></script>");
    } else {
        out.push_str(
            "<p>This binary was built without Node; built with it, the calls can be tried from this page.</p>\n",
        );
    }
    for (method, path, operation) in &operations {
        section(&mut out, document, &base, method, path, operation);
    }
    out
}

fn operations(document: &Value) -> Vec<(String, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .filter(|(path, _)| path.starts_with("/v1/") || path.ends_with('z'))
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .into_iter()
                .flatten()
                .map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
        })
        .filter(|(method, ..)| method != "HEAD")
        .collect()
}

/// `base` is HTML already.
fn section(out: &mut String, document: &Value, base: &str, method: &str, path: &str, operation: &Value) {
    let id = text(operation, "operationId");
    let example = example(document, operation);
    let body = example.as_ref().map(|body| format!(" data-body=\"{}\"", escape(&body.to_string()))).unwrap_or_default();
    let path_text = escape(path);
    let _ = writeln!(out, "<section id=\"{id}\" data-method=\"{method}\" data-path=\"{base}{path_text}\"{body}>");
    let _ = writeln!(out, "<h2><code>{method} {path_text}</code></h2>");
    let summary = text(operation, "summary");
    let stop = if summary.ends_with('?') { "" } else { "." };
    let _ = writeln!(out, "<p>{}{stop} {}</p>", escape(summary), escape(text(operation, "description")));
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<table><thead><tr><th>Parameter</th><th>Type</th><th></th></tr></thead><tbody>\n");
        for parameter in parameters {
            row(
                out,
                text(parameter, "name"),
                &kind(document, &parameter["schema"]),
                text(parameter, "description"),
                false,
            );
        }
        out.push_str("</tbody></table>\n");
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        fields(out, document, "Body", resolve(document, body));
    }
    let good = operation["responses"].as_object().into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    if let Some((status, response)) = good {
        let envelope = resolve(document, &response["content"]["application/json"]["schema"]);
        let data = &envelope["properties"]["data"];
        let shown = resolve(document, if data["items"].is_null() { data } else { &data["items"] });
        let list = if data["items"].is_null() { "" } else { ", a list of" };
        fields(out, document, &format!("{status}: <code>data</code>{list}"), shown);
    }
    let failures: Vec<&String> = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(status, _)| status)
        .filter(|status| !status.starts_with('2'))
        .collect();
    let failures = failures.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
    let _ = writeln!(out, "<p>Fails with {failures}.</p>");
    let _ = writeln!(
        out,
        "<pre><code>{}</code></pre>\n</section>",
        escape(&curl(document, method, path, operation, example.as_ref()))
    );
}

fn fields(out: &mut String, document: &Value, title: &str, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let _ = writeln!(out, "<table><thead><tr><th>{title}</th><th>Type</th><th></th></tr></thead><tbody>");
    for (name, property) in properties {
        row(
            out,
            name,
            &kind(document, property),
            text(property, "description"),
            required.contains(&name.as_str()) && title == "Body",
        );
    }
    out.push_str("</tbody></table>\n");
}

fn row(out: &mut String, name: &str, kind: &str, description: &str, required: bool) {
    let required = if required { "Required. " } else { "" };
    let _ = writeln!(
        out,
        "<tr><td><code>{}</code></td><td>{}</td><td>{required}{}</td></tr>",
        escape(name),
        escape(kind),
        coded(description)
    );
}

/// Text in which `words` between backticks are code.
fn coded(text: &str) -> String {
    let pieces = text.split('`').map(escape).enumerate();
    pieces.map(|(n, piece)| if n % 2 == 1 { format!("<code>{piece}</code>") } else { piece }).collect()
}

/// A type in a few words: `string, or null`, `list of string`, `"live" | "test"`.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolve(document, schema);
    let choices = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(choices) = choices {
        return choices.iter().map(|choice| kind(document, choice)).collect::<Vec<_>>().join(" | ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
    }
    if !schema["const"].is_null() {
        return schema["const"].to_string();
    }
    let name = |kind: &str| match kind {
        "array" => format!("list of {}", self::kind(document, &schema["items"])),
        "string" if schema["format"] == "date-time" => "time".into(),
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(one) => name(one),
        Value::Array(several) => several.iter().filter_map(Value::as_str).map(name).collect::<Vec<_>>().join(", or "),
        _ => "any JSON".into(),
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(schema),
        None => schema,
    }
}

fn curl(document: &Value, method: &str, path: &str, operation: &Value, body: Option<&Value>) -> String {
    let url = document["servers"][0]["url"].as_str().unwrap_or_default();
    let mut command = String::from("curl");
    if method != "GET" && method != "POST" {
        let _ = write!(command, " -X {method}");
    }
    let _ = write!(command, " {url}{path}");
    let takes =
        |scheme: &str| operation["security"].as_array().into_iter().flatten().any(|needs| needs.get(scheme).is_some());
    if takes("bearer") {
        command.push_str(" -H \"Authorization: Bearer $KEYSTEAD_TOKEN\"");
    } else if takes("session") {
        command.push_str(" -b cookies -H 'X-Keystead-Request: 1'");
    }
    if let Some(body) = body {
        let _ = write!(command, " \\\n  -H 'Content-Type: application/json' -d '{body}'");
    }
    command
}

/// A small body that the route accepts.
fn example(document: &Value, operation: &Value) -> Option<Value> {
    let body = resolve(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    let needed: Vec<&str> = body["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = body["properties"].as_object()?.iter();
    let shown = fields
        .filter(|(name, _)| needed.contains(&name.as_str()) || ["description", "external_id"].contains(&name.as_str()))
        .map(|(name, property)| (name.clone(), sample(document, name, property)));
    Some(Value::Object(shown.collect()))
}

fn sample(document: &Value, name: &str, property: &Value) -> Value {
    match (name, kind(document, property)) {
        ("expires_at", _) => Value::Null,
        ("key", _) => "sk_live_…".into(),
        (_, kind) if kind.starts_with("list") => Value::Array(Vec::new()),
        (_, kind) if kind.starts_with("object") => Value::Object(Map::new()),
        _ => "example".into(),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
