//! Random bytes, SHA-256, HMAC, HKDF, sealing, signing: thin names over `ring`, and the only place that draws randomness.

use ring::rand::SecureRandom;
use ring::signature::{self, KeyPair};
use ring::{aead, digest, hkdf, hmac, rand};
use zeroize::Zeroizing;

use super::Secret;

pub const DIGEST_LEN: usize = 32;
pub const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A SHA-256 or HMAC-SHA-256 value.
pub type Digest = [u8; DIGEST_LEN];

/// `N` bytes of the system's random generator.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness")]
    let system = rand::SystemRandom::new();
    // getrandom(2) fails only where the kernel lacks it; going on without randomness is no option for anything here.
    system.fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// `prefix` and `len` random characters of `0-9A-Za-z`, each drawn uniformly: 5.95 bits a character.
pub fn random_text(prefix: &str, len: usize) -> Secret {
    let mut text = String::with_capacity(prefix.len() + len);
    text.push_str(prefix);
    while text.len() < prefix.len() + len {
        for byte in random::<64>() {
            // 248 is the largest multiple of 62 in a byte: what lies above would make the first digits likelier.
            if byte < 248 && text.len() < prefix.len() + len {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
    }
    Secret::new(text)
}

pub fn sha256(bytes: &[u8]) -> Digest {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// SHA-256 of what comes piece by piece.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Sha256 {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> Digest {
        self.0.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sha256")
    }
}

/// A key for HMAC-SHA-256 (RFC 2104), its inner and outer state computed once.
#[derive(Debug, Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// A key that is not derived from a master key: anything from no byte on.
    pub fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    pub fn sign(&self, bytes: &[u8]) -> Digest {
        hmac::sign(&self.0, bytes).as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }
}

/// HMAC-SHA-1 (RFC 2104), for one-time codes alone: authenticator apps know no other.
pub fn hmac_sha1(key: &[u8], bytes: &[u8]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    hmac::sign(&key, bytes).as_ref().try_into().expect("HMAC-SHA-1 gives 20 bytes")
}

/// A key for ChaCha20-Poly1305 (RFC 8439): what must be read again is kept sealed. Nonces are random, which is safe for 2³² seals
/// of one key (NIST SP 800-38D section 8.3 counts the same way).
#[derive(Debug, Clone)]
pub struct SealKey(aead::LessSafeKey);

impl SealKey {
    /// Nonce, ciphertext and tag: 28 bytes more than `plain`. Opens only for the same `about`, so that no row can take another's place.
    pub fn seal(&self, plain: &[u8], about: &[u8]) -> Vec<u8> {
        let nonce: [u8; aead::NONCE_LEN] = random();
        let mut text = Zeroizing::new(plain.to_vec());
        let tag = self
            .0
            .seal_in_place_separate_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(about), &mut text)
            .expect("what is sealed is far below 256 GiB");
        [&nonce, text.as_slice(), tag.as_ref()].concat()
    }

    /// `None` where it was not sealed with this key about this.
    pub fn open(&self, sealed: &[u8], about: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_first_chunk::<{ aead::NONCE_LEN }>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, aead::Aad::from(about), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

/// An Ed25519 key pair (RFC 8032), made from its 32 secret bytes.
#[derive(Debug)]
pub struct SignKey(signature::Ed25519KeyPair);

impl SignKey {
    /// `None` where these are not 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Option<Self> {
        signature::Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    pub fn public(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().expect("a public key of Ed25519 has 32 bytes")
    }

    /// 64 bytes.
    pub fn sign(&self, bytes: &[u8]) -> signature::Signature {
        self.0.sign(bytes)
    }
}

/// The 32 bytes from which every other key of an instance is derived.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(***)")
    }
}

impl MasterKey {
    pub fn generate() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// 64 hexadecimal digits, as [`MasterKey::to_hex`] writes them.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high << 4 | low).ok()?;
        }
        Some(Self(bytes))
    }

    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex(&*self.0))
    }

    /// A key of its own for each `label` (HKDF-SHA-256, RFC 5869, without salt).
    pub fn derive(&self, label: &str) -> HmacKey {
        let bytes = self.derive_bytes(label);
        HmacKey(hmac::Key::new(hmac::HMAC_SHA256, &*bytes))
    }

    /// The same for sealing.
    pub fn derive_seal(&self, label: &str) -> SealKey {
        let bytes = self.derive_bytes(label);
        let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &*bytes).expect("32 bytes, as the algorithm wants");
        SealKey(aead::LessSafeKey::new(key))
    }

    /// Names this master key without telling anything of it: kept in the database to notice a wrong one.
    pub fn fingerprint(&self) -> String {
        hex(&self.derive_bytes("keystead/fingerprint/v1")[..16])
    }

    fn derive_bytes(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0_u8; 32]);
        let info = [label.as_bytes()];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(&*self.0)
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *out))
            .expect("32 bytes are within HKDF's bound of 255 × 32");
        out
    }
}

/// Are they the same? Takes as long wherever they differ.
pub fn same(one: &Digest, other: &Digest) -> bool {
    let differing = one.iter().zip(other).fold(0, |bits, (one, other)| bits | (one ^ other));
    std::hint::black_box(differing) == 0
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("a String takes everything");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_reads_back_and_derives_apart() {
        let key = MasterKey::generate();
        let again = MasterKey::from_hex(&key.to_hex()).expect("own text");
        assert_eq!(key.fingerprint(), again.fingerprint());
        assert_eq!(key.derive("a").sign(b"x"), again.derive("a").sign(b"x"));
        assert_ne!(key.derive("a").sign(b"x"), key.derive("b").sign(b"x"));
        assert!(MasterKey::from_hex("00").is_none());
        assert!(MasterKey::from_hex(&"zz".repeat(32)).is_none());
    }

    #[test]
    fn hkdf_and_hmac_agree_with_an_independent_implementation() {
        // Made with Python's hmac and hashlib, from the RFC's definitions.
        let key = MasterKey::from_hex(&"0b".repeat(32)).expect("hex");
        assert_eq!(hex(&*key.derive_bytes("label")), KNOWN_OKM);
        assert_eq!(hex(&key.derive("label").sign(b"message")), KNOWN_MAC);
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_about_the_same_thing_and_never_looks_alike() {
        let master = MasterKey::generate();
        let key = master.derive_seal("a");
        let sealed = key.seal(b"secret", b"usr_1");
        assert_eq!(sealed.len(), 6 + 28);
        assert_ne!(sealed, key.seal(b"secret", b"usr_1"));
        assert_eq!(key.open(&sealed, b"usr_1").expect("its own").as_slice(), b"secret");
        assert!(key.open(&sealed, b"usr_2").is_none());
        assert!(master.derive_seal("b").open(&sealed, b"usr_1").is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&changed, b"usr_1").is_none());
            assert!(key.open(&sealed[..at], b"usr_1").is_none());
        }
    }

    const KNOWN_OKM: &str = "b9353292f1f5b8de7612eb413046cf02268318c8b1ec020e2e50f050bd2cb646";
    const KNOWN_MAC: &str = "82404dc98ef43f1dd7ddc10a593e8055fbea0e2badf5c284323dbc4794373e1c";
}
