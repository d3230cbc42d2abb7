//! `keystead admin break-glass`: lets an admin's password work for a while where people sign in only with a provider.

use super::{Answer, At, Verb};
use crate::cli::{Failure, Ran};
use crate::event::Act;
use crate::instance::Instance;

#[derive(Debug, clap::Subcommand)]
pub enum BreakGlass {
    /// Let this admin's password work for so many minutes
    #[command(after_help = "Example: keystead admin break-glass arm --email admin@example.com --minutes 60")]
    Arm(Arm),
    /// End it now
    Disarm(Disarm),
}

#[derive(Debug, clap::Args)]
pub struct Arm {
    #[command(flatten)]
    at: At,
    /// The admin's e-mail address
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// For how long, 1 to 1440
    #[arg(long, value_name = "N", default_value_t = 60)]
    minutes: u32,
}

#[derive(Debug, clap::Args)]
pub struct Disarm {
    #[command(flatten)]
    at: At,
    /// The admin's e-mail address
    #[arg(long, value_name = "EMAIL")]
    email: String,
}

impl BreakGlass {
    pub fn run(self) -> Ran {
        match self {
            Self::Arm(arm) => arm.at.ask(Verb::BreakGlass { email: arm.email, minutes: Some(arm.minutes) }),
            Self::Disarm(disarm) => disarm.at.ask(Verb::BreakGlass { email: disarm.email, minutes: None }),
        }
    }
}

pub async fn set(instance: &Instance, act: Act, email: &str, minutes: Option<u32>) -> Result<Answer, Failure> {
    let people = &instance.live.people;
    let said = if let Some(minutes) = minutes {
        format!("armed: the password works until {}", people.arm_break_glass(act, email, minutes).await?)
    } else {
        people.disarm_break_glass(act, email).await?;
        "disarmed: the password does not work any more; sessions that it opened go on until they end".to_owned()
    };
    Ok(Answer { out: String::new(), said })
}
