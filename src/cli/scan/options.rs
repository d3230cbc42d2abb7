//! The options of `keystead scan`.

use std::path::PathBuf;

use crate::scan::format::Format;

/// What `keystead scan` does besides scanning.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Let a finding stay, with a reason: an entry of .keystead-ignore
    Allow(super::allow::Allow),
    /// Make entries of .keystead-ignore for all there is today, and remove those that nobody needs any more
    #[command(subcommand)]
    Baseline(super::baseline::Baseline),
    /// List, explain and check rules
    #[command(subcommand)]
    Rules(super::rules::Rules),
}

impl Verb {
    pub fn run(self) -> crate::cli::Ran {
        match self {
            Self::Allow(allow) => allow.run(),
            Self::Baseline(baseline) => baseline.run(),
            Self::Rules(rules) => rules.run(),
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    group = clap::ArgGroup::new("mode").args(["staged", "range", "history", "stdin", "pre_receive", "commit_msg", "pre_push", "update"]),
    after_help = "Exit codes: 0 clean, 1 secrets were found, 2 not everything could be looked into, or wrong usage.",
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Scan {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Files and folders to look into, the current one by default
    #[arg(conflicts_with = "mode")]
    pub paths: Vec<PathBuf>,
    /// What is staged for the next commit
    #[arg(long)]
    pub staged: bool,
    /// What these commits bring: A..B
    #[arg(long, value_name = "A..B")]
    pub range: Option<String>,
    /// Everything that was ever committed
    #[arg(long)]
    pub history: bool,
    /// With --history: stashes, reflogs and unreachable objects too
    #[arg(long, requires = "history")]
    pub all_objects: bool,
    /// Standard input
    #[arg(long)]
    pub stdin: bool,
    /// A push to this server's repository, as Git tells its pre-receive hook
    #[arg(long)]
    pub pre_receive: bool,
    /// The message of a commit that is being made, as Git tells its commit-msg hook
    #[arg(long, value_name = "FILE", hide = true)]
    pub commit_msg: Option<PathBuf>,
    /// A push to this remote, as Git tells its pre-push hook
    #[arg(long, value_name = "REMOTE", hide = true)]
    pub pre_push: Option<String>,
    /// One ref of a push, as Git tells its update hook
    #[arg(long, num_args = 3, value_names = ["REF", "OLD", "NEW"], hide = true)]
    pub update: Vec<String>,
    /// How it is told: text for people, the others for programs
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Write there instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// More rules, in the form of /docs/scan-rules or of gitleaks
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// A server's settings for a push, instead of keystead.toml in the repository's folder
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "staged", "range", "history", "stdin", "commit_msg", "pre_push"], requires = "mode")]
    pub config: Option<PathBuf>,
    /// Which rules: a own keys, b vendors' formats, c generic assignments [default: a,b,c]
    #[arg(long, value_name = "TIERS", value_delimiter = ',')]
    pub tier: Vec<String>,
    /// Values that the old side of a change had already count, too
    #[arg(long)]
    pub whole: bool,
    /// Leave out what .gitignore names
    #[arg(long, conflicts_with = "mode")]
    pub respect_gitignore: bool,
    /// Tell this server of its own keys that were found, by digest
    #[arg(long, value_name = "URL")]
    pub report: Option<String>,
    /// End with 1 for warnings, too
    #[arg(long, value_name = "LEVEL", value_parser = ["warn"])]
    pub fail_on: Option<String>,
    /// A prefix of your keys, as in acme_sk_live_
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Vec<String>,
    /// With --report: what was looked into is public
    #[arg(long, requires = "report")]
    pub public: bool,
    /// Show what was found in plain, on a terminal alone
    #[arg(long)]
    pub show_secrets: bool,
    /// List what was not looked into, each with its reason
    #[arg(long)]
    pub explain_skips: bool,
}
