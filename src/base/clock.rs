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
}

/// Both clocks of a test: the wall clock also goes back, the monotonic one does not.
#[cfg(feature = "test-clock")]
#[derive(Debug)]
struct Fixed {
    wall: UnixMs,
    monotonic_ns: u64,
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
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    /// Nanoseconds since some moment of this process, never less than before, whatever happens to the wall clock. 584 years fit.
    pub fn monotonic_ns(&self) -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        #[cfg(feature = "test-clock")]
        if let Some(fixed) = &self.fixed {
            return fixed.lock().expect(NAME).monotonic_ns;
        }
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(feature = "test-clock")]
impl Clock {
    /// A clock that stands still until [`Clock::advance_ms`] moves it; clones share it.
    pub fn fixed(at: UnixMs) -> Self {
        Self { fixed: Some(std::sync::Arc::new(std::sync::Mutex::new(Fixed { wall: at, monotonic_ns: 0 }))) }
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
