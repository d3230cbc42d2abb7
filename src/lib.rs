//! Keystead: API keys without the footguns, as one binary. This page is the map of the code.
//!
//! # Three sentences
//!
//! **Ground** ([`base`], [`config`], [`store`]) knows nothing about keys. **Nouns** ([`event`], [`people`], [`key`], [`leak`], [`scan`]) hold every rule of the
//! product and know nothing about HTTP or the terminal. **Faces** ([`http`], [`work`], [`cli`]) turn a request, a tick or a command into one
//! call of a noun and turn the answer back.
//!
//! ```text
//! FACES    cli → http, work               cli starts the other two; http and work never import each other
//!          instance                       one opened instance: what the faces share. Two realms, each a store with the nouns over it:
//!                                         what is on disk, and the sandbox of test backends in memory
//! NOUNS    leak → key → people → event    a noun may use the nouns to its right
//!          scan → key::token              neither store nor network
//! GROUND   store → config → base          never imports a noun
//! ```
//!
//! `tests/floors.rs` holds this table against every `crate::` path; `clippy.toml` bans, each with its reason, what only one folder may do:
//! the wall clock outside `base::clock`, the environment outside `config`, databases outside `store`, randomness outside `base::crypto`.
//! One noun, one folder, the same file names: `mod.rs` has the types, `table.rs` the SQL, and each group of verbs has a file.
//!
//! # Walk A: verify a key
//!
//! ```text
//! 1 http/mod.rs       route → http/v1/verify.rs; in its usual form http/front.rs hands it over before the framework looks for a route
//! 2 http/guard/       the caller's credential is well formed, else 401
//! 3 key/token.rs      prefix, length, checksum: a malformed subject costs no look-up, unless keys of other systems were imported
//! 4 key/index.rs      the caller by digest and, unless malformed, the key by digest, out of memory; while that is being filled after a
//!                     start (work/fill.rs), what is not there yet is one job for a reader of the store
//! 5 key/verify.rs     the caller, always a key on disk, is admitted or refused first (key/callers.rs: a worker remembers the few that ask all
//!                     the time, as long as nothing has changed in the index); then, in the caller's realm,
//!                     judge(facts, ask, now) → code, pure, its cases in its test; key/restrict/ says where a key may be used, key/role.rs
//!                     what it may do besides its own scopes
//! 6 key/limit/        only if it is still valid: meters in memory, from all limits or from none
//! 7 key/credit.rs     only for keys with credits: spent by the writer, durable before the answer, commits shared with neighbours
//! 8 key/usage/        last use and count noted in memory; work/flush.rs writes both once a second, work/fold.rs sums counts up into days
//! 9 http/v1/verified.rs  200 and the verdict, written from what memory has. A bad key is data, not an error
//! ```
//!
//! A gateway comes in by `http/gateway/` instead of 1 and 2, with a secret of the configuration, and out by it instead of the last: the same
//! verdict as a status and headers.
//!
//! # Walk B: change a key
//!
//! ```text
//! 1 http/guard/       who calls (a key, a person in a session, a panel), and how far they reach (`Reach`): everything, the keys
//!                     that they manage, or their own owner's
//! 2 http/v1/keys.rs   reads the body, one call of key/change.rs
//! 3 key/authority.rs  nobody grants what they do not hold
//! 4 store::write      ONE job: read, guard, update, event/append.rs → one event row, chained and signed; key/fill.rs publishes the key
//! 5 commit            shared with the neighbours
//! 6 key/index.rs      what was published replaces what memory had, on the writer's thread
//! 7 answer            only now. The next verification sees the change
//! ```
//!
//! # Walk C: a person comes in
//!
//! ```text
//! 1 http/v1/sessions.rs      a page of this server asks (guard/credential.rs: origin, X-Keystead-Request), with e-mail and password
//! 2 people/throttle.rs       the attempt is counted first, in a transaction of its own
//! 3 people/password.rs       one hash, whoever it is about, a few at once
//! 4 people/second_factor.rs  a code, where the person has the factor; taken once
//! 5 people/sign_in.rs        ONE job: is the password still that one? Session, event, counters
//! 6 http/cookie.rs           201 and the cookie
//! ```
//!
//! From then on `people/session.rs` looks the session up on every request and `people/rights.rs` reads what the person may do, so that whoever
//! left a team, lost a permission or was suspended is refused on the next one. `people/panel.rs` does the same for embedded panels,
//! `people/oidc/` brings people from a provider to step 5.
//!
//! # Walk D: a leak → revoked → told
//!
//! ```text
//! 1 http/guard/reporter.rs   a stranger is counted by their network, before anything is read; a wrong credential is refused
//! 2 http/v1/leaks.rs         reads the body; leak/report.rs makes digests of keys, and cuts keys out of places
//! 3 leak/take.rs             ONE job: leak/decide.rs says what is to be done (pure), key/leaked.rs ends the key or the former secret by one
//!                            guarded update and publishes it, leak/table.rs keeps the leak and its place, event/outbox.rs appends the event
//!                            with the notice of it
//! 4 commit                   the next verification says `revoked`, `leaked`
//! 5 answer                   a stranger is thanked in the same words, after a commit, whatever is known
//! ```
//!
//! The scanner comes here by `cli/scan/report.rs`: `scan/` itself has no network.
//!
//! # Walk E: a commit is looked through
//!
//! ```text
//! 1 the hook          a few lines of sh (scan/hook/script.rs) run `keystead hook run pre-commit`, which is `keystead scan --staged`
//! 2 scan/settings/    rules, prefixes and what may stay: out of the index, never out of the work tree; for a push, the server's own
//! 3 scan/git/         what is staged against HEAD, by object: no diff text, no program of the repository's
//! 4 scan/matcher/     each text once: literal anchors in one pass, then the checksum of our own keys or a rule's regex around the anchor
//! 5 scan/decode/      what is packed in it is opened, a layer at a time, and goes through 4 again
//! 6 scan/git/         only where something was found: did the old side of the same file have it already?
//! 7 scan/allow/       fingerprints with a reason, marks in the line
//! 8 scan/format/      told, redacted; whatever could not be looked into is told as well, and is not clean
//! ```
//!
//! # Invariants
//!
//! 1. A plaintext key is in the first response and in [`base::Secret`], and nowhere else. It becomes a digest in the first function that
//!    sees it ([`key::token`]).
//! 2. An answered change is on disk, and in force for every verification that begins after the answer: the writer puts it into memory
//!    before it answers, and nobody else does ([`key`], `index.rs`). Whatever touches a key or its owner publishes it in the same job.
//!    A token for offline verification ([`key::offline`]) is the one exception, off by default: it lives for minutes, or until its checker
//!    asks what was changed, which the same job notes.
//! 3. Every change of state appends one event in its own transaction ([`event`]).
//! 4. Text that reaches a client is our own ([`base::error`]): an error cannot repeat what was sent.
//! 5. A route without a statement of who may call it does not compile ([`http::routes`]).
//! 6. When neither memory nor the store knows, a verification fails closed: 503, never `valid`.
//! 7. A credit that was answered as spent is on disk, and nobody writes back a balance that they read ([`key::credit`]).
//! 8. A use is in memory, in a row that waits or in a day, and never in two of them: each step is one transaction. A crash loses what was
//!    counted since the last second, a stop nothing ([`key::usage`]).
//! 9. A scan that says clean has looked: what it could not look into ends with 2 ([`scan`], `Why`). It runs nothing that a repository names, and
//!    tells a server nothing but digests of keys of our own.
//! 10. Everything has a bound: bodies, pages, queues, names, waiting uses, time.
//!
//! # The same SQL for two engines
//!
//! Only SQLite is built; the text of the statements shall later serve PostgreSQL too. So: `$1 … $n` bound by name and counted; only TEXT,
//! BIGINT and BLOB, times in unix milliseconds named `_at`; `(CAST($1 AS TEXT) IS NULL OR c = $1)` for an optional filter; `ON CONFLICT …
//! DO NOTHING RETURNING id` for expected duplicates; a guarded `UPDATE … RETURNING` for a change of state; order by non-null columns and
//! the id; `now` is a parameter. `tests/store/` keeps these.
//!
//! # Decisions
//!
//! Date, choice, reason, and what would change it.
//!
//! - 2026-11-21 **actix-web** without HTTP/2 and compression: proxies do both; it is the fastest of the well-kept frameworks.
//! - 2026-11-21 **SQLite, bundled** (rusqlite): an appliance has no database to operate. Compiled without memory statistics (a global lock
//!   for each allocation, `.cargo/config.toml`).
//! - 2026-11-21 **Stable query plans** (`SQLITE_DBCONFIG_ENABLE_QPSG`): with STAT4, which rusqlite compiles in, SQLite prepared each statement
//!   anew for every bound value. A verification went from 78 to 18 µs of processor time.
//! - 2026-11-21 **All keys in memory** (`key/index.rs`): with reads of the store alone, a verification at a million keys did 0.66 of the
//!   requests of one at a thousand, because every commit empties the page caches of all readers. It costs some 180 bytes a key, with its
//!   share of an owner of ten. A store larger than memory would change this.
//! - 2026-11-21 **hashbrown** for its `HashTable`: a pointer and a byte for each slot, found by the digest that stands in the entry itself; the
//!   standard map would hold each digest a second time.
//! - 2026-11-25 **smol_str** for names in memory: up to 23 bytes stand in the entry itself, so that a verification looks in one place less for each,
//!   and a key with a usual name costs 32 bytes less.
//! - 2026-11-25 **crossbeam-utils** for its `ShardedLock`: readers on different processors do not pass the line of one lock to and fro. It was in the
//!   tree already, below crossbeam-channel.
//! - 2026-11-21 **ring** for all cryptography; **rustls** through ureq for the command line. OpenSSL, aws-lc and cmake are kept out by
//!   `deny.toml`.
//! - 2026-11-21 **figment** for layers and sources, with names and types checked by ourselves against `config/default.toml`: figment shows
//!   values in its errors and ignores unknown names.
//! - 2026-11-21 **schemars** for the OpenAPI document: schemas from the types that serve; the paths come from the routes' own signatures.
//! - 2026-11-21 **rust-embed, pulldown-cmark**: documentation in the binary, for machines without a network.
//! - 2026-11-21 **clap** for the command line, **ureq** as its HTTP client: blocking, small, no second runtime.
//! - 2026-11-24 **argon2** (RustCrypto) for passwords: argon2id in PHC form, pure Rust, and the parameters can rise without a migration.
//! - 2026-11-24 **unicode-normalization** for e-mails (NFKC): full-width and other look-alike spellings of an account are one account and one
//!   counter of wrong passwords.
//! - 2026-11-24 **base64** for the hashes of imported keys: strict about trailing bits, lenient about padding; it was in the tree already.
//! - 2026-11-24 **`origin` belongs to a secret**, not to a key: a rotation gives an imported key a secret of our own, whose hash nobody else has.
//! - 2026-11-24 **openidconnect** (ramosbugs, over its `oauth2`) for sign-in with a provider: it carries the tests by which relying
//!   parties are certified, is maintained since 2018, and takes any HTTP client, so ours (ureq) speaks to the provider. It brings some seventy
//!   crates, RustCrypto's curves, `rsa` and `chrono` among them, no OpenSSL and no second runtime; `rsa` only verifies (`deny.toml`). The
//!   `openid` crate brings reqwest, and `jsonwebtoken` with ring would leave discovery, keys and the rules of Core 3.1.3.7 to us. A library that
//!   verifies with ring would change this.
//! - 2026-11-21 **One table of `owners`** for users, teams and the instance: whatever is true of a key's owner is one row and one join.
//! - 2026-11-24 **No router for a verification**, no timer for a body that is here, no counter that two workers share (`http/front.rs`,
//!   `http/body.rs`, `key/callers.rs`): a bare handler of the framework takes some 9 µs of processor time a request, half of them in the kernel,
//!   and each of these took tenths of a microsecond more. **actix-http, actix-service**
//!   are what the framework is made of, and name what comes in before it. **futures-util** names the stream that a body is, and judges the keys of a batch a few at
//!   a time; it was in the tree already.
//! - 2026-11-24 **The sandbox is a second store in memory** with one connection that reads and writes, not SQLite's `memdb` with several: tests need
//!   no parallel reads, and one thread needs no locks. Its master key is drawn at the start, so nothing of it can be taken for live. It is
//!   opened with the server: a few milliseconds and half a MiB are less than the code of opening it late.
//! - 2026-11-24 **Triggers bound the sandbox**, in its store alone: whatever comes to insert keys or owners is counted without knowing of it.
//! - 2026-11-21 **The digest of the current secret stands in `keys`**, those of former ones in `superseded_secrets`: the busiest read of all
//!   is then one index and one row, and only a secret that is nobody's current one costs a second look.
//! - 2026-11-24 **uqr** in the browser's part draws the QR code of a second factor: no server and no other site sees what is in it. Nothing
//!   else is added for TOTP: it is thirty lines over ring's HMAC, held by the vectors of its RFC.
//! - 2026-11-24 **url**, for its host parser alone: names in Unicode, numbers that are addresses, as browsers read them. It was in the tree. A URL is
//!   taken apart by ourselves (`key/restrict/referrer.rs`), because that crate repairs what is to be refused.
//! - 2026-11-24 **Uses are written as one row a second**, of 54 bytes for each key that was used, and summed up into days once a minute: a row of
//!   its own for every key and second would cost more than the verifications. At 30,000 of them a second over 200,000 keys, counting, writing
//!   and summing up cost 0.8 µs of processor time each, 1.7 on the first minute of a day.
//! - 2026-11-24 **Tokens are written by hand** (`key/offline/jose.rs`, forty lines over ring): the server signs and reads none, and a library for JWTs brings the
//!   choice of algorithms that its checkers must not have. Changes are numbered (`rev`), not timed: no two clocks decide whether a token is over.
//! - 2026-11-25 **regex, aho-corasick, memchr, ignore** for the scanner: ripgrep's own engine, its literal search and its patterns of `.gitignore`, by
//!   the people who keep that; most of them were in the tree. Its walk does not say what it leaves out, so that of `scan/files` is our own.
//!   **flate2** (miniz_oxide) opens what is packed; nothing in C. ZIP
//!   is read by ourselves (`scan/decode/zip.rs`): the **zip** crate, which tests write with, believes the directory, and a scanner must not.
//! - 2026-11-25 **Anchors are found by a table of hashes** (`scan/matcher/anchors.rs`), not by an automaton: with 200 of them in source code,
//!   aho-corasick's DFA read 480 MB a second on one core after 9 ms of building, its compact automaton 170 MB. The table passes over text without an
//!   anchor at 2.1 GB after 0.2 ms; what it stops at is compared, which those figures of the automata have in them already.
//! - 2026-11-25 **Git is read through `git`**, by its plumbing and a `cat-file --batch` for each worker: whatever a repository of today is made of,
//!   the Git of its machine reads it.
//! - 2026-11-25 **The rules in the binary are constants** that `build.rs` makes of `config/rules.toml` (with **toml**, which was in the tree): a scan
//!   of one small file shall not begin with parsing 190 kB.
//! - 2026-11-25 **An expired key that leaks is revoked**, not only recorded: its expiry can be moved, and it would come back.
//! - 2026-11-25 **Leaks go with their key's purge** (`ON DELETE CASCADE`): whatever people wrote into a place goes with it; the events stay.
//! - 2026-11-25 **The browser's part is compressed when it is built**, never by the server: a file is a slice of the binary, in the form that the browser takes.
//!   Its pages hold `{{base}}` where a path of the server stands, so that one build serves under any path.
//! - 2026-11-24 **Debian's Chromium by playwright-core** for the tests of pages: one browser that `apt-get` keeps current, and no download of its own.
//! - 2026-11-25 **The pages stand in `ui/`, five packages with floors of their own**: `sdk` (no dependency), `parts` (fetches nothing), `embed` (hooks and
//!   the panel), `console` (its page of keys *is* the panel), `examples`. **React** and **TanStack Query and Virtual** for the console; the script for other
//!   sites has **Preact** in their place, because React's renderer alone takes 69 of its 90 KB.
//! - 2026-11-25 **Dialogs, choices and dates are the browser's own**, **Zag** has menus and the palette's list: Radix's menus lose the focus in a shadow root
//!   and need inline styles, which our policy forbids; Base UI's are twice as large. **wouter** finds the page, **uPlot** draws usage, **uqr** the code
//!   of a second factor.

pub mod base;
pub mod cli;
pub mod config;
pub mod event;
pub mod http;
pub mod instance;
pub mod key;
pub mod leak;
pub mod people;
pub mod scan;
pub mod store;
pub mod work;
