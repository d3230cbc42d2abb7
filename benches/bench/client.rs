//! The smallest HTTP client that serves here: one connection, kept alive, one request after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Outcome;
use crate::seed::{ADDRESS, SCOPE};

/// No answer takes longer, or the run is over.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The body of every verification, as the load sends it.
pub fn question(key: &str) -> String {
    format!("{{\"key\": \"{key}\", \"ip\": \"{ADDRESS}\", \"scopes\": [\"{SCOPE}\"]}}")
}

/// The head of every request, as the load sends it.
pub fn head(address: SocketAddr, path: &str, token: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

impl Client {
    pub fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), address })
    }

    pub fn post(&mut self, path: &str, token: &str, body: &str) -> Outcome<Answer> {
        let mut request = head(self.address, path, token, body.len());
        request.push_str(body);
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.read()
    }

    /// Asks for a key; anything but this verdict is an error.
    pub fn verify(&mut self, token: &str, key: &str, code: &str) -> Outcome<Answer> {
        let answer = self.post("/v1/api-keys/verify", token, &question(key))?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 && body["data"]["code"] == code {
            return Ok(answer);
        }
        let said = String::from_utf8_lossy(&answer.body);
        Err(format!("{}: status {} instead of a key that is {code}: {said}", self.address, answer.status).into())
    }

    fn read(&mut self) -> Outcome<Answer> {
        let mut line = String::new();
        self.line(&mut line)?;
        let status =
            line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("an answer without a status")?;
        let (mut headers, mut length) = (Vec::new(), 0);
        loop {
            self.line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
            if name == "content-length" {
                length = value.parse()?;
            }
            headers.push((name, value));
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, headers, body })
    }

    fn line(&mut self, line: &mut String) -> Outcome<()> {
        line.clear();
        if self.stream.read_line(line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}
