//! One process uses a data directory. Whoever else comes is refused or served through the admin socket; what a killed server left
//! behind is in nobody's way.

use std::os::unix::net::UnixStream;

use rustix::process::Signal;

use crate::binary::{Server, admin_token, home, run, serve};

#[test]
fn a_second_server_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let (_home, data) = home();
    let first = Server::start(&data);
    let refused = Server::launch(serve(&data), &data).expect_err("the directory is in use").failed();
    assert!(refused.contains("another Keystead process uses this data directory"), "{refused}");
    assert!(refused.contains("--data-dir"), "the remedy: {refused}");
    assert_eq!(first.probe("/readyz").status, 200);
    assert_eq!(first.code_of(first.token()), "valid", "the admin socket is still the first server's");
}

#[test]
fn the_socket_of_a_killed_server_is_replaced() {
    let (_home, data) = home();
    let socket = data.join("admin.sock");
    let killed = Server::start(&data).stop(Signal::KILL).0;
    assert!(!killed.success() && socket.exists(), "a killed server cannot clean up");
    UnixStream::connect(&socket).expect_err("nobody listens there");

    let server = Server::start(&data);
    assert_eq!(server.code_of(server.token()), "valid");
}

#[test]
fn a_token_is_made_over_what_a_killed_server_left() {
    let (_home, data) = home();
    Server::start(&data).stop(Signal::KILL);
    let token = run(admin_token(&data, &[])).fine();
    let server = Server::start(&data);
    assert_eq!(server.code_of(token.trim()), "valid");
}

#[test]
fn tokens_asked_for_at_the_same_time_are_all_made() {
    let (_home, data) = home();
    let ask = || {
        std::thread::scope(|scope| {
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| run(admin_token(&data, &[])).fine())).collect();
            asking.into_iter().map(|one| one.join().expect("no panic")).collect::<Vec<_>>()
        })
    };
    let mut tokens = ask();
    let server = Server::start(&data);
    tokens.extend(ask());
    for token in tokens {
        assert_eq!(server.code_of(token.trim()), "valid");
    }
}
