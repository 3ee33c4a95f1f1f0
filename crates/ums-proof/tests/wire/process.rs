//! Processes of this test: it runs itself again, with a part to play.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The variable that names the part, and those that go with it.
pub(crate) const PART: &str = "UMS_WIRE_PART";
pub(crate) const URL: &str = "UMS_WIRE_URL";
pub(crate) const CA: &str = "UMS_WIRE_CA";
pub(crate) const TIMEOUT: &str = "UMS_WIRE_TIMEOUT";

/// A process with a part. It is killed when this is dropped.
pub(crate) struct Player {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Player {
    /// Starts `test`, which plays `part`, by `wrapper` if it is not empty.
    pub(crate) fn start(
        wrapper: &[String],
        test: &str,
        part: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut words = wrapper.to_vec();
        words.push(this.into_os_string().into_string().unwrap());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(PART, part)
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (told, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            lines,
            heard: Vec::new(),
        }
    }

    /// Waits for a line that begins so, and returns what follows.
    pub(crate) fn hear(&mut self, beginning: &str, limit: Duration) -> String {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    // The harness may have begun a line of its own.
                    if let Some((_, rest)) = line.split_once(beginning) {
                        return rest.trim().to_owned();
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no {beginning:?} within {limit:?}: {:#?}", self.heard)
                }
            }
        }
    }

    /// Every line so far.
    pub(crate) fn heard(&mut self) -> &[String] {
        self.heard.extend(self.lines.try_iter());
        &self.heard
    }

    pub(crate) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    /// Sends it a signal, named as `kill` names it.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(process: u32, name: &str) {
    let kill = format!("kill -{name} {process}");
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success(), "{kill}");
}

/// The part that this process is to play, if it is one of those that were started.
pub(crate) fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// Waits for the next line from the process that started this one. `None` when that has ended.
pub(crate) fn told() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim().to_owned())
}
