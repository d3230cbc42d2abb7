//! The works, and who does them: us, the limit, and what peers are there.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use crate::run::Contender;
use crate::{Outcome, Work};

/// What there is to work with.
pub struct Places {
    pub home: PathBuf,
    pub program: PathBuf,
    pub peers: Option<PathBuf>,
    pub repository: PathBuf,
    pub sources: PathBuf,
}

const TREE_BYTES: u64 = 37_000_000;
/// What rg looks for as the limit of reading a tree: as many rare beginnings as scanners look for.
const BEGINNINGS: &str = "sk_live_|sk_test_|ghp_|gho_|ghu_|ghs_|ghr_|github_pat_|glpat-|xoxb-|xoxp-|xapp-|AKIA|ASIA|AIza|npm_|pypi-|SG\\.|key-|sk-ant-|sk-proj-|dop_v1_|shpat_|hvs\\.|age1|eyJhbGciOi|-----BEGIN|rk_live_|whsec_|dckr_pat_";

/// Where cargo keeps the sources of what it fetched.
pub fn fetched() -> Outcome<PathBuf> {
    let home = std::env::home_dir().ok_or("no home directory: pass --sources")?.join(".cargo/registry/src");
    let first = std::fs::read_dir(&home)?.next().ok_or("cargo has fetched nothing: pass --sources")??;
    Ok(first.path())
}

pub fn contenders(work: Work, places: &Places) -> Outcome<(String, Vec<Contender>)> {
    match work {
        Work::Start => start(places),
        Work::Staged => staged(places),
        Work::Tree => tree(places),
        Work::History => Ok(history(places)),
        Work::Push => push(places),
    }
}

impl Places {
    fn text(path: &Path) -> String {
        path.to_string_lossy().into_owned()
    }

    fn ours(&self, folder: &Path, args: &[&str]) -> Contender {
        contender("keystead", false, folder, &[&[&*Self::text(&self.program), "scan"], args].concat())
    }

    fn peer(&self, name: &str, folder: &Path, args: &[&str]) -> Option<Contender> {
        let program =
            ["", "bin", "venv/bin"].map(|below| self.peers.clone().unwrap_or_default().join(below).join(name));
        let program = program.into_iter().find(|path| self.peers.is_some() && path.is_file())?;
        Some(contender(name, false, folder, &[&[&*Self::text(&program)], args].concat()))
    }

    /// Those that look into files.
    fn peers_on_files(&self, folder: &Path, paths: &[&str]) -> Vec<Contender> {
        let kingfisher = ["scan", "--no-validate", "--no-update-check", "--git-history", "none"];
        let detect: Vec<&str> =
            if paths == ["."] { vec!["scan", "--all-files", "."] } else { [&["scan"], paths].concat() };
        [
            self.peer("ripsecrets", folder, paths),
            self.peer("kingfisher", folder, &[&kingfisher[..], paths].concat()),
            self.peer("detect-secrets", folder, &detect),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn contender(name: &str, is_limit: bool, folder: &Path, command: &[&str]) -> Contender {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    Contender { name: name.into(), is_limit, before: None, command, folder: folder.to_owned() }
}

fn limit(folder: &Path, command: &[&str]) -> Contender {
    contender(&command.join(" ").chars().take(48).collect::<String>(), true, folder, command)
}

fn git(folder: &Path, args: &[&str]) -> Outcome<()> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=bench", "-c", "user.email=bench@example.org"]).args(args);
    let ran = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output()?;
    let complaint = || format!("git {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    if ran.status.success() { Ok(()) } else { Err(complaint().into()) }
}

fn start(places: &Places) -> Outcome<(String, Vec<Contender>)> {
    let folder = places.home.join("start");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("ten"), "ten bytes\n")?;
    let mut all = vec![limit(&folder, &["cat", "ten"]), places.ours(&folder, &["ten"])];
    all.extend(places.peers_on_files(&folder, &["ten"]));
    Ok(("a file of 10 bytes".into(), all))
}

/// A repository with what is copied into it committed, and twenty files of it changed and staged.
fn staged(places: &Places) -> Outcome<(String, Vec<Contender>)> {
    let folder = places.home.join("staged");
    let files = copy(&places.sources, &folder, 9_000_000)?;
    git(&folder, &["init", "--quiet"])?;
    git(&folder, &["add", "--all", "--force"])?;
    git(&folder, &["commit", "--quiet", "-m", "base"])?;
    let chosen: Vec<&String> = files
        .iter()
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|end| ["rs", "md", "toml", "c", "h"].iter().any(|known| end == *known))
        })
        .take(20)
        .collect();
    for name in &chosen {
        let path = folder.join(name);
        let text = std::fs::read(&path)?;
        std::fs::write(&path, [&text[..], b"// one line more\n"].concat())?;
    }
    git(&folder, &["add", "--all"])?;
    let names: Vec<&str> = chosen.iter().map(|name| name.as_str()).collect();
    let mut all = vec![
        limit(&folder, &["git", "diff", "--cached", "--raw", "-z"]),
        places.ours(&folder, &["--staged", "--tier", "a,b"]),
    ];
    all.extend(places.peer("ripsecrets", &folder, &names));
    let kingfisher = ["scan", "--staged", "--no-validate", "--no-update-check", "."];
    all.extend(places.peer("kingfisher", &folder, &kingfisher));
    all.extend(places.peer("detect-secrets-hook", &folder, &names));
    Ok((format!("{} staged files", names.len()), all))
}

