//! A real `ums serve`, which is started, killed and started again on one journal.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::{FixedOffset, TimeDelta};
use ums_client::{Clock as _, SystemClock};
use ums_simulator::Simulator;

/// A server and where it keeps everything.
#[derive(Debug)]
pub(super) struct ClientServer {
    program: PathBuf,
    directory: PathBuf,
    running: Option<Child>,
    pub(super) address: Option<SocketAddr>,
}

impl ClientServer {
    /// A server of the profiles `shop`, whose gateway is this one, and `nowhere`, whose gateway
    /// takes no connection.
    pub(super) fn new(
        program: &Path,
        directory: &Path,
        gateway: &str,
        nowhere: SocketAddr,
    ) -> Result<Self, String> {
        let server = Self {
            program: program.to_owned(),
            directory: directory.to_owned(),
            running: None,
            address: None,
        };
        let mut builder = std::fs::DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(directory);
        made.map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
        server.write("app.key", Simulator::DEMO_APP_KEY)?;
        let profile = |name: &str, gateway: &str| {
            format!(
                "[profiles.{name}]\nbase_url = \"{gateway}\"\napp_id = \"{}\"\n\
                 app_key_file = \"app.key\"\nmerchant_code = \"{}\"\nterminal_code = \"{}\"\n\n",
                Simulator::DEMO_APP_ID,
                Simulator::DEMO_MERCHANT_CODE,
                Simulator::DEMO_TERMINAL_CODE,
            )
        };
        let nowhere = profile("nowhere", &format!("http://{nowhere}"));
        let profiles = profile("shop", gateway) + &nowhere;
        server.write("config.toml", &profiles)?;
        Ok(server)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        use std::io::Write as _;
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        let written = file
            .open(self.directory.join(name))
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| format!("{name} cannot be written: {error}"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for name in std::env::vars_os().map(|(name, _)| name) {
            if name.to_string_lossy().starts_with("UMS_") {
                command.env_remove(name);
            }
        }
        // What it remembers of its journal is no matter of whoever runs this.
        command
            .env("HOME", &self.directory)
            .env("XDG_CONFIG_HOME", self.directory.join("config"))
            .env("XDG_STATE_HOME", &self.directory)
            .arg("serve");
        command
    }

    /// Makes a token that may submit and read.
    pub(super) fn token(&self) -> Result<String, String> {
        let mut command = self.command();
        command
            .args(["token", "add", "till", "--role", "submit", "--role", "read"])
            .arg("--tokens")
            .arg(self.directory.join("tokens.json"));
        let output = command.output();
        let output = output.map_err(|error| format!("no token can be made: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Starts it, and waits until it says where it is.
    pub(super) fn start(&mut self) -> Result<SocketAddr, String> {
        // Far from the day's end, whenever this runs.
        let zone = FixedOffset::east_opt(8 * 3600).ok_or("there is no such zone")?;
        let ends = (SystemClock::default().now().with_timezone(&zone) + TimeDelta::hours(12))
            .format("%H:%M");
        let mut command = self.command();
        command
            .args(["--listen", "127.0.0.1:0"])
            .arg("--config")
            .arg(self.directory.join("config.toml"))
            .arg("--tokens")
            .arg(self.directory.join("tokens.json"))
            .arg("--journal")
            .arg(format!(
                "sqlite:{}",
                self.directory.join("journal.sqlite3").display()
            ))
            .args(["--lease", "2", "--day-ends", &ends.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let child = command.spawn();
        let mut child = child.map_err(|error| format!("ums serve cannot be started: {error}"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let read = BufReader::new(stdout).read_line(&mut line);
            read.map_err(|error| error.to_string())?;
        }
        self.running = Some(child);
        let address = line.trim().strip_prefix("http://");
        let address = address.and_then(|it| it.trim_end_matches('/').parse().ok());
        self.address = address;
        address.ok_or_else(|| format!("ums serve began with {line:?} instead of its address"))
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Kills it, as the system does without memory.
    pub(super) fn kill(&mut self) -> Result<(), String> {
        let Some(mut child) = self.running.take() else {
            return Ok(());
        };
        let killed = child.kill().and_then(|()| child.wait());
        killed.map(drop).map_err(|error| error.to_string())
    }
}

impl Drop for ClientServer {
    fn drop(&mut self) {
        // Nobody is left who could be told.
        drop(self.kill());
        drop(std::fs::remove_dir_all(&self.directory));
    }
}
