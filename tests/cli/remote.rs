//! Where a command finds the server and its token; the token comes by file,
//! environment or standard input, never on the command line.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::process::Command;

use crate::binary::{Server, home, keystead, run, run_with, text, unknown_key};

/// A server of somebody else: answers every request with this, on a port of its own.
pub fn answering(head: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 8192];
            let _ = stream.read(&mut request);
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            // Closing over unread bytes would reset the connection, and the answer with it.
            let _ = stream.shutdown(Shutdown::Write);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    url
}

fn list(server: &Server) -> Command {
    let mut command = keystead(["user", "list"]);
    command.env("KEYSTEAD_URL", server.url());
    command
}

#[test]
fn a_token_comes_from_a_file_standard_input_or_the_environment() {
    let (home, data) = home();
    let server = Server::start(&data);
    let file = home.path().join("token");
    std::fs::write(&file, format!("{}\n", server.token())).expect("written");

    let mut by_file = list(&server);
    by_file.args(["--token-file", text(&file)]);
    run(by_file).fine();
    let mut by_input = list(&server);
    by_input.args(["--token-file", "-"]);
    run_with(by_input, server.token()).fine();
    let mut by_variable = list(&server);
    by_variable.env("KEYSTEAD_TOKEN", format!("{}\n", server.token()));
    run(by_variable).fine();
    let mut by_named_file = list(&server);
    by_named_file.env("KEYSTEAD_TOKEN_FILE", &file);
    run(by_named_file).fine();
}

#[test]
fn the_flag_beats_the_environment_and_the_url_too() {
    let (home, data) = home();
    let server = Server::start(&data);
    let file = home.path().join("token");
    std::fs::write(&file, server.token()).expect("written");
    let mut command = keystead(["user", "list", "--token-file", text(&file), "--url", &format!("{}/", server.url())]);
    command.env("KEYSTEAD_TOKEN", unknown_key("sk", "live")).env("KEYSTEAD_URL", "http://127.0.0.1:1");
    run(command).fine();
}

#[test]
fn without_a_token_the_remedy_is_told() {
    let (home, data) = home();
    let server = Server::start(&data);
    let stderr = run(list(&server)).failed();
    assert!(stderr.contains("KEYSTEAD_TOKEN") && stderr.contains("keystead admin token"), "{stderr}");
    let mut empty = list(&server);
    empty.env("KEYSTEAD_TOKEN", "");
    assert!(run(empty).failed().contains("no token"), "empty is absent");

    let (nothing, missing) = (home.path().join("nothing"), home.path().join("missing"));
    std::fs::write(&nothing, "\n").expect("written");
    for (file, why) in [(&nothing, "there is nothing in it"), (&missing, "No such file")] {
        let mut command = list(&server);
        command.args(["--token-file", text(file)]);
        let stderr = run(command).failed();
        assert!(stderr.contains(why) && stderr.contains(text(file)), "{stderr}");
    }
}

#[test]
fn standard_input_is_not_both_the_token_and_the_key() {
    let mut command = keystead(["key", "verify", "--token-file", "-"]);
    command.env("KEYSTEAD_URL", "http://127.0.0.1:1");
    assert!(run(command).failed().contains("cannot be both"));
}

#[test]
fn no_flag_takes_a_token_or_a_key() {
    let key = unknown_key("sk", "live");
    for words in [&["key", "verify"][..], &["user", "list"], &["admin", "token"], &["serve"]] {
        for flag in ["--token", "--key", "--secret", "--password"] {
            let mut command = keystead([]);
            command.args(words).args([flag, &key]);
            assert!(run(command).failed().contains("unexpected argument"), "{words:?} {flag}");
        }
    }
    let mut command = keystead(["key", "verify"]);
    command.arg(&key);
    assert!(run(command).failed().contains("unexpected argument"), "nor a word by itself");
}

#[test]
fn a_token_that_does_not_authenticate_is_told_so_and_not_shown() {
    let (_home, data) = home();
    let server = Server::start(&data);
    for token in [unknown_key("sk", "live"), "garbage".into(), "two\nlines".into()] {
        let mut command = list(&server);
        command.env("KEYSTEAD_TOKEN", &token);
        let stderr = run(command).failed();
        assert!(!stderr.contains(token.lines().next().expect("text")), "{stderr}");
    }
}

#[test]
fn a_wrong_url_and_a_server_that_is_not_there_are_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    for (url, why) in [
        ("localhost:7300".to_owned(), "must begin with http:// or https://"),
        (format!("http://{free}"), "is the server running there?"),
        ("http://nowhere.invalid".to_owned(), "is the server running there?"),
    ] {
        let mut command = keystead(["user", "list", "--url", &url]);
        command.env("KEYSTEAD_TOKEN", unknown_key("sk", "live"));
        let stderr = run(command).failed();
        assert!(stderr.contains(why), "{url}: {stderr}");
    }
}

#[test]
fn a_server_that_is_not_keystead_is_told_apart_and_its_words_are_not_repeated() {
    for (head, body) in [
        ("HTTP/1.1 200 OK\r\nContent-Type: text/html", "<h1>It works, this is somebody else</h1>"),
        ("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain", "somebody else"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json", "{\"somebody\": \"else\"}"),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/", ""),
    ] {
        let url = answering(head, body.to_owned());
        for words in [&["user", "list"][..], &["key", "list", "--json"], &["user", "create", "--external-id", "maya"]] {
            let mut command = keystead([]);
            command.args(words).args(["--url", &url]).env("KEYSTEAD_TOKEN", unknown_key("sk", "live"));
            let stderr = run(command).failed();
            assert!(stderr.contains("not as Keystead does: is the URL right?"), "{head}: {stderr}");
            assert!(!stderr.contains("somebody"), "{stderr}");
        }
    }
}
