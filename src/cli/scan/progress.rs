//! How far a scan has come, on a terminal alone: one line that is written over until the scan ends.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::cli::out;
use crate::scan::Progress;

/// Between two looks; a scan that ends before the first one shows nothing.
const PAUSE: Duration = Duration::from_millis(200);

/// Does the work, and shows how far it is meanwhile.
pub fn shown<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (working, ended) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut is_shown = false;
            while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                out::progress(&line(progress));
                is_shown = true;
            }
            if is_shown {
                out::progress("");
            }
        });
        // Dropped with the work's end, be it a panic.
        let _working = working;
        work()
    })
}

fn line(progress: &Progress) -> String {
    let [total, done, bytes] =
        [&progress.total, &progress.done, &progress.bytes].map(|number| number.load(Ordering::Relaxed));
    let megabytes = bytes / 1_000_000;
    match done.saturating_mul(100).checked_div(total) {
        Some(percent) => format!("{done} of {total} looked into ({}%), {megabytes} MB", percent.min(100)),
        None => format!("{done} looked into, {megabytes} MB"),
    }
}
