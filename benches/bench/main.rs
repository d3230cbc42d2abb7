//! What Keystead costs, as ratios: verification against a bare handler, durable creates and uses of credits against a plain fsync loop, the
//! start with a large store, and an import of 100,000 keys. Runs by hand, some four minutes at the usual sizes; `--quick` takes ten seconds and its figures mean nothing.
//!
//!     cargo bench --bench bench -- [--keys 1000,100000,1000000] [--seconds 5] [--rounds 3] [--only verify|creates|credits|start|import] [--server FILE]
//!
//! It uses the library as a stranger would, and the server only over HTTP. The table goes to stdout, talk to stderr. Everything it
//! writes is below target/tmp and goes when it ends; every child dies with it.

mod ceiling;
mod client;
mod creates;
mod credits;
mod import;
mod load;
mod machine;
mod seed;
mod server;
mod start;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

/// Whatever goes wrong is told and ends the run: a figure with an error in it is no figure.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug, Parser)]
struct Arguments {
    /// Sizes of the store, in keys
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000], value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    keys: Vec<u32>,
    /// Length of each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,
    /// How often each thing is measured, in turn with its limit; more on a machine that others share
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..=99))]
    rounds: u32,
    /// One part only
    #[arg(long)]
    only: Option<Part>,
    /// One thousand keys, one second, each measurement once: shows that the bench works
    #[arg(long)]
    quick: bool,
    /// The server to measure [default: the one built with this bench]
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Cargo bench passes it; without it, as in `cargo test --all-targets`, the run is a quick one
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    child: Option<ChildPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Verify,
    Creates,
    Credits,
    Start,
    Import,
}

#[derive(Debug, Subcommand)]
enum ChildPart {
    #[command(hide = true)]
    Ceiling(ceiling::Ceiling),
}

/// How the measurements are to be made.
#[derive(Debug)]
struct Plan {
    /// Ascending, each once, at least one.
    keys: Vec<u32>,
    length: Duration,
    /// How often each thing is measured; the medians are told.
    rounds: usize,
    server: PathBuf,
    /// Of this run alone.
    home: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.child {
        Some(ChildPart::Ceiling(ceiling)) => ceiling.run(),
        None => bench(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

fn bench(arguments: Arguments) -> Outcome<()> {
    if arguments.only.is_none_or(|only| matches!(only, Part::Verify | Part::Start)) {
        load::find()?;
    }
    catch_interrupts()?;
    let home = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let quick = arguments.quick || !arguments.bench;
    let mut keys = if quick { vec![1_000] } else { arguments.keys };
    keys.sort_unstable();
    keys.dedup();
    let plan = Plan {
        keys,
        length: Duration::from_secs(if quick { 1 } else { arguments.seconds.into() }),
        rounds: if quick { 1 } else { arguments.rounds as usize },
        server: arguments.server.unwrap_or_else(|| env!("CARGO_BIN_EXE_keystead").into()).canonicalize()?,
        home: home.path().to_owned(),
    };
    run(&plan, |part| arguments.only.is_none_or(|only| only == part))
}

fn run(plan: &Plan, wanted: impl Fn(Part) -> bool) -> Outcome<()> {
    if cfg!(debug_assertions) {
        eprintln!("bench: built without optimisation: the figures mean nothing");
    }
    println!("{}", machine::heading(&plan.home)?);
    let (mut verified, mut started) = (Vec::new(), Vec::new());
    for &keys in plan.keys.iter().filter(|_| wanted(Part::Verify) || wanted(Part::Start)) {
        let seed = seed::seed(&plan.home, keys)?;
        if wanted(Part::Verify) {
            verified.push(verify::measure(plan, &seed)?);
        }
        if wanted(Part::Start) {
            started.push(start::measure(plan, &seed)?);
        }
        remove(&seed.home)?;
    }
    if wanted(Part::Verify) {
        println!("{}", verify::table(plan, &verified));
    }
    if wanted(Part::Start) {
        println!("{}", start::table(plan, &started));
    }
    if wanted(Part::Creates) {
        println!("{}", creates::measure(plan, &seed::seed(&plan.home, plan.keys[0])?)?);
    }
    if wanted(Part::Credits) {
        println!("{}", credits::measure(plan, &seed::seed(&plan.home, plan.keys[0])?)?);
    }
    if wanted(Part::Import) {
        println!("{}", import::measure(plan, &seed::seed(&plan.home, plan.keys[0])?)?);
    }
    Ok(())
}

/// A large store goes as soon as it has served.
fn remove(home: &Path) -> Outcome<()> {
    Ok(std::fs::remove_dir_all(home)?)
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Ctrl-C and a kill end the run like any other failure, so that children and files go.
fn catch_interrupts() -> Outcome<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            INTERRUPTED.store(true, Ordering::Relaxed);
        });
    });
    Ok(())
}

/// To be asked between measurements, none of which is longer than a minute.
fn go_on() -> Outcome<()> {
    if INTERRUPTED.load(Ordering::Relaxed) { Err("interrupted".into()) } else { Ok(()) }
}
