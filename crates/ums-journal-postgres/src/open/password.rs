//! Where a password is found: never on a command line, never in a URL.

use std::fs;
use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::Host;
use zeroize::Zeroizing;

use crate::open::error::OpenError;
use crate::open::options::PostgresOptions;

/// The configuration with the password, if there is one: given, in `PGPASSWORD`, or in a file.
pub(crate) fn with_password(options: &PostgresOptions) -> Result<Config, OpenError> {
    let mut config = options.config.clone();
    if let Some(password) = find(options)? {
        config.password(password.as_bytes());
    }
    Ok(config)
}

fn find(options: &PostgresOptions) -> Result<Option<Zeroizing<String>>, OpenError> {
    if let Some(password) = &options.password {
        return Ok(Some(password.clone()));
    }
    if options.password_file.is_none()
        && let Ok(password) = std::env::var("PGPASSWORD")
    {
        return Ok(Some(Zeroizing::new(password)));
    }
    let named = options
        .password_file
        .clone()
        .or_else(|| std::env::var_os("PGPASSFILE").map(PathBuf::from));
    if let Some(path) = named {
        return in_file(&path, &options.config);
    }
    let Some(home) = std::env::var_os("HOME") else {
        return Ok(None);
    };
    let path = Path::new(&home).join(".pgpass");
    if path.is_file() {
        in_file(&path, &options.config)
    } else {
        Ok(None)
    }
}

fn in_file(path: &Path, config: &Config) -> Result<Option<Zeroizing<String>>, OpenError> {
    let refused = |why: String| OpenError::PasswordFile {
        path: path.to_owned(),
        why,
    };
    let metadata = fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if is_open_to_others(&metadata) {
        return Err(refused("others may read it: its mode must be 0600".into()));
    }
    let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let text = Zeroizing::new(text);
    Ok(text.lines().find_map(|line| of_line(line, config)))
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// The password of a line `host:port:database:user:password`, if the line is about this server. A
/// backslash takes the meaning from a colon.
fn of_line(line: &str, config: &Config) -> Option<Zeroizing<String>> {
    if line.starts_with('#') {
        return None;
    }
    let mut parts = vec![Zeroizing::new(String::new())];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let next = match character {
            '\\' => characters.next()?,
            ':' if parts.len() < 5 => {
                parts.push(Zeroizing::new(String::new()));
                continue;
            }
            other => other,
        };
        parts.last_mut()?.push(next);
    }
    let [host, port, database, user, password] = <[Zeroizing<String>; 5]>::try_from(parts).ok()?;
    let is = |pattern: &str, value: &str| pattern == "*" || pattern == value;
    let user_name = config.get_user().unwrap_or_default();
    let ports = config.get_ports();
    let mut hosts = config.get_hosts().iter().enumerate();
    let is_host = hosts.any(|(index, known)| {
        let name = match known {
            Host::Tcp(name) => name.as_str(),
            #[cfg(unix)]
            Host::Unix(_) => "localhost",
        };
        let known_port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        is(&host, name) && is(&port, &known_port.to_string())
    });
    (is_host && is(&database, config.get_dbname().unwrap_or(user_name)) && is(&user, user_name))
        .then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        "postgres://shop@db.example:5433/money".parse().unwrap()
    }

    #[test]
    fn a_line_about_this_server_has_its_password() {
        for (line, expected) in [
            ("db.example:5433:money:shop:made-up", Some("made-up")),
            ("*:*:*:*:a\\:b\\\\c", Some("a:b\\c")),
            ("*:*:*:*:a:b", Some("a:b")),
            ("db.example:5432:money:shop:made-up", None),
            ("other.example:*:*:*:made-up", None),
            ("*:*:*:other:made-up", None),
            ("# db.example:5433:money:shop:made-up", None),
            ("db.example:5433:money", None),
        ] {
            let found = of_line(line, &config());
            assert_eq!(
                found.as_ref().map(|found| found.as_str()),
                expected,
                "{line}"
            );
        }
    }
}
