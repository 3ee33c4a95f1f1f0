//! Where the journal of calls is, and the times that its calls go by.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ums_durable::Settings as Times;

use crate::config::destination::seconds;
use crate::config::settings::{Given, Level, Settings, home};
use crate::failure::{Failure, FailureKind};
use crate::input::resolving::{day_ends, late_window};
use crate::language::Message;

/// Where a journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JournalPlace {
    /// A SQLite file. `true`: it is where it is unless somebody says otherwise.
    Sqlite(PathBuf, bool),
    /// A PostgreSQL database.
    Postgres(String),
}

impl JournalPlace {
    /// Where it is set to be. `None` when none is to be kept.
    ///
    /// # Errors
    ///
    /// What is set is no place of a journal, or there is nowhere to put one.
    pub(crate) fn of(settings: &Settings<'_>) -> Result<Option<Self>, Failure> {
        match settings.text("journal") {
            Some(given) => of_url(settings, &given),
            None => Ok(Some(Self::Sqlite(usual()?, true))),
        }
    }
}

fn of_url(settings: &Settings<'_>, given: &Given<String>) -> Result<Option<JournalPlace>, Failure> {
    let refuse = |english: &'static str, chinese: &'static str| {
        let failure = Failure::text(given.origin.blame(), (english, chinese));
        Err(failure.about(&given.origin))
    };
    let url = given.value.trim();
    if url == "none" {
        return Ok(None);
    }
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return refuse(
                "sqlite: needs the path of a file, as in sqlite:/var/lib/ums/journal.sqlite3",
                "\"sqlite:\" 之后应为文件路径，例如 \"sqlite:/var/lib/ums/journal.sqlite3\"",
            );
        }
        if path.starts_with(":memory:") || path.starts_with("file:") || path.contains('?') {
            return refuse(
                "sqlite: takes the path of a file alone, with no options, and no journal is kept in \
                 memory, as nothing of it would outlive the process",
                "\"sqlite:\" 之后只能是文件路径，不能带参数；流水不能保存在内存中，否则进程结束即丢失",
            );
        }
        let path = settings.placed(&given.origin, path);
        return Ok(Some(JournalPlace::Sqlite(path, false)));
    }
    if ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        if given.origin.level() == Level::Flag && has_password(url) {
            return refuse(
                "a password does not belong on the command line, where all on this machine can \
                 see it; set it in PGPASSWORD, in UMS_JOURNAL or in a profile",
                "密码不能写在命令行上，本机所有用户都能看到；请写入 PGPASSWORD、UMS_JOURNAL \
                 或配置档案",
            );
        }
        return Ok(Some(JournalPlace::Postgres(url.to_owned())));
    }
    refuse(
        "must be sqlite:PATH, postgres://… or none",
        "应为 \"sqlite:PATH\"、\"postgres://…\" 或 \"none\"",
    )
}

/// Whether a URL of a database has a password in it.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = authority.split('/').next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    let names_it = |part: &str| {
        let name = part.split('=').next().unwrap_or_default();
        // A name that is written in other characters may be that of the password.
        let is_hidden = name.contains('%');
        is_hidden || ["password", "sslpassword"].contains(&name.to_ascii_lowercase().as_str())
    };
    user.contains(':') || query.split('&').any(names_it)
}

/// `$XDG_STATE_HOME/ums/journal.sqlite3`, or `~/.local/state/ums/journal.sqlite3`. A relative
/// `XDG_STATE_HOME` is to be ignored (XDG base directory specification).
fn usual() -> Result<PathBuf, Failure> {
    Ok(state_directory()?.join(FILE))
}

/// `$XDG_STATE_HOME/ums`, or `~/.local/state/ums`.
///
/// # Errors
///
/// Neither is known.
pub(crate) fn state_directory() -> Result<PathBuf, Failure> {
    let base = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(home()?.join(".local").join("state")));
    let Some(base) = base else {
        return Err(Failure::text(
            FailureKind::Journal,
            (
                "there is no place for the journal and its witness: neither XDG_STATE_HOME nor \
                 HOME is set",
                "找不到交易流水及其佐证文件的位置：XDG_STATE_HOME 与 HOME 均未设置",
            ),
        ));
    };
    Ok(base.join("ums"))
}

const FILE: &str = "journal.sqlite3";

/// The times that are set.
///
/// # Errors
///
/// One of them is no number of seconds above zero, or no time of day.
pub(crate) fn times(settings: &Settings<'_>) -> Result<Times, Failure> {
    let time = |id| -> Result<Option<Duration>, Failure> {
        let given = settings.text(id);
        given
            .map(|given| given.read(|text| seconds(&text)))
            .transpose()
    };
    let mut times = Times::new();
    if let Some(lease) = time("lease")? {
        times = times.lease(lease);
    }
    if let Some(window) = time("send_window")? {
        times = times.send_window(window);
    }
    if let Some(window) = late_window(settings)? {
        times = times.late_window(window);
    }
    if let Some(at) = day_ends(settings)? {
        times = times.day_ends(at);
    }
    if let Some(pace) = time("resolve_pace")? {
        times = times.pace(pace, LONGEST_PAUSE.max(pace));
    }
    Ok(times)
}

const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Makes the directory of the usual journal, for its owner alone.
///
/// # Errors
///
/// It cannot be made.
pub(crate) fn make_directory(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(directory) => make_private(directory),
        None => Ok(()),
    }
}

/// Makes a directory for its owner alone, and those above it.
///
/// # Errors
///
/// It cannot be made.
pub(crate) fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// What a person calls it.
pub(crate) fn shown(place: &JournalPlace) -> Message {
    match place {
        JournalPlace::Sqlite(path, _) => {
            Message::name(crate::print::visible::visible(&path.display().to_string()))
        }
        // A URL may have a password in it.
        JournalPlace::Postgres(_) => Message::name("postgres://…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_wherever_it_stands() {
        for (url, has) in [
            ("postgres://host/db", false),
            ("postgres://user@host/db", false),
            ("postgres://user:word@host/db", true),
            ("postgres://user:@host", true),
            ("postgres://host:5432/a:b@c", false),
            ("postgres://host/db?password=word", true),
            ("postgres://host/db?sslmode=require&PASSWORD=word", true),
            ("postgresql://host?user=password", false),
            ("postgres://u@host/db?passw%6Frd=word", true),
        ] {
            assert_eq!(has_password(url), has, "{url}");
        }
    }
}
