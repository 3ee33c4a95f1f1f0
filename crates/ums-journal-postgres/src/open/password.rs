//! Where a password is found: never on a command line, never in a URL.

use std::fs;
use std::path::Path;

use tokio_postgres::Config;
use tokio_postgres::config::Host;
use zeroize::Zeroizing;

use crate::open::error::PostgresOpenError;
use crate::open::options::PostgresOptions;

/// The configuration with the password, if there is one: given, or in a file.
pub(crate) fn with_password(options: &PostgresOptions) -> Result<Config, PostgresOpenError> {
    let mut config = options.config.clone();
    let password = match (&options.password, &options.password_file) {
        (Some(password), _) => Some(password.clone()),
        (None, Some(path)) => in_file(path, &options.config)?,
        (None, None) => None,
    };
    if let Some(password) = password {
        config.password(password.as_bytes());
    }
    Ok(config)
}

fn in_file(path: &Path, config: &Config) -> Result<Option<Zeroizing<String>>, PostgresOpenError> {
    let refused = |why: String| PostgresOpenError::PasswordFile {
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
