//! Durable creates over HTTP, by one client and by 64, in turn with a plain loop of appending and syncing on the same disk.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::machine::{grouped, median};
use crate::seed::{SCOPE, Seed};
use crate::server::Server;
use crate::{Outcome, Plan, go_on};

/// Clients that ask at once, so that commits are shared.
pub const SHARED: usize = 64;

pub fn measure(plan: &Plan, seed: &Seed) -> Outcome<String> {
    let mut server = Server::keystead(&plan.server, seed)?;
    server.first_answer(seed)?;
    let (mut syncs, mut one, mut shared) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=plan.rounds {
        syncs.push(sync_loop(plan, seed)?);
        one.push(create(server.address, seed, 1, plan.length)?);
        shared.push(create(server.address, seed, SHARED, plan.length)?);
        let last = |all: &[f64]| grouped(all.last().copied().unwrap_or_default());
        eprintln!(
            "bench: creates, round {round} of {}: {}/s by one, {}/s by {SHARED}, {} syncs/s",
            plan.rounds,
            last(&one),
            last(&shared),
            last(&syncs)
        );
    }
    server.stop()?;
    let ratio = |ours: &[f64], other: &[f64]| median(ours.iter().zip(other).map(|(ours, other)| ours / other));
    let (gain, to_disk, shared_to_disk) = (ratio(&shared, &one), ratio(&one, &syncs), ratio(&shared, &syncs));
    Ok(format!(
        "### Durable creates\n\nEvery answered create is on disk. {} s each, {} rounds in turn, medians.\n\n\
         | | per second | to one by one | to the plain loop |\n|---|--:|--:|--:|\n\
         | plain loop: append 4 KiB, fdatasync | {} | | 1 |\n\
         | creates, 1 client | {} | 1 | {to_disk:.2} |\n\
         | creates, {SHARED} clients | {} | **{gain:.1}** | {shared_to_disk:.1} |\n",
        plan.length.as_secs(),
        plan.rounds,
        grouped(median(syncs)),
        grouped(median(one)),
        grouped(median(shared)),
    ))
}

/// What the disk gives: appends of a page, each on disk before the next, beside the database.
pub fn sync_loop(plan: &Plan, seed: &Seed) -> Outcome<f64> {
    let path = seed.data_dir.join("sync-loop");
    let mut file = File::create(&path)?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < plan.length {
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    go_on()?;
    Ok(rate)
}

/// So many clients, each for its own user.
fn create(address: SocketAddr, seed: &Seed, clients: usize, length: Duration) -> Outcome<f64> {
    let user = |n: usize| &seed.users[n % seed.users.len()];
    rate(address, clients, length, |client, n, until| create_in_turn(client, user(n), seed, until))
}

/// Requests a second of so many clients, each on its own connection, one request after the other. `ask` is told which client it is, asks
/// until that time, and counts.
pub fn rate(
    address: SocketAddr,
    clients: usize,
    length: Duration,
    ask: impl Fn(Client, usize, Instant) -> Outcome<u32> + Sync,
) -> Outcome<f64> {
    let connections = (0..clients).map(|_| Client::connect(address)).collect::<Outcome<Vec<_>>>()?;
    let began = Instant::now();
    let counts: Vec<Outcome<u32>> = std::thread::scope(|threads| {
        let running: Vec<_> = connections
            .into_iter()
            .enumerate()
            .map(|(n, client)| {
                let ask = &ask;
                threads.spawn(move || ask(client, n, began + length))
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a client panicked".into()))).collect()
    });
    let elapsed = began.elapsed();
    let mut all = 0;
    for count in counts {
        all += count?;
    }
    go_on()?;
    Ok(f64::from(all) / elapsed.as_secs_f64())
}

fn create_in_turn(mut client: Client, user: &str, seed: &Seed, until: Instant) -> Outcome<u32> {
    let path = format!("/v1/users/{user}/api-keys");
    let body = format!("{{\"description\": \"load\", \"expires_at\": null, \"scopes\": [\"{SCOPE}\"]}}");
    let mut count = 0;
    while Instant::now() < until {
        let answer = client.post(&path, seed.writer.expose(), &body)?;
        if answer.status != 201 {
            return Err(format!("a create was answered with status {}", answer.status).into());
        }
        count += 1;
    }
    Ok(count)
}
