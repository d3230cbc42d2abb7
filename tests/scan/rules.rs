//! Every rule in the binary does what its examples say, through the scanner itself; files of rules are read whole or refused with a reason.

use keystead::config::Prefixes;
use keystead::scan::matcher::Tiers;
use keystead::scan::{Rules, Scanner, Scratch, Tier};

use crate::kit::{self, Folder};

const BUILT_IN: &str = include_str!("../../config/rules.toml");

fn scanner(rules: &Rules) -> Scanner {
    Scanner::new(rules, &Prefixes::built_in(), Tiers { own: false, vendor: true, generic: true })
}

/// What the scanner finds in a text, by rule.
fn found(scanner: &Scanner, text: &str) -> Vec<String> {
    let found = scanner.look(text.as_bytes(), None, &mut Scratch::default());
    found.hits.iter().map(|hit| hit.rule.id.to_string()).collect()
}

fn refused(file: &str) -> String {
    Rules::built_in().with_file(file).expect_err("it must be refused").to_string()
}

#[test]
fn there_are_many_rules_and_each_has_all_that_a_person_needs() {
    let rules = Rules::built_in();
    let vendors = rules.all().iter().filter(|rule| rule.tier == Tier::Vendor).count();
    assert!(vendors >= 150, "{vendors}");
    let mut ids: Vec<_> = rules.all().iter().map(|rule| &rule.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), rules.all().len(), "ids are unique");
    for rule in rules.all() {
        assert!(!rule.references.is_empty() && rule.remedy.is_some(), "{}: references and a remedy", rule.id);
        assert!(rule.matches().count() > 0 && rule.silent().count() > 0, "{}: examples of both kinds", rule.id);
        assert!(rule.references.iter().all(|reference| reference.starts_with("https://")), "{}", rule.id);
    }
}

#[test]
fn what_is_in_the_binary_is_what_the_file_says() {
    let built_in = Rules::built_in();
    let read = Rules::built_in().with_file(&format!("replace = true\n{BUILT_IN}")).expect("it reads as anybody's file");
    assert_eq!(format!("{:?}", read.all()), {
        for rule in built_in.all() {
            rule.compiles().expect("it compiles");
        }
        format!("{:?}", built_in.all())
    });
}

