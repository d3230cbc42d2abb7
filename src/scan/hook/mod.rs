//! Git hooks that run the scanner: put in where Git really runs hooks from, beside what is there, and taken out again byte for byte.
//! Runs by hand, once a repository or once a person; writes into hook folders alone, and into the files of husky and lefthook where those
//! are what installs hooks.

mod block;
mod install;
mod lefthook;
mod place;
mod script;
mod status;
mod uninstall;

pub use install::{Done, install};
pub use place::{Manager, Place};
pub use script::TOLD;
pub use status::{State, Status, status};
pub use uninstall::uninstall;

/// The hooks that we know how to scan in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Hook {
    PreCommit,
    CommitMsg,
    PrePush,
    PreReceive,
    Update,
}

impl Hook {
    pub const ALL: [Self; 5] = [Self::PreCommit, Self::CommitMsg, Self::PrePush, Self::PreReceive, Self::Update];

    /// As githooks(5) names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
            Self::Update => "update",
        }
    }

    /// Does it run where pushes arrive?
    pub fn is_of_servers(self) -> bool {
        matches!(self, Self::PreReceive | Self::Update)
    }

    /// Git tells it the refs through standard input.
    fn reads_stdin(self) -> bool {
        matches!(self, Self::PrePush | Self::PreReceive)
    }

    /// Those of a repository with a work tree, or of a bare one, where nobody says which.
    pub fn usual(bare: bool) -> &'static [Self] {
        if bare { &[Self::PreReceive] } else { &[Self::PreCommit, Self::CommitMsg, Self::PrePush] }
    }
}

/// The text of a hook, for whoever puts it into its place by other means.
pub fn text(hook: Hook, command: &Command) -> String {
    script::whole(hook, command, false, false)
}

/// What an installed hook runs.
#[derive(Debug, Clone)]
pub struct Command {
    /// Absolute: hooks run with whatever PATH an editor has.
    pub program: std::path::PathBuf,
    /// Options of `keystead scan` that it gets each time.
    pub options: Vec<String>,
}
