//! `keystead admin create`: an admin, made at the machine, whether there are others or not.

use std::io::Read;

use zeroize::Zeroizing;

use super::{Answer, At, Typed, Verb};
use crate::base::Secret;
use crate::cli::{Failure, Ran};
use crate::event::Act;
use crate::instance::Instance;
use crate::people::NewAdmin;

#[derive(Debug, clap::Args)]
pub struct Create {
    #[command(flatten)]
    at: At,
    /// What they sign in by
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// What lists call them [default: made from the e-mail]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Read the password from standard input: the first line of it
    #[arg(long, required = true)]
    password_stdin: bool,
}

/// A line that is longer holds no password: 1024 bytes are the most.
const LINE_MAX: u64 = 4096;

impl Create {
    pub fn run(self) -> Ran {
        let mut text = Zeroizing::new(String::new());
        std::io::stdin().take(LINE_MAX).read_to_string(&mut text)?;
        let password = Typed(text.lines().next().unwrap_or_default().to_owned());
        if password.0.is_empty() {
            return Err(Failure(
                "there is no password on standard input: pipe it in, as in `… < password-file`".into(),
            ));
        }
        self.at.ask(Verb::CreateAdmin { email: self.email, name: self.name, password })
    }
}

/// The verb itself. The id is the only line.
pub(super) async fn create(
    instance: &Instance,
    act: Act,
    email: String,
    name: Option<String>,
    password: Typed,
) -> Result<Answer, Failure> {
    let new = NewAdmin { email, name, password: Secret::new(password.0.clone()) };
    let admin = instance.live.people.create_admin(act, new).await?;
    // Whoever had the setup link needs it no more.
    instance.forget_setup_token();
    Ok(Answer::line(&admin.id))
}
