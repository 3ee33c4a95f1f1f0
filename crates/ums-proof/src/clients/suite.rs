//! A program in another language, which does what each line of its input says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{Receiver, channel};

/// How long the longest step may take before it is taken for stuck.
const STUCK: Duration = Duration::from_secs(300);

/// A program that was started.
pub(super) struct Suite {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Suite {
    pub(super) fn start(directory: &Path, words: &[String]) -> Result<Self, String> {
        let (program, arguments) = words.split_first().ok_or("there is no command")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let child = command.spawn();
        let mut child = child.map_err(|error| format!("{program} cannot be started: {error}"))?;
        let (told, answers) = channel(16);
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if told.blocking_send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self {
            input: child.stdin.take(),
            child,
            answers,
        })
    }

    /// Says what is to be done.
    pub(super) fn say(&mut self, step: &Value) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("there is no input")?;
        let written = input.write_all(format!("{step}\n").as_bytes());
        written
            .and_then(|()| input.flush())
            .map_err(|error| format!("the suite has ended: {error}"))
    }

    /// Waits for the answer.
    pub(super) async fn answer(&mut self) -> Result<Value, String> {
        let line = tokio::time::timeout(STUCK, self.answers.recv()).await;
        let line = line.map_err(|_| "the suite gives no answer")?;
        let line = line.ok_or("the suite has ended without an answer")?;
        serde_json::from_str(&line).map_err(|error| format!("{line:?}: {error}"))
    }

    /// Ends it by the end of its input.
    pub(super) fn end(mut self) -> Result<(), String> {
        drop(self.input.take());
        let status = self.child.wait().map_err(|error| error.to_string())?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("the suite ended with {status}")),
        }
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        // Both fail once it has ended, which is as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
