//! Bech32 (BIP 173): the form of age's and Nostr's private keys, with a checksum over prefix and data.

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

pub(super) fn holds(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    // Mixed case is no Bech32.
    if lower != text && text.to_ascii_uppercase() != text {
        return false;
    }
    let Some(at) = memchr::memrchr(b'1', &lower) else { return false };
    let (prefix, data) = (&lower[..at], &lower[at + 1..]);
    let mut values: Vec<u8> = prefix.iter().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.iter().map(|byte| byte & 31));
    for byte in data {
        let Some(value) = ALPHABET.iter().position(|letter| letter == byte) else { return false };
        values.push(u8::try_from(value).expect("one of 32"));
    }
    polymod(&values) == 1
}

fn polymod(values: &[u8]) -> u32 {
    values.iter().fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let sum = ((sum & 0x01ff_ffff) << 5) ^ u32::from(*value);
        GENERATOR.iter().enumerate().fold(sum, |sum, (bit, term)| if (top >> bit) & 1 == 1 { sum ^ term } else { sum })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_vectors_of_its_specification_hold() {
        for right in [
            "A12UEL5L",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
        ] {
            assert!(super::holds(right.as_bytes()), "{right}");
        }
        for wrong in ["A12UEL5M", "a12UEL5L", "", "1", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxx"] {
            assert!(!super::holds(wrong.as_bytes()), "{wrong}");
        }
    }
}
