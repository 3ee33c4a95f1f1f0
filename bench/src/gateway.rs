//! The responder as the measuring process sees it: a child on the second core.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use serde::Deserialize;

pub(crate) struct Gateway {
    child: Child,
    plain_port: u16,
    tls_port: u16,
    pub(crate) ca_file: PathBuf,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Counts {
    pub(crate) connections: u64,
    pub(crate) requests: u64,
}

impl Gateway {
    pub(crate) fn start(directory: &Path) -> Result<Self> {
        let ca_file = directory.join("ca.pem");
        let mut child = Command::new("taskset")
            .args(["-c", "1"])
            .arg(std::env::current_exe()?)
            .arg("responder")
            .arg(&ca_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("taskset (of util-linux) could not be started")?;
        let stdout = child.stdout.take().context("no output")?;
        let mut ports = String::new();
        BufReader::new(stdout).read_line(&mut ports)?;
        let (plain, tls) = ports
            .trim()
            .split_once(' ')
            .context("the responder told no ports")?;
        Ok(Self {
            plain_port: plain.parse()?,
            tls_port: tls.parse()?,
            child,
            ca_file,
        })
    }

    pub(crate) fn base(&self, tls: bool) -> String {
        if tls {
            format!("https://127.0.0.1:{}", self.tls_port)
        } else {
            format!("http://127.0.0.1:{}", self.plain_port)
        }
    }

    pub(crate) fn counts(&self) -> Result<Counts> {
        Ok(serde_json::from_str(&self.ask("/counts")?)?)
    }

    /// Lets requests wait for their replies, or no longer.
    pub(crate) fn hold(&self, hold: bool) -> Result<()> {
        self.ask(if hold { "/hold" } else { "/release" })
            .map(|_| ())
    }

    fn ask(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.plain_port))?;
        write!(stream, "GET {path} HTTP/1.1\r\n\r\n")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let (_, body) = reply.split_once("\r\n\r\n").context("no reply")?;
        Ok(body.to_owned())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Its standard input ends with this, and so does it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
