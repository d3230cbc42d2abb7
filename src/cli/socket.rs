//! The admin socket: how a command on this machine reaches the server that holds the data directory. One line of JSON each way. Who
//! asks is known from the kernel, and the file's mode lets only the server's own user (and root) connect.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream as AsyncStream};

use super::Failure;
use super::admin::{Answer, Verb, perform};
use crate::event::Actor;
use crate::instance::{Instance, StartError};

const NAME: &str = "admin.sock";
/// A request or an answer; the longest is a few hundred bytes.
const LINE_MAX: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// A failure crosses the socket as its text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Done(Answer),
    Failed(String),
}

/// The server's end. Removes the socket when it goes.
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    instance: Arc<Instance>,
}

impl Listener {
    /// Replaces a socket that a killed server left behind: whoever holds the lock may.
    pub fn bind(instance: Arc<Instance>) -> Result<Self, StartError> {
        let path = instance.data_dir().join(NAME);
        let failed = |error: std::io::Error| {
            StartError(format!(
                "{}: the admin socket cannot be made ({error}); is the path longer than 100 characters?",
                path.display()
            ))
        };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let socket = UnixListener::bind(&path).map_err(failed)?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).map_err(failed)?;
        Ok(Self { socket, path, instance })
    }

    pub async fn serve(self) {
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => {
                    let instance = Arc::clone(&self.instance);
                    actix_web::rt::spawn(async move {
                        let _ = tokio::time::timeout(PATIENCE, answer(&instance, stream)).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the admin socket could not be read");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(instance: &Instance, mut stream: AsyncStream) -> std::io::Result<()> {
    let actor = Actor::cli(stream.peer_cred()?.uid());
    let (read, mut write) = stream.split();
    let mut line = zeroize::Zeroizing::new(String::new());
    tokio::io::BufReader::new(read.take(LINE_MAX)).read_line(&mut line).await?;
    let line = match serde_json::from_str::<Verb>(&line) {
        Ok(verb) => match perform(instance, actor, verb).await {
            Ok(answer) => Line::Done(answer),
            Err(Failure(text)) => Line::Failed(text),
        },
        Err(_) => {
            Line::Failed("this server is of another version than the command: use the same binary for both".into())
        }
    };
    let mut text = zeroize::Zeroizing::new(serde_json::to_string(&line)?);
    text.push('\n');
    write.write_all(text.as_bytes()).await
}

/// Asks the server that has this data directory; `None` where none answers.
pub fn ask(dir: &Path, verb: &Verb) -> Result<Option<Answer>, Failure> {
    let Ok(mut stream) = UnixStream::connect(dir.join(NAME)) else { return Ok(None) };
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut text = zeroize::Zeroizing::new(serde_json::to_string(verb)?);
    text.push('\n');
    stream.write_all(text.as_bytes())?;
    let mut line = zeroize::Zeroizing::new(String::new());
    BufReader::new(std::io::Read::take(stream, LINE_MAX)).read_line(&mut line)?;
    match serde_json::from_str(&line) {
        Ok(Line::Done(answer)) => Ok(Some(answer)),
        Ok(Line::Failed(text)) => Err(Failure(text)),
        Err(_) => Err(Failure("the server did not answer on its admin socket: is it stopping? Try again".into())),
    }
}
