//! A stranger's first two minutes: `serve` prints what to type next,
//! and typing exactly that leads to a first key.

use std::path::Path;

use crate::binary::{Ended, Server, admin_token, home, program, run, serve};

/// The commands that a server prints at its first start.
fn printed_commands(server: &Server) -> String {
    let said = server.said_with("The documentation is at");
    let commands = said.lines().filter_map(|line| line.strip_prefix("  "));
    commands.collect::<Vec<_>>().join("\n")
}

fn type_in(folder: &Path, script: &str) -> Ended {
    let mut shell = program("sh");
    shell.args(["-e", "-u", "-c", script]).current_dir(folder);
    run(shell)
}

#[test]
fn the_commands_that_serve_prints_lead_to_a_first_key() {
    let (home, data) = home();
    let server = Server::start(&data);
    let script = printed_commands(&server);
    assert_eq!(script.lines().count(), 5, "{script}");

    let walked = type_in(home.path(), &script);
    let stdout = walked.fine();
    assert!(stdout.lines().last().is_some_and(|verdict| verdict.starts_with("valid  Maya · laptop")), "{stdout}");

    let first_key =
        std::fs::read_to_string(home.path().join("first-key")).expect("the walk writes the key into a file");
    assert_eq!(server.code_of(first_key.trim_end()), "valid");
    assert_eq!(first_key.lines().count(), 1, "the file has the key and nothing else");
}

#[test]
fn the_printed_commands_work_where_paths_have_spaces_and_quotes() {
    let (home, _) = home();
    let data = home.path().join("it's my $HOME data");
    let server = Server::start(&data);
    let stdout = type_in(home.path(), &printed_commands(&server)).fine();
    assert!(stdout.contains("valid"), "{stdout}");
}

#[test]
fn the_printed_commands_work_from_another_directory() {
    let (home, data) = home();
    let mut command = serve(Path::new("data"));
    command.current_dir(home.path());
    let server = Server::launch(command, &data).expect("the server starts");
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let stdout = type_in(elsewhere.path(), &printed_commands(&server)).fine();
    assert!(stdout.contains("valid"), "{stdout}");
}

#[test]
fn the_walk_is_printed_at_the_first_start_only() {
    let (_home, data) = home();
    let first = Server::start(&data).stop(rustix::process::Signal::TERM).1;
    let second = Server::start(&data).stop(rustix::process::Signal::TERM).1;
    assert!(first.contains("Your first key"), "{first}");
    assert!(!second.contains("Your first key"), "{second}");
}

#[test]
fn a_token_made_before_the_first_start_works_after_it() {
    let (_home, data) = home();
    let token = run(admin_token(&data, &[])).fine();
    let server = Server::start(&data);
    let url = format!("{}/v1/me", server.url());
    let me = crate::binary::call("GET", &url, Some(token.trim()), None).expect("the server answers");
    assert_eq!(me.status, 200, "{me:?}");
}
