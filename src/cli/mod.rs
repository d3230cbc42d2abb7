//! The command line. Data goes to stdout, talk to stderr. Ends with 0 (fine), 1 (a refused key, secrets found, a broken trail) or 2 (failure, usage).

mod admin;
mod audit;
mod config;
mod hook;
mod key;
mod leak;
mod log;
mod offline;
mod out;
mod owner;
mod rate_limit;
mod remote;
mod role;
mod scan;
mod serve;
mod settings;
mod socket;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "keystead",
    version,
    about = "API keys without the footguns: issue, verify and revoke them, from one binary.",
    long_about = "API keys without the footguns: issue, verify and revoke them, from one binary.\n\n\
        Start a server with `keystead serve`, print a backend key for it with `keystead admin token`, and use the other \
        commands, or the API at /docs, with that key.",
    after_help = "Exit codes: 0 fine, 1 a key was refused, secrets were found or the audit trail is broken, 2 failure or wrong usage.",
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Work on the data directory of this machine, whether the server runs or not
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Mint, create, list, show, revoke and verify keys
    #[command(subcommand)]
    Key(key::Key),
    /// Create, list, show, change, suspend and remove users
    #[command(subcommand)]
    User(owner::User),
    /// Create, list, show, change and remove teams, and their members
    #[command(subcommand)]
    Team(owner::Team),
    /// Create, list, show, change and remove roles: named sets of scopes
    #[command(subcommand)]
    Role(role::Role),
    /// Report, list, show and judge leaks: keys that were found where they should not be
    #[command(subcommand)]
    Leak(leak::Leak),
    /// Show who has used what, for a bill
    #[command(
        after_help = "Examples:\n  keystead usage --from 2027-01-01 --to 2027-01-31 --csv > january.csv\n  keystead usage --team acme --by key"
    )]
    Usage(usage::Usage),
    /// List audit events, and check that nobody touched them
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Show and change the switches of a running server
    #[command(subcommand)]
    Settings(settings::Settings),
    /// Make the next key that tokens for offline verification are signed with
    #[command(subcommand)]
    Offline(offline::Offline),
    /// Look for keys and other secrets in files and in Git
    Scan(Box<scan::Scan>),
    /// Run the scanner at every commit and push
    #[command(subcommand)]
    Hook(hook::Hook),
    /// Show or check the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Print completions for a shell
    #[command(after_help = "Example: keystead completions bash > /etc/bash_completion.d/keystead")]
    Completions { shell: clap_complete::Shell },
}

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Fine,
    /// A key was refused, secrets were found, or the trail of events is broken.
    Refused,
}

/// Why a command failed, and what to do next: one text for people.
#[derive(Debug)]
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

type Ran = Result<Outcome, Failure>;

/// Runs a command line, the name of the program first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = args.first().map_or_else(|| "keystead".into(), |name| name.to_string_lossy().into_owned());
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // clap ends --help with 0 and wrong usage with 2, and prints each where it belongs.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ran = match cli.command {
        Command::Serve(serve) => serve.run(&program),
        Command::Admin(admin) => admin.run(),
        Command::Key(key) => key.run(),
        Command::User(user) => user.run(),
        Command::Team(team) => team.run(),
        Command::Role(role) => role.run(),
        Command::Leak(leak) => leak.run(),
        Command::Usage(usage) => usage.run(),
        Command::Audit(audit) => audit.run(),
        Command::Settings(settings) => settings.run(),
        Command::Offline(offline) => offline.run(),
        Command::Scan(scan) => scan.run(),
        Command::Hook(hook) => hook.run(),
        Command::Config(config) => config.run(),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "keystead", &mut std::io::stdout());
            Ok(Outcome::Fine)
        }
    };
    match ran {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        Err(Failure(text)) => {
            out::say(&format!("keystead: {text}"));
            ExitCode::from(2)
        }
    }
}

/// Seconds, out of a number with an optional unit; for clap.
fn seconds(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("must be seconds, or a number with m, h or d".into()),
    };
    let seconds = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
    seconds.ok_or_else(|| "must be seconds, or a number with m, h or d".into())
}
