//! Runs programs in turn, and tells the medians.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, machine};

/// One program at one work.
pub struct Contender {
    pub name: String,
    /// The others are told as ratios to it.
    pub is_limit: bool,
    /// Before each run, not counted.
    pub before: Option<Box<dyn Fn() -> Outcome<()>>>,
    pub command: Vec<String>,
    pub folder: PathBuf,
}

#[derive(Debug, Default)]
struct Taken {
    wall_s: Vec<f64>,
    processor_s: Vec<f64>,
    memory_mib: Vec<f64>,
    code: Option<i32>,
}

pub fn alternating(title: &str, contenders: &[Contender], rounds: u32) -> Outcome<()> {
    let mut taken: Vec<Taken> = contenders.iter().map(|_| Taken::default()).collect();
    // The first round warms caches up, and is not told.
    for round in 0..=rounds {
        for (contender, taken) in contenders.iter().zip(&mut taken) {
            if let Some(before) = &contender.before {
                before()?;
            }
            let one = once(contender)?;
            if round > 0 {
                taken.wall_s.push(one.0);
                taken.processor_s.push(one.1);
                taken.memory_mib.push(one.2);
            }
            taken.code = one.3;
        }
    }
    let limit = contenders.iter().position(|contender| contender.is_limit);
    let limit_s = limit.map(|limit| machine::median(taken[limit].wall_s.iter().copied()));
    for (contender, taken) in contenders.iter().zip(&taken) {
        let wall_s = machine::median(taken.wall_s.iter().copied());
        let ratio = limit_s.map_or("-".to_owned(), |limit_s| format!("{:.2}", wall_s / limit_s));
        println!(
            "| {title} | {} | {wall_s:.4} | {ratio} | {:.3} | {:.0} | {} |",
            contender.name,
            machine::median(taken.processor_s.iter().copied()),
            machine::median(taken.memory_mib.iter().copied()),
            taken.code.map_or("-".to_owned(), |code| code.to_string()),
        );
    }
    Ok(())
}

/// Wall clock in seconds, processor seconds of it and its children, the most memory of the program itself in MiB, exit code.
fn once(contender: &Contender) -> Outcome<(f64, f64, f64, Option<i32>)> {
    let (program, args) = contender.command.split_first().ok_or("a program")?;
    let mut command = Command::new(program);
    command.args(args).current_dir(&contender.folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let before_s = children_s()?;
    let began = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    let memory = watch(&child);
    let status = child.wait()?;
    let wall_s = began.elapsed().as_secs_f64();
    let memory_mib = memory.join().map_err(|_| "the watch of memory ended badly")?;
    Ok((wall_s, children_s()? - before_s, memory_mib, status.code()))
}

/// Looks at the high-water mark until the process is gone.
fn watch(child: &Child) -> std::thread::JoinHandle<f64> {
    let path = format!("/proc/{}/status", child.id());
    std::thread::spawn(move || {
        let mut most = 0.0;
        while let Ok(text) = std::fs::read_to_string(&path) {
            let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else { break };
            let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok());
            most = f64::max(most, kib.unwrap_or_default() / 1024.0);
            std::thread::sleep(Duration::from_millis(2));
        }
        most
    })
}

/// Processor time of all children that ended, in hundredths (proc_pid_stat(5): cutime, cstime).
fn children_s() -> Outcome<f64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(13) + ticks(14)) / 100.0)
}