#[test]
fn each_rule_holds_its_own_examples() {
    let failures: Vec<String> = Rules::built_in()
        .all()
        .iter()
        .flat_map(|rule| rule.failures().into_iter().map(|why| format!("{}: {why}", rule.id)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_scanner_finds_what_each_rule_says_and_is_silent_where_it_says_so() {
    let rules = Rules::built_in();
    let scanner = scanner(&rules);
    let mut wrong = Vec::new();
    for rule in rules.all() {
        // The same value can be a match of a rule that says more of it.
        let blocks = |text: &str| {
            found(&scanner, text)
                .into_iter()
                .find(|id| rule.tier == Tier::Generic || rules.named(id).is_some_and(|rule| rule.tier == Tier::Vendor))
        };
        for (n, text) in rule.matches().enumerate() {
            if blocks(&text).is_none() {
                wrong.push(format!("{}: matches, example {}: {:?}", rule.id, n + 1, found(&scanner, &text)));
            }
        }
        for (n, text) in rule.silent().enumerate() {
            if let Some(id) = blocks(&text) {
                wrong.push(format!("{}: silent, example {}: {id}", rule.id, n + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_themselves_scan_clean() {
    let rules = Rules::built_in();
    assert_eq!(found(&scanner(&rules), BUILT_IN), Vec::<String>::new());
}

#[test]
fn a_wrong_checksum_is_no_token() {
    let scanner = scanner(&Rules::built_in());
    let token = kit::vendor_token();
    assert_eq!(found(&scanner, &format!("x {token} y")), ["github-pat"]);
    assert_eq!(found(&scanner, &format!("x {} y", kit::broken(&token))), Vec::<String>::new());
}

#[test]
fn a_file_extends_and_replaces_only_by_a_word() {
    let rule = "[[rule]]\nid = 'ours'\ndescription = 'Ours'\nanchors = ['ours_']\nregex = 'ours_[0-9]{8}'\n";
    let all = Rules::built_in().all().len();
    let count = |file: &str| Rules::built_in().with_file(file).expect("it reads").all().len();
    assert_eq!(count(rule), all + 1);
    assert_eq!(count(&format!("disable = ['jwt', 'npm-token']\n{rule}")), all - 1);
    assert_eq!(count(&format!("replace = true\n{rule}")), 1);
    assert!(refused("replace = true").contains("there is not one"));
    assert!(refused("disable = ['nosuch']").contains("`nosuch`"));
}

#[test]
fn a_wrong_file_is_refused_with_the_rule_and_what_to_do() {
    let rule = |more: &str| {
        format!("[[rule]]\nid = 'ours'\ndescription = 'Ours'\nanchors = ['ours_']\nregex = 'ours_'\n{more}")
    };
    for (file, says) in [
        (rule("keyword = 'x'"), "rule `ours`: unknown field `keyword`"),
        (rule("check = 'luhn'"), "there is no check `luhn`: there are no-filler"),
        (rule("group = 1"), "group is 1 and the regex has 0"),
        (rule("tier = 'a'"), "tier `a` is for keys of Keystead"),
        (rule("").replace("'ours_'\n", "'ours_('\n"), "rule `ours`: regex: unclosed group"),
        (rule("").replace("['ours_']", "['o']"), "the anchor `o`"),
        (rule("").replace("['ours_']", "[]"), "it has no anchor"),
        (rule("").replace("'ours'", "'github-pat'"), "two of the id `github-pat`"),
        (rule("").replace("'ours'", "'keystead-key'"), "belongs to the rules for keys of Keystead"),
        (rule("").replace("'ours'", "'Ours!'"), "small letters, digits and dashes"),
        ("[[rule]]\ndescription = 'x'".into(), "rule 1, which has no id: missing field `id`"),
        ("prefixes = []".into(), "`prefixes` is not known"),
        ("[[rule".into(), "this is no TOML"),
        (rule("regex2 = ''").replace("ours_'\nregex2 = ''", "(?:[a-z]{900}){900}'"), "exceeds size limit"),
    ] {
        let why = refused(&file);
        assert!(why.contains(says), "{why:?} should say {says:?}");
    }
    assert!(refused(&" ".repeat((1 << 20) + 1)).contains("split it"));
}

#[test]
fn the_command_lists_explains_and_checks() {
    let folder = Folder::new();
    let run = |args: &[&str]| folder.scan(args.iter().copied());
    let listed = run(&["rules", "list"]);
    assert!(
        listed.code == 0 && listed.stdout.contains("keystead-key") && listed.stdout.contains("aws-access-key-id"),
        "{listed:?}"
    );
    let explained = run(&["rules", "explain", "npm-token"]);
    assert!(
        explained.code == 0
            && explained.stdout.contains("crc32-base62")
            && explained.stdout.contains("npm token revoke"),
        "{explained:?}"
    );
    run(&["rules", "explain", "nosuch"]).failed("keystead scan rules list");
    let good = "[[rule]]\nid = 'ours'\ndescription = 'Ours'\nanchors = ['ours_']\nregex = 'ours_[0-9]{8}'\nmatches = ['ours_{{}}27182818']\nsilent = ['ours_']\n";
    folder.file("good.toml", good);
    assert_eq!(run(&["rules", "check", "good.toml"]).code, 0);
    folder.file("bad.toml", good.replace("{8}", "{9}"));
    let bad = run(&["rules", "check", "bad.toml"]);
    assert!(bad.code == 1 && bad.stdout.contains("ours: matches, example 1: the regex does not match"), "{bad:?}");
    run(&["rules", "check", "none.toml"]).failed("none.toml");
}

/// What people's own files in gitleaks' form are made of.
const THEIRS: &str = r#"
title = "shop"
[extend]
useDefault = true
disabledRules = ["jwt", "nosuch-there"]

[[rules]]
id = "Shop Token"
regex = '''(?i)shop[_-]?token\W{1,3}(['"]?)([a-z0-9]{20})\b'''
secretGroup = 2
keywords = ["SHOP"]
entropy = 3
tags = ["shop"]
  [[rules.allowlists]]
  regexTarget = "line"
  regexes = ['''# not real''']
  [[rules.allowlists]]
  condition = "AND"
  stopWords = ["abcde"]
  paths = ['''^docs/''']

[[rules]]
id = "first-group"
regex = '''first=(x)?([0-9]{6})'''
path = '''\.conf$'''

[[rules]]
id = "by-path"
path = '''\.p12$'''

[[rules]]
id = "npm-token"
[rules.allowlist]
stopwords = ["zzz"]

[[rules]]
id = "with-another"
regex = '''with=\Q{{\E[0-9]{8}'''
[[rules.required]]
id = "shop-token"
withinLines = 3

[[allowlists]]
description = "vectors"
paths = ['''^vectors/''']
commits = ["0123456789"]
"#;

#[test]
fn gitleaks_form_is_honoured_and_what_is_not_is_told() {
    let rules = Rules::built_in().with_file(THEIRS).expect("it reads");
    let told = rules.told().join("\n");
    for says in [
        "`nosuch-there`",
        "`Shop Token` is called `shop-token`",
        "`by-path` goes by the path alone",
        "`with-another` is taken without",
        "commits",
    ] {
        assert!(told.contains(says), "{told}\nshould say {says}");
    }
    assert!(rules.named("jwt").is_none() && rules.named("by-path").is_none() && rules.named("npm-token").is_some());
    let value = |id: &str, text: &str, name: &str| {
        let rule = rules.named(id).expect("it was read");
        rule.holds(text.as_bytes(), Some(name.as_bytes()))
            .map(|secret| String::from_utf8_lossy(secret.as_bytes()).into_owned())
    };
    let secret = "q7zk2mvx9lpr4tnwht3s";
    assert_eq!(value("shop-token", &format!("Shop-Token = {secret}"), "a").as_deref(), Some(secret));
    assert_eq!(value("shop-token", "shop_token = aaaaaaaaaaaaaaaaaaaa", "a"), None, "entropy");
    assert_eq!(value("shop-token", &format!("shop_token = {secret} # not real"), "a"), None, "the line");
    let stopped = "q7zk2mvx9labcdewht3s";
    assert_eq!(value("shop-token", &format!("shop_token = {stopped}"), "docs/a"), None, "word and path");
    assert_eq!(
        value("shop-token", &format!("shop_token = {stopped}"), "a").as_deref(),
        Some(stopped),
        "one of two is not enough"
    );
    assert_eq!(value("shop-token", &format!("shop_token = {secret}"), "vectors/a"), None, "for all rules");
    assert_eq!(value("first-group", "first=314159", "a.conf").as_deref(), Some("314159"));
    assert_eq!(value("first-group", "first=314159", "a.toml"), None, "the path");
    assert_eq!(value("with-another", "with={{31415926", "a").as_deref(), Some("with={{31415926"));
    let scanner = scanner(&rules);
    assert_eq!(found(&scanner, &format!("SHOP_TOKEN='{secret}'")), ["shop-token"]);
}

#[test]
fn what_gitleaks_form_cannot_say_here_is_refused() {
    for (file, says) in [
        ("[extend]\npath = 'x.toml'", "are not followed"),
        ("[[rules]]\nid = 'a'\nregex = 'a'\nkeyword = ['a']", "rule `a`: unknown field `keyword`"),
        ("[[rules]]\nregex = 'a'", "rule 1, which has no id"),
        ("[[rules]]\nid = 'a'\nregex = '(?=a)'", "rule `a`: regex:"),
        ("[[rules]]\nid = 'keystead-key'\nregex = 'a'", "choose another one"),
        ("[[allowlists]]\ndescription = 'none'", "this one has none"),
        ("[[allowlists]]\nregexes = ['a']\nregexTarget = 'file'", "secret, match or line"),
    ] {
        let why = refused(file);
        assert!(why.contains(says), "{why:?} should say {says:?}");
    }
}
