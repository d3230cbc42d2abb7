//! The start with a large store: from spawning the process to its first verified request, and what it keeps in memory.

use std::time::{Duration, Instant};

use crate::load::Load;
use crate::machine::{grouped, median};
use crate::seed::{Seed, database};
use crate::server::Server;
use crate::{Outcome, Plan, go_on};

pub fn measure(plan: &Plan, seed: &Seed) -> Outcome<String> {
    // The page cache is warm: this is a restart, not a reboot.
    std::io::copy(&mut std::fs::File::open(database(&seed.data_dir))?, &mut std::io::sink())?;
    let runs = 2 * plan.rounds - 1;
    let mut starts = Vec::new();
    for run in 1..=runs {
        let began = Instant::now();
        let mut server = Server::keystead(&plan.server, seed)?;
        server.first_answer(seed)?;
        starts.push(began.elapsed().as_secs_f64() * 1e3);
        server.stop()?;
        eprintln!("bench: start {run} of {runs}: {:.0} ms", starts[run - 1]);
        go_on()?;
    }
    let mut server = Server::keystead(&plan.server, seed)?;
    server.first_answer(seed)?;
    std::thread::sleep(Duration::from_secs(1));
    let idle = server.resident_mib()?;
    Load::on(&server, seed, "start")?.run(plan.length)?;
    let loaded = server.resident_mib()?;
    server.stop()?;
    let size_mib = std::fs::metadata(database(&seed.data_dir))?.len() / (1024 * 1024);
    Ok(format!(
        "### Start\n\nFrom spawning the process to its first verified request, {runs} runs, page cache warm; memory is resident, after one request and after {} s of load.\n\n\
         | keys | database | start, median | slowest | memory idle | memory after load |\n|--:|--:|--:|--:|--:|--:|\n\
         | {} | {size_mib} MiB | {:.0} ms | {:.0} ms | {idle:.0} MiB | {loaded:.0} MiB |\n",
        plan.length.as_secs(),
        grouped(seed.keys.into()),
        median(starts.iter().copied()),
        starts.iter().copied().fold(0.0, f64::max),
    ))
}
