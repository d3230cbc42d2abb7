//! Passwords: what is taken for one, and hashing with argon2id. Nothing is cut, folded or normalised: a password is its bytes as they came.
//! A hash costs memory and time on purpose, so only a few are computed at once, away from the threads that serve, and a bounded number waits.
//! Whoever asks about an unknown person has the same work done as for a known one.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::People;
use crate::base::{Error, Result, Secret, crypto};

/// Characters that a password has at least (OWASP ASVS 5.0, 6.2.1).
pub const PASSWORD_MIN: usize = 8;
/// Bytes that a password has at most: a passphrase fits many times, a flood does not.
pub const PASSWORD_MAX: usize = 1024;
/// Words shorter than this may stand in a password even if they are somebody's name.
const CONTEXT_MIN: usize = 4;

/// Memory in KiB, passes and lanes: OWASP's first choice for argon2id, Password Storage Cheat Sheet.
const M_KIB: u32 = 19_456;
const T: u32 = 2;
const P: u32 = 1;

/// Hashes at once, at most: 4 × 19 MiB are 76 MiB.
const AT_ONCE_MAX: usize = 4;
/// Requests that wait for their turn: at 25 ms a hash the last of them waits for less than a second on two processors.
const WAITING_MAX: usize = 64;

/// See the head of the file.
const COMMON: &str = include_str!("common_passwords.txt");

/// What a password turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    Wrong,
    Right {
        /// The same password hashed with the parameters of today, where the kept hash has weaker ones: to be kept instead.
        renewed: Option<String>,
    },
}

/// Computes hashes, a few at once.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    /// Whoever is let in, running or waiting.
    room: Arc<Semaphore>,
    running: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

/// A place among those that are let in, and one among those that run.
struct Turn(OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Hasher {
    pub(super) fn new() -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get).min(AT_ONCE_MAX);
        Self {
            room: Arc::new(Semaphore::new(at_once + WAITING_MAX)),
            running: Arc::new(Semaphore::new(at_once)),
            computed: Arc::default(),
        }
    }

    /// Runs `work`, which computes `hashes` hashes, on a thread where it blocks nobody. `Busy` when too many wait already.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&AtomicU64) -> Result<T> + Send + 'static) -> Result<T> {
        let full = |_| Error::Busy { why: "too many sign-ins at once: try again in a second", source: None };
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(full)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        let (turn, computed) = (Turn(room, running), Arc::clone(&self.computed));
        // The turn goes along: a caller who hangs up gives it back only when the work is done.
        let done = tokio::task::spawn_blocking(move || {
            let Turn(_room, _running) = &turn;
            work(&computed)
        });
        done.await.map_err(Error::internal)?
    }
}

impl People {
    /// A new password as it is kept: argon2id in PHC form. `field` names it in a refusal. `context` is what anybody would try for this
    /// person (their e-mail, their name): a password that is little more than that is refused, like one of the most common ones.
    pub async fn hash_password(&self, field: &'static str, password: &Secret, context: &[&str]) -> Result<String> {
        check_password(field, password.expose(), context)?;
        let password = password.clone();
        self.hasher.run(move |computed| hash(&password, computed)).await
    }

    /// Is it the password that is kept as `kept`? Without one, because the person is unknown or has none, it is wrong, after the same work.
    pub async fn verify_password(&self, password: &Secret, kept: Option<String>) -> Result<Proof> {
        let password = password.clone();
        self.hasher.run(move |computed| verify(&password, kept.as_deref(), computed)).await
    }

    /// How many hashes were computed since the start.
    pub fn hashes_computed(&self) -> u64 {
        self.hasher.computed.load(Ordering::Relaxed)
    }
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(M_KIB, T, P, None).expect("OWASP's parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &Secret, computed: &AtomicU64) -> Result<String> {
    computed.fetch_add(1, Ordering::Relaxed);
    let salt: [u8; 16] = crypto::random();
    let hash: PasswordHash = argon2id()
        .hash_password_with_salt(password.expose().as_bytes(), &salt)
        .map_err(|error| Error::internal(format!("a password could not be hashed: {error}")))?;
    Ok(hash.to_string())
}

fn verify(password: &Secret, kept: Option<&str>, computed: &AtomicU64) -> Result<Proof> {
    // A hash of nothing, of the same cost: 16 and 32 bytes of zero. What is said of it does not count.
    let nobody = || format!("$argon2id$v=19$m={M_KIB},t={T},p={P}${}${}", "A".repeat(22), "A".repeat(43));
    // What is longer than any password can be is nobody's.
    let (password, kept) = match password.expose() {
        text if text.len() > PASSWORD_MAX => ("", None),
        text => (text, kept),
    };
    let text = kept.map_or_else(nobody, str::to_owned);
    let parsed = PasswordHash::new(&text).map_err(|error| unreadable(&error))?;
    computed.fetch_add(1, Ordering::Relaxed);
    let right = argon2id().verify_password(password.as_bytes(), &parsed).is_ok() && kept.is_some();
    if !right {
        return Ok(Proof::Wrong);
    }
    let params = Params::try_from(&parsed).map_err(|error| unreadable(&error))?;
    let weaker = params.m_cost() < M_KIB || params.t_cost() < T;
    let renewed = if weaker { Some(hash(&Secret::new(password.to_owned()), computed)?) } else { None };
    Ok(Proof::Right { renewed })
}

fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("a stored password hash cannot be read: {error}"))
}

