//! `key import`: a file of other systems' keys, of any length, over connections that break.

use std::io::{Read, Write};
use std::net::TcpListener;

use keystead::base::crypto::{hex, sha256};
use serde_json::{Value, json};

use crate::binary::{Server, home, keystead, run, run_with, text};
use crate::owners::on;

fn secret(n: usize) -> String {
    format!("acme_3Z{n:020}")
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    let line = |n: usize| {
        let hash = hex(&sha256(secret(n).as_bytes()));
        json!({ "hash": hash, "algorithm": "sha256", "encoding": "hex", "name": "moved", "owner": { "type": "user", "external_id": "maya" } })
    };
    numbers.flat_map(|n| [line(n).to_string(), "\n".to_owned()]).collect()
}

#[test]
fn a_file_longer_than_a_request_comes_in_with_its_own_line_numbers() {
    let (home, data) = home();
    let server = Server::start(&data);
    let file = home.path().join("keys.jsonl");
    let long = format!("{{\"name\": \"{}\"}}\n", "x".repeat(70_000));
    std::fs::write(&file, [lines(0..2_100), long, "no json".into(), "\n".into(), lines(2_100..2_101)].concat())
        .expect("written");

    let dry = run(on(&server, &["key", "import", "--dry-run", "--create-owners", text(&file)]));
    assert_eq!((dry.code, dry.stdout.as_str()), (Some(1), "2103 lines: 2 error, 2101 would import\n"));
    assert_eq!(server.code_of(&secret(0)), "malformed");

    let ended = run(on(&server, &["key", "import", "--create-owners", text(&file)]));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), "2103 lines: 2 error, 2101 imported\n"));
    assert!(ended.stderr.contains("line 2101: this line is longer than 64 KiB"), "{}", ended.stderr);
    assert!(ended.stderr.contains("line 2102: this line is no JSON object"), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 owners were made"), "{}", ended.stderr);
    assert_eq!((server.code_of(&secret(0)), server.code_of(&secret(2_100))), ("valid".into(), "valid".into()));
}

#[test]
fn the_same_again_from_standard_input_is_fine_and_tells_programs_each_line() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    run_with(on(&server, &["key", "import", "-"]), &lines(0..2)).fine();
    let told = run_with(on(&server, &["key", "import", "-", "--json", "--skip-lines", "1"]), &lines(0..3)).fine();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(told.len(), 3);
    assert_eq!((&told[0]["line"], &told[0]["status"]), (&2.into(), &"exists".into()));
    assert_eq!((&told[1]["line"], &told[1]["status"]), (&3.into(), &"imported".into()));
    assert_eq!((&told[2]["imported"], &told[2]["exists"], &told[2]["lines"]), (&1.into(), &1.into(), &3.into()));
}

/// A server that answers with these bodies, one after the other, and gives the heads of what it was asked.
fn in_turn(answers: Vec<(&'static str, String)>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let thread = std::thread::spawn(move || {
        let answer = |(status, body): (&str, String)| {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut asked = Vec::new();
            let mut piece = [0; 8192];
            while !asked.ends_with(b"}\n") {
                let length = stream.read(&mut piece).expect("a request");
                asked.extend_from_slice(&piece[..length]);
            }
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
                .expect("read");
            String::from_utf8_lossy(&asked).lines().next().unwrap_or_default().to_owned()
        };
        answers.into_iter().map(answer).collect()
    });
    (url, thread)
}

fn import_at(url: &str) -> std::process::Command {
    let mut command = keystead(["key", "import", "-"]);
    command.env("KEYSTEAD_URL", url).env("KEYSTEAD_TOKEN", "t");
    command
}

#[test]
fn after_an_answer_that_breaks_off_it_goes_on_where_that_ended() {
    let summary = |complete: bool, lines: u64| json!({ "status": "summary", "complete": complete, "lines": lines, "message": "the store is busy" });
    let line = |n: u64| json!({ "line": n, "status": "imported", "id": "key_1" });
    let (url, server) = in_turn(vec![
        ("200 OK", format!("{}\n{}\n", line(1), summary(false, 1))),
        ("200 OK", format!("{}\n{}\n{}\n", line(2), line(3), summary(true, 3))),
    ]);
    let ended = run_with(import_at(&url), &lines(0..3));
    assert!(ended.stderr.contains("line 1: the store is busy; trying again"), "{}", ended.stderr);
    assert_eq!(ended.fine(), "3 lines: 3 imported\n");
    let asked = server.join().expect("the server ends");
    assert!(asked[0].contains("skip_lines=0") && asked[1].contains("skip_lines=1"), "{asked:?}");
}

#[test]
fn what_is_refused_is_not_tried_again_and_says_how_to_go_on() {
    let refused = json!({ "success": false, "error": { "code": "forbidden", "message": "not with this key", "field": null, "request_id": "req_1" } });
    let (url, server) = in_turn(vec![("403 Forbidden", refused.to_string())]);
    let ended = run_with(import_at(&url), &lines(0..3));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("not with this key") && ended.stderr.contains("--skip-lines 0"), "{}", ended.stderr);
    server.join().expect("the server ends");
    assert_eq!(run(import_at("ftp://x")).code, Some(2));
}
