//! What goes on inside the servers of this process while tests run: panics on their threads, and everything that they log.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Panics on servers' threads so far.
pub fn panics() -> usize {
    PANICS.load(Ordering::SeqCst)
}

/// All that was logged by all servers of this process, at the finest level.
pub static LOG: Log = Log(Mutex::new(Vec::new()));

#[derive(Debug)]
pub struct Log(Mutex<Vec<u8>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Counts panics on servers' threads, and captures the log. Tests' own threads may panic: that is how they fail.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            if ["actix", "store-", "kit-"].iter().any(|kind| thread.name().is_none_or(|name| name.starts_with(kind))) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            usual(panic);
        }));
        let log = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE);
        log.with_writer(|| &LOG).try_init().expect("nobody else captures the log");
    });
}
