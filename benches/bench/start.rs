//! The start and the memory: from spawning the process to its first verified request, until all keys are in memory, and what it keeps there.

use std::fmt::Write;
use std::time::Instant;

use crate::load::Load;
use crate::machine::{grouped, median};
use crate::seed::{Seed, database};
use crate::server::Server;
use crate::{Outcome, Plan, go_on};

/// What was measured at one size. Times are in milliseconds, sizes in MiB.
#[derive(Debug)]
pub struct Row {
    keys: u32,
    database: u64,
    starts: Vec<f64>,
    filled: f64,
    idle: f64,
    loaded: f64,
}

pub fn measure(plan: &Plan, seed: &Seed) -> Outcome<Row> {
    // The page cache is warm: this is a restart, not a reboot.
    std::io::copy(&mut std::fs::File::open(database(&seed.data_dir))?, &mut std::io::sink())?;
    let runs = 2 * plan.rounds - 1;
    let (mut starts, mut fills) = (Vec::new(), Vec::new());
    for run in 1..=runs {
        let began = Instant::now();
        let mut server = Server::keystead(&plan.server, seed)?;
        server.first_answer(seed)?;
        starts.push(began.elapsed().as_secs_f64() * 1e3);
        fills.push(server.filled()?);
        server.stop()?;
        eprintln!("bench: {} keys, start {run} of {runs}: {:.0} ms", seed.keys, starts[run - 1]);
        go_on()?;
    }
    let mut server = Server::keystead(&plan.server, seed)?;
    server.first_answer(seed)?;
    server.filled()?;
    let idle = server.resident_mib()?;
    Load::on(&server, seed, "start")?.run(plan.length)?;
    let loaded = server.resident_mib()?;
    server.stop()?;
    let database = std::fs::metadata(database(&seed.data_dir))?.len() / (1024 * 1024);
    Ok(Row { keys: seed.keys, database, starts, filled: median(fills), idle, loaded })
}

pub fn table(plan: &Plan, rows: &[Row]) -> String {
    let mut text = format!(
        "### Start and memory\n\nFrom spawning the process to its first verified request, and until all keys are in memory, {} runs, page cache warm; memory is resident,\n\
         when all keys are in memory and after {} s of load.\n\n\
         | keys | database | start, median | slowest | filled after | memory idle | memory after load |\n|--:|--:|--:|--:|--:|--:|--:|\n",
        2 * plan.rounds - 1,
        plan.length.as_secs(),
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} MiB | {:.0} ms | {:.0} ms | {:.0} ms | {:.0} MiB | {:.0} MiB |",
            grouped(row.keys.into()),
            row.database,
            median(row.starts.iter().copied()),
            row.starts.iter().copied().fold(0.0, f64::max),
            row.filled,
            row.idle,
            row.loaded,
        );
    }
    if let [first, .., last] = rows {
        let more = f64::from(last.keys - first.keys);
        let bytes = |of: fn(&Row) -> f64| (of(last) - of(first)) * 1024.0 * 1024.0 / more;
        let (idle, loaded) = (bytes(|row| row.idle), bytes(|row| row.loaded));
        let _ = writeln!(
            text,
            "\nFor each key **{idle:.0} bytes** idle, {loaded:.0} after load, its owner's share included."
        );
    }
    text
}
