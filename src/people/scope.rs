//! What a scope is, and which one stands for others. An application invents its own (`invoices:read`); `keystead:` and `own:` are reserved
//! and mean something to us. `invoices:*` stands for every scope below `invoices:`, `*` for every scope of applications; neither ever for a
//! reserved one. Wherever scopes are compared, [`covers`] does it.

use crate::base::{Error, Field, Result};

/// Scopes on one key or owner.
pub const SCOPES_MAX: usize = 64;
/// Characters in a scope.
pub const SCOPE_LEN_MAX: usize = 64;

pub const VERIFY: &str = "keystead:verify";
pub const KEYS_READ: &str = "keystead:keys:read";
pub const KEYS_WRITE: &str = "keystead:keys:write";
pub const PEOPLE_READ: &str = "keystead:people:read";
pub const PEOPLE_WRITE: &str = "keystead:people:write";
pub const PORTAL: &str = "keystead:portal";
pub const LEAKS: &str = "keystead:leaks";
pub const USAGE: &str = "keystead:usage";
pub const AUDIT: &str = "keystead:audit";
/// All of the others.
pub const ADMIN: &str = "keystead:admin";
/// A holder may revoke any key of its owner.
pub const OWN_REVOKE: &str = "own:keys:revoke";
/// A holder may create and change keys of its owner, never beyond itself.
pub const OWN_WRITE: &str = "own:keys:write";

/// Scopes of a backend: they reach over all owners.
pub const BACKEND: [&str; 10] =
    [VERIFY, KEYS_READ, KEYS_WRITE, PEOPLE_READ, PEOPLE_WRITE, PORTAL, LEAKS, USAGE, AUDIT, ADMIN];
const OWN: [&str; 2] = [OWN_REVOKE, OWN_WRITE];

pub fn is_backend(scope: &str) -> bool {
    scope.starts_with("keystead:")
}

/// Neither an application nor a public key has these.
pub fn is_reserved(scope: &str) -> bool {
    is_backend(scope) || scope.starts_with("own:")
}

/// Does whoever holds `held` have `asked`? Both are well formed. Reflexive and transitive; a wildcard covers what is below it, narrower
/// wildcards among that, and not what it stands behind: `invoices:*` is not `invoices`.
pub fn covers(held: &str, asked: &str) -> bool {
    if held == asked {
        return true;
    }
    let Some(above) = held.strip_suffix('*') else { return false };
    asked.len() > above.len() && asked.starts_with(above) && !is_reserved(asked)
}

/// Does any of these cover it?
pub fn any_covers<S: AsRef<str>>(held: &[S], asked: &str) -> bool {
    held.iter().any(|held| covers(held.as_ref(), asked))
}

/// What both of these cover: of each pair the narrower one.
pub fn both(one: &[String], other: &[String]) -> Vec<String> {
    let of_one = one.iter().filter(|scope| any_covers(other, scope));
    let of_other = other.iter().filter(|scope| any_covers(one, scope));
    let mut shared: Vec<String> = of_one.chain(of_other).cloned().collect();
    shared.sort();
    shared.dedup();
    shared
}

/// Whatever an admin may grant: every scope of applications, and all reserved ones, which no wildcard stands for.
pub fn all() -> Vec<String> {
    std::iter::once("*").chain(BACKEND).chain(OWN).map(str::to_owned).collect()
}

/// Checks form and number, and gives them back sorted, each once.
pub fn check(field: &'static str, mut scopes: Vec<String>) -> Result<Vec<String>> {
    check_asked(field, &scopes)?;
    scopes.sort();
    scopes.dedup();
    Ok(scopes)
}

/// Checks form and number of scopes that somebody asks for.
pub fn check_asked(field: &'static str, scopes: &[String]) -> Result<()> {
    if scopes.len() > SCOPES_MAX {
        return Err(Error::refused(field, "too many scopes: 64 at most"));
    }
    for (n, scope) in scopes.iter().enumerate() {
        let refused = |why| Err(Error::Refused { field: Field::from_client([&field[1..], &n.to_string()]), why });
        if !well_formed(scope) {
            return refused(
                "a scope is words of a-z, A-Z, 0-9, _ - . / joined by colons, as in invoices:read, of which the last may be *; 64 characters at most",
            );
        }
        if is_reserved(scope) && !BACKEND.contains(&scope.as_str()) && !OWN.contains(&scope.as_str()) {
            return refused(
                "keystead: and own: are reserved: there is no such scope among them, and no wildcard over them",
            );
        }
    }
    Ok(())
}

/// The same for scopes that only applications give a meaning to.
pub fn check_applications(field: &'static str, scopes: Vec<String>) -> Result<Vec<String>> {
    if let Some(n) = scopes.iter().take(SCOPES_MAX).position(|scope| is_reserved(scope)) {
        let field = Field::from_client([&field[1..], &n.to_string()]);
        return Err(Error::Refused {
            field,
            why: "keystead: and own: scopes stand on keys themselves, and nowhere else",
        });
    }
    check(field, scopes)
}