/// Long enough, not one of the most common, and more than what anybody would try for this person. No rule says which characters.
fn check_password(field: &'static str, password: &str, context: &[&str]) -> Result<()> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(Error::refused(field, "is too short: 8 characters at least, and 15 or more are better"));
    }
    if password.len() > PASSWORD_MAX {
        return Err(Error::refused(field, "is too long: 1024 bytes at most"));
    }
    let common = |text: &str| COMMON.lines().any(|line| line == text);
    let lower = password.to_lowercase();
    if common(&lower) {
        return Err(Error::refused(field, "is one of the passwords that are tried first: choose another"));
    }
    let mut rest = lower;
    for word in context.iter().chain(&["keystead"]).flat_map(|text| text.split(|c: char| !c.is_alphanumeric())) {
        if word.chars().count() >= CONTEXT_MIN {
            rest = rest.replace(&word.to_lowercase(), "");
        }
    }
    if rest.chars().count() < PASSWORD_MIN || common(&rest) {
        return Err(Error::refused(
            field,
            "is easily guessed: without your name, your e-mail and the word keystead it must still be a password of 8 characters",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_characters_make_a_password_and_length_is_all_that_counts() {
        for fine in ["ocean up", "        . ", "пароль с пробелом", "🔑🔑🔑🔑🔑🔑🔑🔑", "ab\0cdefgh", &"x".repeat(1024)]
        {
            check_password("/password", fine, &["maya@example.com", "Maya Al"]).expect(fine);
        }
        for bad in ["", "seven c", "🔑🔑🔑🔑🔑🔑🔑", &"x".repeat(1025)] {
            assert!(check_password("/password", bad, &[]).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused_in_any_case() {
        let context = ["maya.lindqvist@example.com", "Maya"];
        for bad in [
            "password",
            "PassWord",
            "iloveyou",
            "lindqvist",
            "Lindqvist2027",
            "maya.lindqvist@example.com",
            "KeyStead1",
            "keystead-example",
            "mayapassword",
        ] {
            assert!(check_password("/password", bad, &context).is_err(), "{bad}");
        }
        check_password("/password", "lindqvist likes tall trees", &context).expect("there is more to it");
    }

    #[test]
    fn every_common_password_could_be_chosen_and_is_compared_as_it_stands() {
        let listed: Vec<&str> = COMMON.lines().filter(|line| !line.starts_with("# ")).collect();
        assert_eq!(listed.len(), 3000);
        assert!(listed.iter().all(|text| text.len() >= PASSWORD_MIN && *text == text.to_lowercase()));
    }

    #[test]
    fn a_hash_says_its_parameters_and_proves_its_password_alone() {
        let computed = AtomicU64::new(0);
        let secret = |text: &str| Secret::new(text.to_owned());
        let kept = hash(&secret("tall trees"), &computed).expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash(&secret("tall trees"), &computed).expect("a hash"), "each has a salt of its own");
        let proof = |text: &str, kept: Option<&str>| verify(&secret(text), kept, &computed).expect("a proof");
        assert_eq!(proof("tall trees", Some(&kept)), Proof::Right { renewed: None });
        for wrong in ["Tall trees", "tall trees ", "tall trees\0", "tall tree", "", &"x".repeat(2000)] {
            assert_eq!(proof(wrong, Some(&kept)), Proof::Wrong);
        }
        assert_eq!(proof("tall trees", None), Proof::Wrong);
        assert_eq!(computed.load(Ordering::Relaxed), 2 + 1 + 6 + 1, "each costs one hash, whoever it is about");
    }

    #[test]
    fn a_hash_with_weaker_parameters_is_renewed_once_the_password_is_known() {
        let computed = AtomicU64::new(0);
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(7168, 1, 1, None).expect("in bounds"));
        let kept = weak.hash_password_with_salt(b"tall trees", &[7; 16]).expect("a hash").to_string();
        let password = Secret::new("tall trees".to_owned());
        let Ok(Proof::Right { renewed: Some(renewed) }) = verify(&password, Some(&kept), &computed) else {
            panic!("the password is right and its hash is old")
        };
        assert_eq!(verify(&password, Some(&renewed), &computed).expect("a proof"), Proof::Right { renewed: None });
    }
}
