//! What a report does to the secret that it names. Pure: the same secret, report and switch always come to the same.

use super::{Exposure, Outcome, Proof};
use crate::config::LeakedKeys;
use crate::key::Exposed;

/// The first reason in this order that holds something back is told; where none does, the secret ends.
pub fn decide(exposed: &Exposed, proof: Proof, exposure: Exposure, policy: LeakedKeys) -> Outcome {
    if exposed.ended {
        return Outcome::AlreadyEnded;
    }
    // It is made to be seen.
    if exposed.is_public {
        return Outcome::Told;
    }
    // It was stopped before it left the machine.
    if exposure == Exposure::Local {
        return Outcome::Told;
    }
    // Others hold this hash: who shows it need never have seen the key.
    if exposed.imported && proof == Proof::Hash {
        return Outcome::Suspected;
    }
    match policy {
        LeakedKeys::Tell => Outcome::Told,
        LeakedKeys::Revoke if exposed.former => Outcome::SecretEnded,
        LeakedKeys::Revoke => Outcome::Revoked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Exposed;

    /// Every secret, report and switch: only what the design names ends anything.
    #[test]
    fn a_secret_ends_where_its_possession_is_shown_beyond_a_machine_and_nowhere_else() {
        let mut ends = 0;
        for n in 0..16_u8 {
            let [is_public, former, imported, ended] = [1, 2, 4, 8].map(|bit| n & bit != 0);
            let exposed = Exposed::for_tests([is_public, former, imported, ended]);
            for proof in [Proof::Secret, Proof::Hash] {
                for exposure in Exposure::ALL {
                    for policy in [LeakedKeys::Revoke, LeakedKeys::Tell] {
                        let outcome = decide(&exposed, proof, exposure, policy);
                        let may = !is_public
                            && !ended
                            && exposure != Exposure::Local
                            && policy == LeakedKeys::Revoke
                            && (proof == Proof::Secret || !imported);
                        assert_eq!(outcome.ends(), may, "{exposed:?} {proof:?} {exposure:?} {policy:?}");
                        if may {
                            ends += 1;
                            let expected = if former { Outcome::SecretEnded } else { Outcome::Revoked };
                            assert_eq!(outcome, expected);
                        } else if ended {
                            assert_eq!(outcome, Outcome::AlreadyEnded);
                        }
                    }
                }
            }
        }
        assert_eq!(ends, 12);
    }

    #[test]
    fn a_hash_that_others_hold_is_suspected_whatever_the_switch_says() {
        let imported = Exposed::for_tests([false, false, true, false]);
        for policy in [LeakedKeys::Revoke, LeakedKeys::Tell] {
            assert_eq!(decide(&imported, Proof::Hash, Exposure::Public, policy), Outcome::Suspected);
        }
        assert_eq!(decide(&imported, Proof::Hash, Exposure::Local, LeakedKeys::Revoke), Outcome::Told);
    }
}
