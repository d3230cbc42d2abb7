//! Bytes as they are, for requests that no proper client sends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::kit::Kit;

impl Kit {
    /// Sends these bytes as they are, and reads to the answer that closes the connection.
    pub fn raw(&self, bytes: &[u8]) -> String {
        self.read(&self.write(bytes), is_last)
    }

    /// The same, and reads until the server has closed.
    pub fn raw_to_the_end(&self, bytes: &[u8]) -> String {
        self.read(&self.write(bytes), |_| false)
    }

    /// Sends these bytes and no more, as one does who goes away.
    pub fn raw_and_gone(&self, bytes: &[u8]) -> String {
        let stream = self.write(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        self.read(&stream, |_| false)
    }

    fn write(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // A server that has already refused the head may close while we still send.
        let _ = stream.write_all(bytes);
        stream
    }

    fn read(&self, mut stream: &TcpStream, enough: impl Fn(&[u8]) -> bool) -> String {
        let (mut answer, mut piece) = (Vec::new(), [0; 16 * 1024]);
        while !enough(&answer) {
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("the server neither answers nor closes")
                }
                Err(_) => break,
            }
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        self.client.keep(text.clone());
        text
    }
}

/// Is the last of these answers whole, and does it say that no other follows? The server may keep the connection a second longer.
fn is_last(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((_, last)) = text.rsplit_once("HTTP/1.1 ") else { return false };
    let Some((head, body)) = last.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    let length =
        head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).and_then(|n| n.parse().ok());
    head.contains("connection: close") && length.is_some_and(|length: usize| body.len() >= length)
}
