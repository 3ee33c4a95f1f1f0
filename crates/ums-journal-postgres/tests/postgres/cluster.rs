//! PostgreSQL clusters of the tests.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ums_journal_postgres::{PostgresOptions, PostgresStore};

pub(crate) const PORT: u16 = 54_329;

/// A cluster that nobody else has. It ends, and its files go, when this is dropped, and also when
/// the process of the test is killed.
pub(crate) struct Cluster {
    directory: PathBuf,
    tools: &'static Tools,
    guard: Option<Child>,
}

struct Tools {
    programs: PathBuf,
    /// Whom the server runs as, when the tests run as root, whom it refuses.
    user: Option<String>,
}

impl Cluster {
    /// A running cluster, or `None` and words on standard error where there is no PostgreSQL.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        let cluster = Self::new()?;
        let made = cluster.run(
            "initdb",
            &[
                "--no-locale",
                "--no-sync",
                "-E",
                "UTF8",
                "-U",
                "shop",
                "-A",
                "trust",
                "-D",
                &cluster.path("data"),
            ],
        );
        assert!(made.status.success(), "{made:?}");
        cluster.set(settings);
        cluster.up();
        Some(cluster)
    }

    /// A standby of this cluster, which runs.
    pub(crate) fn standby(&self) -> Self {
        let standby = Self::new().unwrap();
        let (socket, port) = (self.socket(), PORT.to_string());
        let data = standby.path("data");
        let arguments = ["-h", &socket, "-p", &port, "-U", "shop", "-D", &data, "-R"];
        let copied = standby.run(
            "pg_basebackup",
            &[&arguments[..], &["-c", "fast", "--no-sync"]].concat(),
        );
        assert!(copied.status.success(), "{copied:?}");
        standby.set(&format!("unix_socket_directories = '{}'", standby.socket()));
        standby.up();
        standby
    }

    fn new() -> Option<Self> {
        static TOOLS: OnceLock<Result<Tools, String>> = OnceLock::new();
        let tools = match TOOLS.get_or_init(Tools::find) {
            Ok(tools) => tools,
            Err(why) => {
                skipped(why);
                return None;
            }
        };
        // In memory where that is: a process that is killed loses nothing there either, and a test
        // waits for no disk.
        let place = Path::new("/dev/shm");
        let place = if place.is_dir() {
            place.to_owned()
        } else {
            std::env::temp_dir()
        };
        let name = format!("ums-{:016x}", fastrand::u64(..));
        let directory = place.join(name);
        let made = tools.run("mkdir", &["-m", "700", directory.to_str().unwrap()]);
        assert!(made.status.success(), "{made:?}");
        // It reads until this process has ended, however it ends.
        let line = "read line; \"$0/pg_ctl\" -D \"$1/data\" -m immediate stop; rm -rf \"$1\"";
        let guard = tools
            .command("sh")
            .args(["-c", line])
            .arg(&tools.programs)
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self {
            directory,
            tools,
            guard: Some(guard),
        })
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    /// Where its socket is.
    pub(crate) fn socket(&self) -> String {
        self.directory.to_str().unwrap().to_owned()
    }

    fn run<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Output {
        let program = self.tools.programs.join(program);
        self.tools.run(program.to_str().unwrap(), arguments)
    }

    /// Adds settings, which count from the next start on.
    pub(crate) fn set(&self, settings: &str) {
        let settings = format!(
            "port = {PORT}\nlisten_addresses = ''\nmax_connections = 300\n\
             unix_socket_directories = '{}'\nmax_wal_size = '4GB'\n{settings}\n",
            self.socket()
        );
        self.write("data/postgresql.conf", &settings);
    }

    /// Adds to a file, as the user that the server runs as.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let line = "cat >> \"$0\"; chmod 600 \"$0\"";
        let mut writer = self
            .tools
            .command("sh")
            .args(["-c", line, &self.path(name)])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = writer.stdin.take().unwrap();
        pipe.write_all(text.as_bytes()).unwrap();
        drop(pipe);
        assert!(writer.wait().unwrap().success());
    }

    /// A program beside the server, as the same user.
    pub(crate) fn start_program(&self, program: &str, arguments: &[&str]) -> Child {
        let mut command = self.tools.command(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    pub(crate) fn up(&self) {
        let (data, log) = (self.path("data"), self.path("log"));
        let arguments = ["-D", &data, "-l", &log, "-w", "-s", "start"];
        let started = self.run("pg_ctl", &arguments);
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(started.status.success(), "{started:?} {log}");
    }

    pub(crate) fn down(&self, mode: &str) {
        let data = self.path("data");
        let stopped = self.run("pg_ctl", &["-D", &data, "-w", "-m", mode, "stop"]);
        assert!(stopped.status.success(), "{stopped:?}");
    }

    /// Makes a standby the primary.
    pub(crate) fn promote(&self) {
        let data = self.path("data");
        let promoted = self.run("pg_ctl", &["-D", &data, "-w", "promote"]);
        assert!(promoted.status.success(), "{promoted:?}");
    }

    /// Carries words out as the owner of the database.
    pub(crate) fn sql(&self, words: &str) -> String {
        let (socket, port) = (self.socket(), PORT.to_string());
        let said = self.run(
            "psql",
            &[
                "-X",
                "-At",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                &socket,
                "-p",
                &port,
                "-U",
                "shop",
                "-d",
                "postgres",
                "-c",
                words,
            ],
        );
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn url(&self) -> String {
        let socket = self.socket().replace('/', "%2F");
        format!("postgres://shop@{socket}:{PORT}/postgres")
    }

    /// The journal in a schema of this cluster.
    pub(crate) fn options(&self, schema: &str) -> PostgresOptions {
        options_of(&self.url(), schema)
    }

    pub(crate) async fn open(&self, schema: &str) -> PostgresStore {
        PostgresStore::open(&self.options(schema)).await.unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}

impl Tools {
    fn find() -> Result<Self, String> {
        let named = std::env::var_os("UMS_TEST_POSTGRES").map(PathBuf::from);
        let of_debian = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten();
        let mut of_debian: Vec<_> = of_debian
            .flatten()
            .map(|version| version.path().join("bin"))
            .collect();
        of_debian.sort();
        let in_path = std::env::var_os("PATH").unwrap_or_default();
        let in_path: Vec<_> = std::env::split_paths(&in_path).collect();
        let mut places = named
            .into_iter()
            .chain(of_debian.into_iter().rev())
            .chain(in_path);
        let programs = places
            .find(|place| place.join("initdb").is_file() && place.join("pg_ctl").is_file())
            .ok_or("there is no PostgreSQL here (initdb, pg_ctl)")?;
        if !rustix::process::geteuid().is_root() {
            return Ok(Self {
                programs,
                user: None,
            });
        }
        let is_user = |name: &&str| {
            let known = Command::new("id").arg(name).output();
            known.is_ok_and(|known| known.status.success())
        };
        let user = ["postgres", "nobody"].into_iter().find(is_user);
        let user = user.ok_or("PostgreSQL does not run as root, and there is no other user")?;
        Ok(Self {
            programs,
            user: Some(user.to_owned()),
        })
    }

    /// A command as the user that the server runs as.
    fn command(&self, program: &str) -> Command {
        let mut command = match &self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", user, "--clear-groups", "--"]);
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir("/").env("LC_ALL", "C");
        command
    }

    fn run<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Output {
        let mut command = self.command(program);
        // A server that goes on in the background would hold the pipes.
        let is_start = arguments
            .iter()
            .any(|argument| argument.as_ref() == "start");
        if is_start {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        command
            .stdin(Stdio::null())
            .args(arguments)
            .output()
            .unwrap()
    }
}

pub(crate) fn options_of(url: &str, schema: &str) -> PostgresOptions {
    let options = PostgresOptions::from_url(url).unwrap();
    options.with_schema(schema).unwrap()
}

/// The cluster that most tests share, each in schemas of its own.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start("")).as_ref()
}

/// A schema that no test has had.
pub(crate) fn fresh_schema() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("journal_{}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// Says that a test tries nothing, past what captures the output of those that pass.
pub(crate) fn skipped(why: &str) {
    let line = format!("SKIPPED: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}
