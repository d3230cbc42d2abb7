//! An import over HTTP: 100,000 lines in one request, and what verifications take meanwhile.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use keystead::base::crypto::{hex, sha256};

use crate::client::Client;
use crate::machine::grouped;
use crate::seed::Seed;
use crate::server::Server;
use crate::{Outcome, Plan, go_on};

const LINES: u32 = 100_000;
const LINES_QUICK: u32 = 5_000;

pub fn measure(plan: &Plan, seed: &Seed) -> Outcome<String> {
    let lines = if plan.rounds == 1 { LINES_QUICK } else { LINES };
    let mut server = Server::keystead(&plan.server, seed)?;
    server.first_answer(seed)?;
    let alone = verify_until(server.address, seed, |began| began.elapsed() > plan.length)?;
    let body = body(seed, lines);
    let (done, cpu) = (AtomicBool::new(false), server.cpu_us()?);
    let began = Instant::now();
    let (meanwhile, imported) = std::thread::scope(|threads| {
        let verifying = threads.spawn(|| verify_until(server.address, seed, |_| done.load(Ordering::Relaxed)));
        let imported = import(server.address, seed, &body);
        done.store(true, Ordering::Relaxed);
        (verifying.join().unwrap_or_else(|_| Err("the verifying client panicked".into())), imported)
    });
    let took = began.elapsed();
    let cpu = Duration::from_micros(server.cpu_us()? - cpu);
    let said = imported?;
    if !said.contains(&format!("\"imported\":{lines},")) || !said.contains("\"complete\":true") {
        return Err(format!("the import did not bring all lines in: {said}").into());
    }
    let meanwhile = meanwhile?;
    server.stop()?;
    go_on()?;
    Ok(format!(
        "### Import\n\n{} lines ({} MiB) in one request, each key with its audit event, every batch on disk before it is reported.\n\n\
         | | |\n|---|--:|\n| took | {:.1} s |\n| keys per second | {} |\n| processor time of the server | {:.1} s |\n\
         | a verification, median and 99th percentile, before | {:.2} ms, {:.2} ms |\n| the same during the import | {:.2} ms, {:.2} ms |\n",
        grouped(f64::from(lines)),
        body.len() / (1024 * 1024),
        took.as_secs_f64(),
        grouped(f64::from(lines) / took.as_secs_f64()),
        cpu.as_secs_f64(),
        alone.0,
        alone.1,
        meanwhile.0,
        meanwhile.1,
    ))
}

/// Lines as an export of another system would be brought into our form.
fn body(seed: &Seed, lines: u32) -> String {
    let mut body = String::new();
    for n in 0..lines {
        let hash = hex(&sha256(format!("foreign_{n:08}").as_bytes()));
        let owner = &seed.users[n as usize % seed.users.len()];
        let _ = writeln!(
            body,
            "{{\"hash\":\"{hash}\",\"algorithm\":\"sha256\",\"encoding\":\"hex\",\"prefix\":\"foreign_\",\"name\":\"key {n:08}\",\
             \"owner\":{{\"type\":\"user\",\"id\":\"{owner}\"}},\"expires_at\":null,\"scopes\":[\"invoices:read\"],\"metadata\":{{\"plan\":\"pro\"}}}}"
        );
    }
    body
}

/// Sends while it reads. Answers the last line.
fn import(address: SocketAddr, seed: &Seed, body: &str) -> Outcome<String> {
    let mut stream = TcpStream::connect(address)?;
    let head = format!(
        "POST /v1/api-keys/import HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        seed.writer.expose(),
        body.len()
    );
    let mut sending = stream.try_clone()?;
    std::thread::scope(|threads| {
        let sent =
            threads.spawn(move || sending.write_all(head.as_bytes()).and_then(|()| sending.write_all(body.as_bytes())));
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        sent.join().map_err(|_| "the sending thread panicked")??;
        let text = String::from_utf8_lossy(&answer);
        text.lines()
            .rev()
            .find(|line| line.contains("\"summary\""))
            .map(str::to_owned)
            .ok_or_else(|| "no summary".into())
    })
}

/// One client, one verification after the other: median and 99th percentile, in milliseconds.
fn verify_until(address: SocketAddr, seed: &Seed, ended: impl Fn(Instant) -> bool) -> Outcome<(f64, f64)> {
    let mut client = Client::connect(address)?;
    let (began, mut times) = (Instant::now(), Vec::new());
    while !ended(began) {
        let asked = Instant::now();
        let (key, code) = &seed.few[times.len() % seed.few.len()];
        client.verify(seed.verifier.expose(), key, code)?;
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    Ok((at(50), at(99)))
}
