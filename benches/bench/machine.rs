//! Which machine the figures are from, and the words for numbers.

use std::path::Path;

use keystead::base::{Clock, Timestamp};

use crate::Outcome;

/// The heading: version, day, processor, system, and the file system that `home` is on.
pub fn heading(home: &Path) -> Outcome<String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let value = |line: &str| line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned());
    let model = info.lines().find(|line| line.starts_with("model name")).map_or("unknown processor".into(), value);
    let cores = std::thread::available_parallelism()?;
    let memory = read("/proc/meminfo");
    let memory_kib: u64 = memory.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or_default();
    let today = Timestamp(Clock::system().now_ms()).to_string();
    Ok(format!(
        "## Keystead {}, {}: {model}, {cores} cores, {} GiB, Linux {}, {}\n",
        env!("CARGO_PKG_VERSION"),
        &today[..10],
        (memory_kib + 512 * 1024) / (1024 * 1024),
        read("/proc/sys/kernel/osrelease").trim(),
        file_system(home, &read("/proc/self/mounts")),
    ))
}

/// The type of the mount that is nearest above `path`; of two on one place the later one holds.
fn file_system<'a>(path: &Path, mounts: &'a str) -> &'a str {
    let mut nearest = ("", "unknown file system");
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        if let (Some(place), Some(kind)) = (words.next(), words.next())
            && path.starts_with(place)
            && place.len() >= nearest.0.len()
        {
            nearest = (place, kind);
        }
    }
    nearest.1
}

/// The middle one, or the mean of the two in the middle. 0 of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = values.into_iter().collect();
    all.sort_by(f64::total_cmp);
    match all.len() {
        0 => 0.0,
        n => f64::midpoint(all[(n - 1) / 2], all[n / 2]),
    }
}

/// A whole number as people read it: `1,000,000`.
pub fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
