//! Verifications of keys with credits over HTTP: by one client, by 64 with a key each, and by 64 with one key, in turn with a plain loop of
//! appending and syncing on the same disk. Each answer has spent a credit, and that is on disk.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::creates::{SHARED, rate, sync_loop};
use crate::machine::{grouped, median};
use crate::seed::{SCOPE, Seed};
use crate::server::Server;
use crate::{Outcome, Plan};

pub fn measure(plan: &Plan, seed: &Seed) -> Outcome<String> {
    let mut server = Server::keystead(&plan.server, seed)?;
    let (client, _) = server.first_answer(seed)?;
    let keys = paid_keys(client, seed)?;
    let (mut syncs, mut one, mut own, mut shared) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 1..=plan.rounds {
        syncs.push(sync_loop(plan, seed)?);
        one.push(spend(server.address, seed, &keys[..1], 1, plan.length)?);
        own.push(spend(server.address, seed, &keys, SHARED, plan.length)?);
        shared.push(spend(server.address, seed, &keys[..1], SHARED, plan.length)?);
        let last = |all: &[f64]| grouped(all.last().copied().unwrap_or_default());
        eprintln!(
            "bench: credits, round {round} of {}: {}/s by one, {}/s by {SHARED}, {}/s on one key, {} syncs/s",
            plan.rounds,
            last(&one),
            last(&own),
            last(&shared),
            last(&syncs)
        );
    }
    server.stop()?;
    let ratio = |ours: &[f64], other: &[f64]| median(ours.iter().zip(other).map(|(ours, other)| ours / other));
    let row = |name: &str, rates: &[f64]| {
        let (to_one, to_disk) = (ratio(rates, &one), ratio(rates, &syncs));
        format!("| {name} | {} | {to_one:.1} | {to_disk:.2} |\n", grouped(median(rates.iter().copied())))
    };
    Ok(format!(
        "### Verify with credits\n\nEvery answer has spent a credit, and that is on disk. {} s each, {} rounds in turn, medians.\n\n\
         | | per second | to one by one | to the plain loop |\n|---|--:|--:|--:|\n\
         | plain loop: append 4 KiB, fdatasync | {} | | 1 |\n{}{}{}",
        plan.length.as_secs(),
        plan.rounds,
        grouped(median(syncs.iter().copied())),
        row("1 client", &one),
        row(&format!("{SHARED} clients, a key each"), &own),
        row(&format!("{SHARED} clients, one key"), &shared),
    ))
}

/// A key for each client, with more credits than any run spends.
fn paid_keys(mut client: Client, seed: &Seed) -> Outcome<Vec<String>> {
    let body = format!(
        "{{\"description\": \"load\", \"expires_at\": null, \"scopes\": [\"{SCOPE}\"], \"credits\": {{\"remaining\": 1000000000000}}}}"
    );
    let mut make = |user: &String| -> Outcome<String> {
        let answer = client.post(&format!("/v1/users/{user}/api-keys"), seed.writer.expose(), &body)?;
        let made: serde_json::Value = serde_json::from_slice(&answer.body)?;
        Ok(made["data"]["secret"].as_str().ok_or("a key with credits could not be made")?.to_owned())
    };
    seed.users.iter().cycle().take(SHARED).map(&mut make).collect()
}

/// So many clients, each with the next of these keys.
fn spend(address: SocketAddr, seed: &Seed, keys: &[String], clients: usize, length: Duration) -> Outcome<f64> {
    rate(address, clients, length, |mut client, n, until| {
        let mut count = 0;
        while Instant::now() < until {
            client.verify(seed.verifier.expose(), &keys[n % keys.len()], "valid")?;
            count += 1;
        }
        Ok(count)
    })
}