fn tree(places: &Places) -> Outcome<(String, Vec<Contender>)> {
    let folder = places.home.join("tree");
    let files = copy(&places.sources, &folder, TREE_BYTES)?;
    let rg = ["rg", "--count", "--no-ignore", "--hidden", "--text", BEGINNINGS, "."];
    let mut all = vec![limit(&folder, &rg), places.ours(&folder, &["."])];
    // detect-secrets takes minutes.
    let peers = places.peers_on_files(&folder, &["."]);
    all.extend(peers.into_iter().filter(|peer| peer.name != "detect-secrets"));
    Ok((format!("{} MB in {} files", TREE_BYTES / 1_000_000, files.len()), all))
}

fn history(places: &Places) -> (String, Vec<Contender>) {
    let folder = &places.repository;
    let cat = ["git", "cat-file", "--batch-all-objects", "--unordered", "--batch"];
    let mut all = vec![limit(folder, &cat), places.ours(folder, &["--history"])];
    let own = places.ours(folder, &["--history", "--tier", "a,b"]);
    all.push(Contender { name: "keystead --tier a,b".into(), ..own });
    let kingfisher = ["scan", "--no-validate", "--no-update-check", "--git-history", "full", "."];
    all.extend(places.peer("kingfisher", folder, &kingfisher));
    ("history".into(), all)
}

/// Two bare repositories, one with the hook. Each run pushes a new commit of 200 new files to a branch of its own.
fn push(places: &Places) -> Outcome<(String, Vec<Contender>)> {
    let work = places.home.join("pushing");
    std::fs::create_dir_all(&work)?;
    git(&work, &["init", "--quiet", "--initial-branch=main"])?;
    git(&work, &["commit", "--quiet", "--allow-empty", "-m", "first"])?;
    let mut all = Vec::new();
    let count = Rc::new(Cell::new(0_u32));
    for (name, hooked) in [("git push", false), ("git push, pre-receive", true)] {
        let bare = places.home.join(if hooked { "hooked.git" } else { "plain.git" });
        git(&places.home, &["init", "--quiet", "--bare", &Places::text(&bare)])?;
        if hooked {
            let installed =
                Command::new(&places.program).args(["hook", "install", "pre-receive"]).current_dir(&bare).output()?;
            if !installed.status.success() {
                return Err(format!("hook install: {}", String::from_utf8_lossy(&installed.stderr)).into());
            }
        }
        let url = format!("file://{}", bare.display());
        let mut one =
            contender(name, !hooked, &work, &["git", "push", "--quiet", "--force", &url, "HEAD:refs/heads/new"]);
        let (folder, count) = (work.clone(), Rc::clone(&count));
        one.before = Some(Box::new(move || {
            count.set(count.get() + 1);
            for n in 0..200 {
                std::fs::write(folder.join(format!("file{n}")), format!("{} {n}\n", count.get()).repeat(100))?;
            }
            git(&folder, &["add", "--all"])?;
            git(&folder, &["commit", "--quiet", "-m", "two hundred"])
        }));
        all.push(one);
    }
    Ok(("a push of 200 small files".into(), all))
}

/// Copies files until there are as many bytes. Answers their names.
fn copy(from: &Path, to: &Path, bytes: u64) -> Outcome<Vec<String>> {
    let (mut names, mut left) = (Vec::new(), bytes);
    let mut folders = vec![from.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        entries.sort();
        for path in entries {
            let found = path.symlink_metadata()?;
            if found.is_dir() {
                folders.push(path);
            } else if found.is_file() && found.len() <= 1_000_000 {
                let Some(rest) = left.checked_sub(found.len()) else { return Ok(names) };
                left = rest;
                let name = path.strip_prefix(from)?;
                let target = to.join(name);
                std::fs::create_dir_all(target.parent().ok_or("a folder")?)?;
                std::fs::copy(&path, &target)?;
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    Ok(names)
}
