//! Runs `ums` in an environment of its own, and checks what every run must keep to.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use ums_client::OutcomeRecord;

use crate::chinese::refused_in_chinese;
use crate::schema;

/// No run may print this.
pub(crate) const KEY: &str = "MARKER7f3a9c5e1b2d4f6a8c0e9d7b5KEY";
pub(crate) const APP_ID: &str = "10037e6f6823b20801682b6a5e5a0006";
/// The command that finds out by query what became of an operation, which is also the flag that
/// does so at once.
pub(crate) const RESOLVE: &str = "resolve";
pub(crate) const ORDER: &str = "20230718110248029165883554";

/// A home directory with a key file, and commands that see no other.
pub(crate) struct Home {
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        home.write("app.key", &format!("{KEY}\n"));
        home
    }

    /// The same where a journal may be: a directory for temporary files may be in memory, which is
    /// no place for money.
    pub(crate) fn on_disk() -> Self {
        let home = Self {
            dir: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
        };
        home.write("app.key", &format!("{KEY}\n"));
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file that only its owner can use.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    pub(crate) fn write_config(&self, content: &str) -> PathBuf {
        self.write(".config/ums/config.toml", content)
    }

    /// `ums` with these arguments, no variable but `HOME` and one that has it keep no journal, and
    /// no terminal.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = with_default_signals(env!("CARGO_BIN_EXE_ums"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.dir.path())
            .env("UMS_JOURNAL", "none")
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// `ums void` of [`ORDER`] with all it needs but a destination.
    pub(crate) fn void<S: AsRef<OsStr>>(&self, more: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(VOID);
        command.args(more).env("UMS_APP_ID", APP_ID);
        command.env("UMS_APP_KEY_FILE", self.path("app.key"));
        command
    }

    /// Any command with credentials, merchant and terminal.
    pub(crate) fn operation<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = self.command(arguments);
        command
            .env("UMS_APP_ID", APP_ID)
            .env("UMS_APP_KEY_FILE", self.path("app.key"))
            .env("UMS_MERCHANT_CODE", "103290070111417")
            .env("UMS_TERMINAL_CODE", "12340511");
        command
    }

    /// The text with this directory's path taken out.
    pub(crate) fn scrub(&self, text: &str) -> String {
        text.replace(self.dir.path().to_str().unwrap(), "~")
    }
}

const VOID: [&str; 7] = [
    "void",
    "--merchant-code",
    "103290070111417",
    "--terminal-code",
    "12340511",
    "--original-order-id",
    ORDER,
];

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !all.contains("MARKER") && !all.contains(&KEY[6..20]),
            "{all}"
        );
        assert!(!all.contains("panicked"), "{all}");
        ran.stdout.lines().for_each(is_a_record_if_it_is_one);
        ran
    }

    /// The one object on the one line of stdout.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        assert!(self.stdout.ends_with('\n'), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// Each record that is printed is one that a library reads, and as its schema says.
fn is_a_record_if_it_is_one(line: &str) {
    let Ok(value) = serde_json::from_str::<Value>(line) else {
        return;
    };
    // What came from a file without a version passes through as it came.
    if value.get("outcome").is_none() || value.get("version").is_none() {
        return;
    }
    assert_eq!(schema::faults(&value), [""; 0], "{line}");
    let record: OutcomeRecord = serde_json::from_str(line).unwrap();
    let again = serde_json::to_string(&record).unwrap();
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again, value, "{line}");
}

/// Runs to the end. What is refused before anything is sent is asked for in Chinese as well.
pub(crate) fn run(command: &mut Command) -> Ran {
    let ran = run_once(command);
    if is_refused_in_english(command, &ran) {
        refused_in_chinese(command, b"", &ran);
    }
    ran
}

fn is_refused_in_english(command: &Command, ran: &Ran) -> bool {
    const LANGUAGE: [&str; 3] = ["LANG", "LC_ALL", "LC_MESSAGES"];
    let says_language = command
        .get_args()
        .any(|argument| argument.to_string_lossy().starts_with("--lang"))
        || command
            .get_envs()
            .any(|(name, _)| LANGUAGE.iter().any(|known| name == *known));
    [2, 6].contains(&ran.code) && !says_language && !ran.stderr.is_empty()
}

/// Runs to the end, in the language that it asks for alone: for one of many runs of which another
/// one is asked for in Chinese as well.
pub(crate) fn run_once(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// Runs to the end with this on stdin, as [`run`] does.
pub(crate) fn run_with(command: &mut Command, stdin: &[u8]) -> Ran {
    let ran = run_once_with(command, stdin);
    if is_refused_in_english(command, &ran) {
        refused_in_chinese(command, stdin, &ran);
    }
    ran
}

/// Runs to the end with this on stdin.
pub(crate) fn run_once_with(command: &mut Command, stdin: &[u8]) -> Ran {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that refuses its arguments does not wait for it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    Ran::of(child.wait_with_output().unwrap())
}

/// The text with what differs from run to run in a command taken out.
pub(crate) fn without_times(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    for at in 1..words.len() {
        if ["--base-url", "--signed-at", "--deadline"].contains(&words[at - 1]) {
            let end = words[at].find(['\n', '"']).unwrap_or(words[at].len());
            words[at] = match end == words[at].len() {
                true => "_",
                false => words[at].split_at(end).1,
            };
        }
    }
    words.join(" ")
}

/// The path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A program that ignores no signal, though the tests themselves may have been started so that some
/// are: in the background of a script, or by `nohup`. What is ignored at the start stays ignored,
/// and there is no safe way to undo that in this process.
pub(crate) fn with_default_signals(program: &str) -> Command {
    if !signals_are_ignored() {
        return Command::new(program);
    }
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=HUP,INT,QUIT,TERM", program]);
    command
}

/// Whether any of the signals that end a process is ignored by this one.
pub(crate) fn signals_are_ignored() -> bool {
    // HUP, INT, QUIT and TERM are signals 1, 2, 3 and 15.
    const ENDING: u64 = 1 | 1 << 1 | 1 << 2 | 1 << 14;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & ENDING != 0)
}
