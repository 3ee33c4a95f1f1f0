//! A PostgreSQL cluster for the cases of one campaign.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use nix::unistd::geteuid;

use crate::history::in_words;

/// Only the name of a socket: the cluster listens to no network.
const PORT: u16 = 54_328;

/// A cluster that runs. It ends, and its files go, when this is dropped, and also when this process
/// is killed.
pub(crate) struct Cluster {
    directory: PathBuf,
    guard: Option<Child>,
}

/// Where the programs are, and whom they run as: PostgreSQL does not run as root.
struct Tools {
    programs: PathBuf,
    user: Option<&'static str>,
}

impl Cluster {
    pub(crate) fn start() -> Result<Self, String> {
        let tools = Tools::find()?;
        // In memory where that is: a process that is killed loses nothing there either.
        let memory = Path::new("/dev/shm");
        let place = match memory.is_dir() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        };
        let directory = place.join(format!("ums-kills-{}", std::process::id()));
        let name = directory.display().to_string();
        tools.run("mkdir".as_ref(), &["-m", "700", &name])?;
        // It reads until this process has ended, however it ends.
        let line = "read line; \"$0/pg_ctl\" -D \"$1/data\" -m immediate stop; rm -rf \"$1\"";
        let guard = tools
            .command("sh".as_ref())
            .args(["-c", line])
            .args([&tools.programs, &directory])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(in_words)?;
        let cluster = Self {
            directory,
            guard: Some(guard),
        };
        let data = format!("{name}/data");
        let made = ["--no-locale", "--no-sync", "-E", "UTF8", "-U", "shop"];
        let of = ["-A", "trust", "-D", &data];
        tools.run(&tools.programs.join("initdb"), &[&made[..], &of].concat())?;
        let settings = format!(
            "port = {PORT}\nlisten_addresses = ''\nmax_connections = 500\n\
             unix_socket_directories = '{name}'\n"
        );
        tools.append(&format!("{data}/postgresql.conf"), &settings)?;
        let log = format!("{name}/log");
        let start = ["-D", &data, "-l", &log, "-w", "-s", "start"];
        tools.run(&tools.programs.join("pg_ctl"), &start)?;
        Ok(cluster)
    }

    pub(crate) fn url(&self) -> String {
        let socket = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://shop@{socket}:{PORT}/postgres")
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
        let of_debian = std::fs::read_dir("/usr/lib/postgresql");
        let of_debian = of_debian.into_iter().flatten().flatten();
        let mut of_debian: Vec<_> = of_debian.map(|found| found.path().join("bin")).collect();
        of_debian.sort();
        let in_path = std::env::var_os("PATH").unwrap_or_default();
        let mut places = named
            .into_iter()
            .chain(of_debian.into_iter().rev())
            .chain(std::env::split_paths(&in_path));
        let programs = places
            .find(|place| place.join("initdb").is_file() && place.join("pg_ctl").is_file())
            .ok_or("there is no PostgreSQL here (initdb, pg_ctl)")?;
        if !geteuid().is_root() {
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
            user: Some(user),
        })
    }

    /// A command as the user that the server runs as.
    fn command(&self, program: &Path) -> Command {
        let mut command = match self.user {
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

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(program);
        command.stdin(Stdio::null()).args(arguments);
        // A server that goes on in the background would hold the pipes.
        if arguments.contains(&"start") {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let status = status.map_err(in_words)?;
            return match status.success() {
                true => Ok(()),
                false => Err(format!("PostgreSQL does not start: {status}")),
            };
        }
        let Output { status, stderr, .. } = command.output().map_err(in_words)?;
        match status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&stderr).into_owned()),
        }
    }

    /// Adds to a file, as the user that the server runs as.
    fn append(&self, file: &str, text: &str) -> Result<(), String> {
        let mut writer = self
            .command("sh".as_ref())
            .args(["-c", "cat >> \"$0\"", file])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(in_words)?;
        if let Some(mut pipe) = writer.stdin.take() {
            pipe.write_all(text.as_bytes()).map_err(in_words)?;
        }
        match writer.wait().map_err(in_words)?.success() {
            true => Ok(()),
            false => Err(format!("{file} cannot be written")),
        }
    }
}
