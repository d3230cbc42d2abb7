//! The only reader of the wall clock. Everything that needs the time is handed a [`Clock`], so that a test can move it.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMs = i64;

pub const SECOND_MS: i64 = 1_000;
pub const DAY_MS: i64 = 86_400 * SECOND_MS;

#[derive(Debug, Clone, Default)]
pub struct Clock {
    #[cfg(feature = "test-clock")]
    fixed: Option<std::sync::Arc<std::sync::Mutex<Fixed>>>,
    #[cfg(feature = "test-clock")]
    ahead: Option<std::sync::Arc<Ahead>>,
}

/// Both clocks of a test: the wall clock also goes back, the monotonic one does not.
#[cfg(feature = "test-clock")]
#[derive(Debug)]
struct Fixed {
    wall: UnixMs,
    monotonic_ns: u64,
}

/// How far a whole program is ahead of its machine: the number of milliseconds in a file, read whenever it asks for the time; 0 where there
/// is no such file, or no number in it. So a test in another process moves it; whoever writes the file puts it there whole, by a rename.
#[cfg(feature = "test-clock")]
#[derive(Debug)]
struct Ahead {
    file: std::path::PathBuf,
    /// The latest that the monotonic clock has said.
    latest_ns: std::sync::atomic::AtomicU64,
}

/// Why locking the movable clock cannot fail; and, as `now_ms` speaks it, the name that a binary with such a clock has inside.
/// tests/cli/release.rs looks for it.
#[cfg(feature = "test-clock")]
const NAME: &str = "keystead_test_clock: nobody panics while moving it";

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// The time now. A clock before 1970 reads as 1970: keys then expire late rather than the process dying.
    pub fn now_ms(&self) -> UnixMs {
        #[cfg(feature = "test-clock")]
        if let Some(fixed) = &self.fixed {
            return fixed.lock().expect(NAME).wall;
        }
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the wall clock")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        #[cfg(feature = "test-clock")]
        let now = now.saturating_add(self.ahead.as_ref().map_or(0, |ahead| ahead.ms()));
        now
    }

    /// Nanoseconds since some moment of this process, never less than before, whatever happens to the wall clock. 584 years fit.
    pub fn monotonic_ns(&self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        #[cfg(feature = "test-clock")]
        if let Some(fixed) = &self.fixed {
            return fixed.lock().expect(NAME).monotonic_ns;
        }
        let now = u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX);
        #[cfg(feature = "test-clock")]
        let now = self.ahead.as_ref().map_or(now, |ahead| ahead.not_before(now));
        now
    }
}

#[cfg(feature = "test-clock")]
impl Clock {
    /// A clock that stands still until [`Clock::advance_ms`] moves it; clones share it.
    pub fn fixed(at: UnixMs) -> Self {
        let fixed = std::sync::Mutex::new(Fixed { wall: at, monotonic_ns: 0 });
        Self { fixed: Some(std::sync::Arc::new(fixed)), ahead: None }
    }

    /// The system's clock, as far ahead as this file says at any moment.
    pub fn ahead_by(file: std::path::PathBuf) -> Self {
        let latest_ns = std::sync::atomic::AtomicU64::new(0);
        Self { fixed: None, ahead: Some(std::sync::Arc::new(Ahead { file, latest_ns })) }
    }

    /// Time passes; a negative step sets the wall clock back.
    ///
    /// # Panics
    /// Never: nothing panics while it holds the lock.
    pub fn advance_ms(&self, by: i64) {
        if let Some(fixed) = &self.fixed {
            let mut fixed = fixed.lock().expect(NAME);
            fixed.wall += by;
            fixed.monotonic_ns += u64::try_from(by).unwrap_or(0) * 1_000_000;
        }
    }
}

#[cfg(feature = "test-clock")]
impl Ahead {
    fn ms(&self) -> i64 {
        std::fs::read_to_string(&self.file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// The monotonic clock goes ahead with the other, and never back with it.
    fn not_before(&self, now_ns: u64) -> u64 {
        let ahead_ns = u64::try_from(self.ms()).unwrap_or(0).saturating_mul(1_000_000);
        let now = now_ns.saturating_add(ahead_ns);
        self.latest_ns.fetch_max(now, std::sync::atomic::Ordering::Relaxed).max(now)
    }
}
