//! Verification over HTTP against the ceiling, in turn, so that whatever else the machine does falls on both.

use std::fmt::Write;
use std::time::Duration;

use crate::load::{CONNECTIONS, Figures, Load, THREADS};
use crate::machine::{grouped, median};
use crate::seed::Seed;
use crate::server::Server;
use crate::{Outcome, Plan};

const WARM_UP: Duration = Duration::from_secs(1);

/// One measurement of one server.
#[derive(Debug, Clone, Copy)]
struct Run {
    figures: Figures,
    cpu_us: f64,
}

/// All measurements at one size.
#[derive(Debug)]
pub struct Row {
    keys: u32,
    keystead: Vec<Run>,
    ceiling: Vec<Run>,
}

pub fn measure(plan: &Plan, seed: &Seed) -> Outcome<Row> {
    // The ceiling reads the database before Keystead opens it.
    let mut ceiling = Server::ceiling(seed)?;
    ceiling.first_answer(seed)?;
    let mut keystead = Server::keystead(&plan.server, seed)?;
    compare(&mut keystead, &mut ceiling, seed)?;
    let (ours, bare) = (Load::on(&keystead, seed, "keystead")?, Load::on(&ceiling, seed, "ceiling")?);
    let mut row = Row { keys: seed.keys, keystead: Vec::new(), ceiling: Vec::new() };
    ceiling.pause()?;
    for round in 1..=plan.rounds {
        row.keystead.push(run(plan, &keystead, &ours)?);
        keystead.pause()?;
        ceiling.resume()?;
        row.ceiling.push(run(plan, &ceiling, &bare)?);
        ceiling.pause()?;
        keystead.resume()?;
        let rate = |runs: &[Run]| grouped(runs.last().map_or(0.0, |run| run.figures.per_second));
        eprintln!(
            "bench: verify, {} keys, round {round} of {}: {}/s against {}/s",
            seed.keys,
            plan.rounds,
            rate(&row.keystead),
            rate(&row.ceiling)
        );
    }
    ceiling.resume()?;
    compare(&mut keystead, &mut ceiling, seed)?;
    keystead.stop()?;
    Ok(row)
}

/// Both answer the same bytes under the same headers, or the comparison means nothing. What Keystead counts is another number each time.
fn compare(keystead: &mut Server, ceiling: &mut Server, seed: &Seed) -> Outcome<()> {
    let ((mut ours, _), (mut bare, _)) = (keystead.first_answer(seed)?, ceiling.first_answer(seed)?);
    for (key, code) in &seed.few {
        let ours = ours.verify(seed.verifier.expose(), key, code)?;
        let bare = bare.verify(seed.verifier.expose(), key, code)?;
        let (our_body, bare_body) = (uncounted(&ours.body), uncounted(&bare.body));
        if our_body != bare_body {
            return Err(format!("the ceiling answers other bytes:\n{our_body}\n{bare_body}").into());
        }
        let lengths = |headers: &[(String, String)]| {
            let mut all: Vec<(String, usize)> =
                headers.iter().map(|(name, value)| (name.clone(), value.len())).collect();
            all.sort();
            all
        };
        if lengths(&ours.headers) != lengths(&bare.headers) {
            return Err(format!("the ceiling sends other headers:\n{:?}\n{:?}", ours.headers, bare.headers).into());
        }
    }
    Ok(())
}

/// An answer with the digits left out of what was counted.
fn uncounted(body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    for field in ["\"remaining\":", "\"reset_ms\":"] {
        if let Some((before, after)) = text.split_once(field) {
            text = format!("{before}{field}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
    }
    text
}

fn run(plan: &Plan, server: &Server, load: &Load) -> Outcome<Run> {
    load.run(WARM_UP)?;
    let before = server.cpu_us()?;
    let figures = load.run(plan.length)?;
    // A run takes seconds: its microseconds fit 32 bits.
    let cpu_us = f64::from(u32::try_from(server.cpu_us()? - before)?) / figures.requests;
    Ok(Run { figures, cpu_us })
}

impl Row {
    /// A ratio in each round, sorted.
    fn ratios(&self, of: impl Fn(&Run) -> f64) -> Vec<f64> {
        let mut all: Vec<f64> =
            self.keystead.iter().zip(&self.ceiling).map(|(ours, bare)| of(ours) / of(bare)).collect();
        all.sort_by(f64::total_cmp);
        all
    }
}

fn of(runs: &[Run], value: impl Fn(&Run) -> f64) -> f64 {
    median(runs.iter().map(value))
}

pub fn table(plan: &Plan, rows: &[Row]) -> String {
    let mut text = format!(
        "### Verify over HTTP\n\nThe caller is authenticated; each key has a scope that is asked for, a rate limit and a network that it is bound to, and its uses are counted;\n90 % of the keys asked for are valid, 5 % revoked, 5 % unknown. wrk on the same machine, {CONNECTIONS} connections, {THREADS} threads, {} s each, {} rounds in turn,\nmedians. The ceiling is a bare handler that parses the same body, does one SHA-256 and one look-up in a hash map, and serialises the same answer.\n\n",
        plan.length.as_secs(),
        plan.rounds
    );
    text.push_str("| keys | server | requests/s | p50 ms | p99 ms | CPU µs/request | requests/s to ceiling (each round) | CPU to ceiling | p99 to ceiling |\n");
    text.push_str("|--:|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for row in rows {
        let rates = row.ratios(|run| run.figures.per_second);
        let cpu = row.ratios(|run| run.cpu_us);
        let between = format!("{:.2}–{:.2}", rates.first().unwrap_or(&0.0), rates.last().unwrap_or(&0.0));
        let p99 = row.ratios(|run| run.figures.p99_us);
        let ratios = [
            format!("**{:.2}** ({between})", median(rates)),
            format!("{:.2}", median(cpu)),
            format!("{:.2}", median(p99)),
        ];
        for (name, runs, [rate, cpu, p99]) in
            [("Keystead", &row.keystead, ratios), ("ceiling", &row.ceiling, ["1".into(), "1".into(), "1".into()])]
        {
            let _ = writeln!(
                text,
                "| {} | {name} | {} | {:.2} | {:.2} | {:.1} | {rate} | {cpu} | {p99} |",
                grouped(row.keys.into()),
                grouped(of(runs, |run| run.figures.per_second)),
                of(runs, |run| run.figures.p50_us) / 1e3,
                of(runs, |run| run.figures.p99_us) / 1e3,
                of(runs, |run| run.cpu_us),
            );
        }
    }
    if let [first, .., last] = rows {
        let ratio = |value: &dyn Fn(&Run) -> f64| of(&last.keystead, value) / of(&first.keystead, value);
        let _ = writeln!(
            text,
            "\nKeystead with {} keys against itself with {}: **{:.2}** of the requests/s, {:.2} of the CPU time.",
            grouped(last.keys.into()),
            grouped(first.keys.into()),
            ratio(&|run| run.figures.per_second),
            ratio(&|run| run.cpu_us),
        );
    }
    text
}
