//! The stop: readiness drops while the server still listens, running requests finish, and everything is on disk. Idle it takes less than
//! two seconds, whichever of the two signals asked for it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::binary::{PATIENCE, Server, home, judge_of, serve, until};

fn draining(data: &Path, ms: &str) -> Server {
    let mut command = serve(data);
    command.env("KEYSTEAD_HTTP__DRAIN_MS", ms);
    Server::launch(command, data).expect("it starts")
}

/// A verification of which the server has seen the head and half of the body.
fn half_a_request(server: &Server, key: &str) -> (TcpStream, String) {
    let body = serde_json::json!({ "key": key }).to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let mut stream = TcpStream::connect(server.address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let head = format!(
        "POST /v1/api-keys/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.token(),
        body.len()
    );
    write!(stream, "{head}{first}").expect("sent");
    (stream, second.to_owned())
}

fn finish((mut stream, rest): (TcpStream, String)) -> String {
    stream.write_all(rest.as_bytes()).expect("sent");
    let mut answer = String::new();
    let mut bytes = [0; 4096];
    while !answer.contains("\"missing_scopes\"") {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.push_str(std::str::from_utf8(&bytes[..read]).expect("UTF-8")),
        }
    }
    answer
}

#[test]
fn an_idle_server_stops_within_two_seconds_and_ends_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let (_home, data) = home();
        let server = Server::start(&data);
        assert_eq!(server.code_of(server.token()), "valid");
        // A connection that is kept open and says nothing is idle, too.
        let _idle = TcpStream::connect(server.address).expect("it listens");
        let (status, said, took) = server.stop(signal);
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(took < Duration::from_secs(2), "{signal:?}: {took:?}");
        assert!(said.contains("stopped"), "{said}");
    }
}

#[test]
fn a_signal_right_after_the_start_is_a_clean_stop_too() {
    for _ in 0..10 {
        let (_home, data) = home();
        let mut command = serve(&data);
        command.env("KEYSTEAD_HTTP__DRAIN_MS", "0");
        let server = Server::launch(command, &data).expect("it starts");
        let (status, said, _) = server.stop(Signal::TERM);
        assert_eq!(status.code(), Some(0), "{said}");
    }
}

#[test]
fn readiness_drops_first_while_the_server_still_serves() {
    let (_home, data) = home();
    let mut server = draining(&data, "3000");
    let token = server.token().to_owned();
    assert_eq!(server.probe("/readyz").status, 200);
    server.signal(Signal::TERM);
    let ready =
        until(PATIENCE, "readiness drops", || Some(server.probe("/readyz")).filter(|ready| ready.status == 503));
    assert_eq!(ready.body["status"], "stopping");
    assert_eq!(server.code_of(&token), "valid", "whoever has not looked yet is served");
    assert_eq!(server.probe("/healthz").status, 200, "stopping is no reason to kill it");
    assert!(server.has_ended().is_none());
    let status = until(PATIENCE, "it stops", || server.has_ended());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_request_that_was_begun_is_finished() {
    let (_home, data) = home();
    let mut server = draining(&data, "100");
    let begun = half_a_request(&server, server.token());
    server.signal(Signal::TERM);
    // Nobody new is let in, and still the one that was begun is answered.
    until(PATIENCE, "it listens no more", || TcpStream::connect(server.address).is_err().then_some(()));
    assert!(server.has_ended().is_none(), "it waits");
    let answer = finish(begun);
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"valid\":true"), "{answer:?}");
    let status = until(PATIENCE, "it stops", || server.has_ended());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_request_that_is_never_finished_does_not_hold_the_stop_for_ever() {
    let (_home, data) = home();
    let server = draining(&data, "0");
    let _begun = half_a_request(&server, server.token());
    let (status, said, took) = server.stop(Signal::TERM);
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[test]
fn after_the_stop_the_log_is_folded_and_the_socket_is_gone() {
    for signal in [Signal::TERM, Signal::INT] {
        let (_home, data) = home();
        let server = Server::start(&data);
        let (_, secret) = server.key(&server.user("maya"));
        assert_eq!(server.code_of(&secret), "valid");
        server.stop(signal);
        let wal = data.join("keystead.db-wal");
        assert!(wal.metadata().map_or(0, |data| data.len()) == 0, "{signal:?}: the log is not folded");
        assert!(!data.join("admin.sock").exists(), "{signal:?}: the socket is left");
        assert_eq!(judge_of(&data.join("keystead.db")), "ok");

        let server = Server::start(&data);
        assert_eq!(server.code_of(&secret), "valid");
    }
}

#[test]
fn the_last_use_of_a_key_survives_the_stop() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (id, secret) = server.key(&server.user("maya"));
    assert_eq!(server.code_of(&secret), "valid");
    server.stop(Signal::TERM);
    let server = Server::start(&data);
    let key = server.get(&format!("/v1/api-keys/{id}"));
    assert!(key.data()["last_used"].is_string(), "{key:?}");
}

#[test]
fn an_address_that_is_taken_is_told_with_the_remedy() {
    let (_home, data) = home();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let mut command = crate::binary::keystead(["serve", "--listen", &address]);
    command.arg("--data-dir").arg(&data);
    let stderr = crate::binary::run(command).failed();
    assert!(stderr.contains(&address) && stderr.contains("--listen"), "{stderr}");
}
