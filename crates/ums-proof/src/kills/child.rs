//! One process that is started, listened to, killed, let go on, and waited for.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::Instant;

use super::gateway::What;
use super::place::Place;
use super::step::{Deed, Step};
use crate::history::in_words;

/// How processes of one case are started.
#[derive(Clone, Debug)]
pub(crate) struct Start<'a> {
    pub(crate) program: &'a Path,
    pub(crate) journal: &'a Place,
    pub(crate) gateway: SocketAddr,
    pub(crate) what: What,
    pub(crate) order: String,
}

/// A process that was started.
pub(crate) struct Started {
    child: Child,
    told: Arc<Mutex<Vec<String>>>,
    listener: Option<JoinHandle<()>>,
}

/// How a process has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Whether it was killed.
    pub(crate) killed: bool,
    pub(crate) success: bool,
    pub(crate) told: Vec<String>,
}

impl Start<'_> {
    pub(crate) fn start(
        &self,
        trap: Option<(Step, Deed)>,
        resolve: Duration,
    ) -> Result<Started, String> {
        let mut command = Command::new(self.program);
        command
            .arg("kill-runner")
            .args(self.journal.arguments())
            .args(["--gateway", &self.gateway.to_string()])
            .args(["--operation", self.what.as_str()])
            .args(["--order", &self.order])
            .args(["--key", "K1"])
            .args(["--resolve-ms", &resolve.as_millis().to_string()]);
        if let Some((step, deed)) = trap {
            let deed = match deed {
                Deed::Die => "die",
                Deed::Stop => "stop",
            };
            command.args(["--at", step.as_str(), "--do", deed]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(in_words)?;
        let told = Arc::new(Mutex::new(Vec::new()));
        let output = child.stdout.take();
        let errors = child.stderr.take();
        let hearing = Arc::clone(&told);
        let listener = std::thread::spawn(move || {
            let hear = |line: std::io::Result<String>| {
                let mut told = hearing.lock().unwrap_or_else(PoisonError::into_inner);
                told.extend(line.ok());
            };
            if let Some(output) = output {
                BufReader::new(output).lines().for_each(hear);
            }
            if let Some(errors) = errors {
                BufReader::new(errors).lines().for_each(hear);
            }
        });
        Ok(Started {
            child,
            told,
            listener: Some(listener),
        })
    }
}

impl Started {
    /// Waits until it has ended, or kills it.
    pub(crate) fn wait(mut self, longest: Duration) -> Result<Ended, String> {
        let until = Instant::now() + longest;
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(in_words)? {
                break status;
            }
            if Instant::now() > until {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return Err(format!("a process did not end: {:?}", self.lines()));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        Ok(Ended {
            killed: status.signal() == Some(Signal::SIGKILL as i32),
            success: status.success(),
            told: self.lines(),
        })
    }

    /// Kills it after that time, unless it has ended by then.
    pub(crate) fn kill_after(self, time: Duration) -> Result<Ended, String> {
        std::thread::sleep(time);
        self.signal(Signal::SIGKILL)?;
        self.wait(Duration::from_secs(10))
    }

    /// Waits until it stands still. False if it has ended without.
    pub(crate) fn wait_until_stopped(&mut self, longest: Duration) -> Result<bool, String> {
        let until = Instant::now() + longest;
        while Instant::now() < until {
            if self.child.try_wait().map_err(in_words)?.is_some() {
                return Ok(false);
            }
            let path = format!("/proc/{}/stat", self.child.id());
            let stat = std::fs::read_to_string(path).unwrap_or_default();
            let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
            if state.is_some_and(|state| state.starts_with('T')) {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err("a process did not come to its step".to_owned())
    }

    pub(crate) fn go_on(&self) -> Result<(), String> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), String> {
        let raw = i32::try_from(self.child.id()).map_err(in_words)?;
        // It may have ended: its id is not given to another before it is waited for.
        let _ = kill(Pid::from_raw(raw), signal);
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
