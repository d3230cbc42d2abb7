//! `keystead serve`: opens the instance, serves until told to stop, and leaves everything on disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Outcome, Ran, log, socket};
use crate::base::Clock;
use crate::config::{self, Sources};
use crate::http;
use crate::instance::{Instance, StartError};
use crate::store::{DataDir, LockError};
use crate::work;

/// Run the server
#[derive(Debug, clap::Args)]
#[command(after_help = "Settings: `keystead config show` lists all of them, where each comes from and how to set it.")]
pub struct Serve {
    /// Where the data is; created for you alone [default: ./keystead-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address and port [default: 127.0.0.1:7300]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// A TOML file of settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// An `admin` command that works on the directory itself is done within this.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

impl Serve {
    pub fn run(self, program: &str) -> Ran {
        let mut flags = Vec::new();
        if let Some(dir) = &self.data_dir {
            let dir = dir.to_str().ok_or_else(|| Failure("--data-dir must be UTF-8".into()))?;
            flags.push(("store.data_dir", "--data-dir", dir.to_owned()));
        }
        if let Some(listen) = self.listen {
            flags.push(("http.listen", "--listen", listen));
        }
        let loaded = config::load(&Sources::of_process(self.config.as_deref(), flags)?)?;
        log::start(&loaded.config.log);
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        harden();
        let dir = lock(&loaded.config.store.data_dir)?;
        actix_web::rt::System::new().block_on(serve(loaded.config, dir, program))
    }
}

async fn serve(config: config::Config, dir: DataDir, program: &str) -> Ran {
    #[cfg(not(feature = "test-clock"))]
    let clock = Clock::system();
    #[cfg(feature = "test-clock")]
    let clock = Clock::ahead_by(dir.path().join("test-clock"));
    let instance = Instance::open(config, dir, clock).await?;
    // Before anybody can know that the server is there: a signal that found no handler would end it without a stop.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = http::start(Arc::clone(&instance))?;
    let admin = socket::Listener::bind(Arc::clone(&instance))?;
    let admin_task = actix_web::rt::spawn(admin.serve());
    let worker = actix_web::rt::spawn(work::run(Arc::clone(&instance)));
    tracing::info!(address = %running.address, public_url = running.public_url, data_dir = %instance.data_dir().display(), "listening");
    if instance.is_new {
        eprint!("{}", first_key_walk(program, &running.public_url, instance.data_dir()));
    }
    // The first admin's way in: for whoever reads the terminal, and never for the log.
    match instance.setup_token().await? {
        Some((token, true)) => {
            let (url, token) = (&running.public_url, token.expose());
            eprint!("Make yourself the admin, once, in a browser: {url}/setup#token={token}\n\n");
        }
        Some((_, false)) => {
            tracing::info!("nobody is admin yet: the token of the setup link is in the file setup-token");
        }
        None => {}
    }
    let stopper = running.stopper();
    let signals = actix_web::rt::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("stopping: not ready any more, running requests finish");
        stopper.stop().await;
    });
    running.serve().await?;
    let _ = signals.await;
    admin_task.abort();
    worker.abort();
    let _ = (admin_task.await, worker.await);
    if let Err(error) = work::flush::all(&instance).await {
        tracing::error!(%error, "the last uses of keys could not be written");
    }
    instance.live.store.close();
    tracing::info!("stopped");
    Ok(Outcome::Fine)
}

/// Files are made for their owner alone, whatever the shell's umask; a crash writes no image of the memory.
fn harden() {
    use rustix::fs::Mode;
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask};
    umask(Mode::RWXG | Mode::RWXO);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

fn lock(path: &std::path::Path) -> Result<DataDir, StartError> {
    let began = Instant::now();
    loop {
        match DataDir::lock(path) {
            Err(LockError::Held) if began.elapsed() < LOCK_PATIENCE => std::thread::sleep(Duration::from_millis(50)),
            result => return Ok(result?),
        }
    }
}

/// What to type next, for whoever sees this server for the first time. Another terminal stands in another directory, so paths are whole.
fn first_key_walk(program: &str, url: &str, dir: &std::path::Path) -> String {
    let whole =
        |path: &str| std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string());
    // A name without a slash was found by PATH, and will be again.
    let program = quoted(&if program.contains('/') { whole(program) } else { program.to_owned() });
    let (docs, url, dir) = (url, quoted(url), quoted(&whole(&dir.to_string_lossy())));
    format!(
        "\nKeystead is new here. Your first key, in another terminal:\n\n  \
         export KEYSTEAD_URL={url}\n  \
         export KEYSTEAD_TOKEN=$({program} admin token --data-dir {dir})\n  \
         {program} user create --external-id maya --name Maya\n  \
         {program} key create --user maya --description laptop --expires 90d > first-key\n  \
         {program} key verify < first-key\n\n\
         The documentation is at {docs}/docs\n\n"
    )
}

/// As a word of a shell: as it is where nothing in it means anything, in single quotes otherwise.
fn quoted(text: &str) -> String {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/:._-@%+=,".contains(&b)) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
