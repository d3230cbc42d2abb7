//! `keystead key export`: every key that matches, a line each, to standard output.

use super::super::remote::Server;
use super::super::{Outcome, Ran};
use super::filters::Filters;

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// JSON Lines
    Ndjson,
    /// A table with a head
    Csv,
}

#[derive(Debug, clap::Args)]
pub struct Export {
    #[arg(long, default_value = "ndjson")]
    format: Format,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    server: Server,
}

impl Export {
    pub fn run(self) -> Ran {
        let remote = self.server.connect()?;
        let accept = match self.format {
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv",
        };
        remote.download("/v1/api-keys", &self.filters.fields(&remote)?, accept, &mut std::io::stdout().lock())?;
        Ok(Outcome::Fine)
    }
}
