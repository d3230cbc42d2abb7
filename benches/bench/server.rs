//! A server under measurement: a child process with its port, its processor time and its memory. Killed on drop.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Answer, Client};
use crate::seed::Seed;
use crate::{Outcome, go_on};

/// The ceiling reads a million keys before it listens; Keystead folds its log and writes the last uses before it ends.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Keystead as it comes: no setting but where its data is and where it listens.
    pub fn keystead(binary: &Path, seed: &Seed) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(binary);
        command.arg("serve").arg("--data-dir").arg(&seed.data_dir).arg("--listen").arg(address.to_string());
        Self::spawn(command, address, seed.home.join("keystead.log"))
    }

    pub fn ceiling(seed: &Seed) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("ceiling").arg(&seed.data_dir).arg(address.to_string());
        Self::spawn(command, address, seed.home.join("ceiling.log"))
    }

    fn spawn(mut command: Command, address: SocketAddr, log: PathBuf) -> Outcome<Self> {
        let output = File::create(&log)?;
        // Without the environment: a setting of whoever runs this must not change the figures.
        command.env_clear().stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(Self { address, child: command.spawn()?, log })
    }

    /// Waits until it verifies a key, and gives the connection and the first answer.
    pub fn first_answer(&mut self, seed: &Seed) -> Outcome<(Client, Answer)> {
        let began = Instant::now();
        loop {
            if let Ok(mut client) = Client::connect(self.address) {
                let (key, code) = &seed.few[0];
                let answer = client.verify(seed.verifier.expose(), key, code)?;
                return Ok((client, answer));
            }
            if self.child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(&self.log).unwrap_or_default();
                return Err(format!("a server did not start; it said:\n{said}").into());
            }
            go_on()?;
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Processor time used so far, by the program and by the system for it, in µs. Linux counts it in hundredths of a second.
    pub fn cpu_us(&self) -> Outcome<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // Fields 14 and 15 of proc(5); the first that is left here is the third.
        let (Some(user), Some(system)) = (fields.get(11), fields.get(12)) else {
            return Err("/proc/…/stat is short".into());
        };
        Ok((user.parse::<u64>()? + system.parse::<u64>()?) * 10_000)
    }

    /// Resident memory, in MiB.
    pub fn resident_mib(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("/proc/…/status has no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }

    /// Waits until all keys are in memory, and gives how long that took after the start, by the server's own word.
    pub fn filled(&self) -> Outcome<f64> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let said = std::fs::read_to_string(&self.log)?;
            if let Some(line) = said.lines().find(|line| line.contains("all keys are in memory")) {
                let after = line.split("took_ms=").nth(1).and_then(|rest| rest.split_whitespace().next());
                return Ok(after.ok_or("the log does not say how long the filling took")?.parse()?);
            }
            go_on()?;
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("the keys were not brought into memory in time".into())
    }

    /// Stands still, so that what it has left to do in the background is not paid by the other.
    pub fn pause(&self) -> Outcome<()> {
        self.signal(Signal::STOP)
    }

    /// Goes on, and waits until it knows what time it is: both servers read the clock for their connections' time limits every half a second,
    /// and one that connects before that would be told that it was too slow (408).
    pub fn resume(&self) -> Outcome<()> {
        self.signal(Signal::CONT)?;
        std::thread::sleep(Duration::from_millis(600));
        Ok(())
    }

    /// Asks it to end, and waits.
    pub fn stop(mut self) -> Outcome<()> {
        self.resume()?;
        self.signal(Signal::TERM)?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                return Err("a server did not stop".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Outcome<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).ok_or("a process without an id")?;
        Ok(kill_process(pid, signal)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