/// The `*` stands only as the whole last word.
fn well_formed(scope: &str) -> bool {
    let named = match scope.strip_suffix('*') {
        Some("") => return true,
        Some(above) => above.strip_suffix(':'),
        None => Some(scope),
    };
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b));
    scope.len() <= SCOPE_LEN_MAX && named.is_some_and(|named| named.split(':').all(word))
}

/// What an owner may grant to its own keys: anything but the scopes of a backend.
pub fn check_grantable(scopes: Vec<String>) -> Result<Vec<String>> {
    let scopes = check("/scopes_grantable", scopes)?;
    if scopes.iter().any(|scope| is_backend(scope)) {
        return Err(Error::refused("/scopes_grantable", "an owner cannot grant keystead: scopes"));
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Scopes that are near to each other: few words, few lengths, reserved ones and look-alikes of them.
    fn scope() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec!["a", "aa", "b", "invoices", "keystead", "own", "admin"]);
        let words = (prop::collection::vec(word, 0..4), any::<bool>());
        let made = words.prop_map(|(words, wild)| {
            let words: Vec<&str> = words.into_iter().chain(wild.then_some("*")).collect();
            words.join(":")
        });
        let reserved = prop::sample::select([&BACKEND[..], &OWN[..]].concat()).prop_map(str::to_owned);
        prop_oneof![4 => made.prop_filter("well formed", |scope| check_asked("/s", std::slice::from_ref(scope)).is_ok()), 1 => reserved]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_two_lists_share_is_what_both_of_them_cover(
            one in prop::collection::vec(scope(), 0..5), other in prop::collection::vec(scope(), 0..5), asked in scope()
        ) {
            let shared = any_covers(&both(&one, &other), &asked);
            prop_assert_eq!(shared, any_covers(&one, &asked) && any_covers(&other, &asked));
        }

        #[test]
        fn an_admin_grants_every_scope_there_is(asked in scope()) {
            prop_assert!(any_covers(&all(), &asked));
        }

        #[test]
        fn covering_is_an_order_and_never_reaches_into_the_reserved(a in scope(), b in scope(), c in scope()) {
            prop_assert!(covers(&a, &a), "{a} is itself");
            prop_assert!(!(covers(&a, &b) && covers(&b, &c)) || covers(&a, &c), "{a} > {b} > {c}");
            prop_assert!(a == b || !(covers(&a, &b) && covers(&b, &a)), "{a} and {b}");
            if is_reserved(&b) || is_reserved(&a) || !a.ends_with('*') {
                prop_assert_eq!(covers(&a, &b), a == b, "only a wildcard covers another, and none a reserved one: {} {}", a, b);
            }
            // The same, word by word.
            if let Some(above) = a.strip_suffix('*').filter(|_| a != b && !is_reserved(&b)) {
                let (above, below): (Vec<&str>, Vec<&str>) = (above.split_terminator(':').collect(), b.split(':').collect());
                prop_assert_eq!(covers(&a, &b), below.len() > above.len() && below.starts_with(&above), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn a_wildcard_stands_for_what_is_below_it_and_for_nothing_else() {
        for (held, asked, fits) in [
            ("invoices:*", "invoices:read", true),
            ("invoices:*", "invoices:read:own", true),
            ("invoices:*", "invoices:read:*", true),
            ("invoices:*", "invoices:*", true),
            ("*", "invoices", true),
            ("*", "invoices:*", true),
            ("invoices:*", "invoices", false),
            ("invoices:*", "invoicesx:read", false),
            ("invoices:*", "*", false),
            ("invoices:read:*", "invoices:*", false),
            ("invoices:read", "invoices:*", false),
            ("*", "keystead:verify", false),
            ("*", "own:keys:write", false),
            ("keystead:admin", "keystead:verify", false),
        ] {
            assert_eq!(covers(held, asked), fits, "{held} {asked}");
        }
    }

    #[test]
    fn a_star_is_the_whole_last_word_or_no_scope() {
        for (scope, fine) in [
            ("*", true),
            ("a:*", true),
            ("a:b:*", true),
            ("", false),
            (":*", false),
            ("**", false),
            ("a*", false),
            ("a:b*", false),
            ("*:a", false),
            ("a:*:b", false),
            ("a:**", false),
            ("a::*", false),
            ("*:*", false),
            ("keystead:*", false),
            ("keystead:keys:*", false),
            ("own:*", false),
            ("own:keys:*", false),
        ] {
            assert_eq!(check("/scopes", vec![scope.to_owned()]).is_ok(), fine, "{scope}");
        }
    }
}
