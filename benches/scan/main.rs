//! What a scan costs, as ratios: beside what Git or ripgrep needs for the same bytes, and beside other scanners, alternating in one run.
//! Runs by hand (`make bench-scan`), some minutes.
//!
//!     cargo bench --bench scan -- [--program FILE] [--peers FOLDER] [--repository FOLDER] [--sources FOLDER] [--only start|staged|tree|history|push] [--rounds 5]
//!
//! Peers are whatever of ripsecrets, kingfisher and detect-secrets is in the folder; validation by network is switched off. Everything it writes
//! is below target/tmp and goes when it ends. The table goes to stdout, talk to stderr.

#[path = "../bench/machine.rs"]
#[allow(dead_code, reason = "the heading and the median are all that is needed here")]
mod machine;
mod run;
mod works;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug, Parser)]
struct Arguments {
    /// The program to measure [default: the one built with this bench]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Where other scanners are installed
    #[arg(long, value_name = "FOLDER")]
    peers: Option<PathBuf>,
    /// A repository with a long history [default: the one that this is in]
    #[arg(long, value_name = "FOLDER")]
    repository: Option<PathBuf>,
    /// A folder of source code, of which some 37 MB are copied [default: what cargo has fetched]
    #[arg(long, value_name = "FOLDER")]
    sources: Option<PathBuf>,
    #[arg(long)]
    only: Option<Work>,
    /// How often each program does each work; the medians are told
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Cargo bench passes it; without it, as in `cargo test --all-targets`, nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// A file of ten bytes
    Start,
    /// Twenty staged files
    Staged,
    /// A folder of 37 MB
    Tree,
    /// Everything that was ever committed
    History,
    /// A push of 200 small files to a server with the hook
    Push,
}

impl Work {
    const ALL: [Self; 5] = [Self::Start, Self::Staged, Self::Tree, Self::History, Self::Push];
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.bench {
        return ExitCode::SUCCESS;
    }
    match measure(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Outcome<()> {
    let home = tempfile::Builder::new().prefix("scan-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    println!("{}", machine::heading(home.path())?);
    let places = works::Places {
        home: home.path().to_owned(),
        program: arguments.program.clone().unwrap_or_else(|| env!("CARGO_BIN_EXE_keystead").into()),
        peers: arguments.peers.clone(),
        repository: arguments.repository.clone().unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()),
        sources: arguments.sources.clone().map_or_else(works::fetched, Ok)?,
    };
    println!(
        "| work | program | seconds | to the limit | processor s | MiB | ends with |\n|---|---|--:|--:|--:|--:|--:|"
    );
    for work in Work::ALL.into_iter().filter(|work| arguments.only.is_none_or(|only| only == *work)) {
        let (title, contenders) = works::contenders(work, &places)?;
        eprintln!("{title}: {} programs, {} rounds", contenders.len(), arguments.rounds);
        run::alternating(&title, &contenders, arguments.rounds)?;
    }
    Ok(())
}
