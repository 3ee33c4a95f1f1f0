//! Where a journal is, and how it is reached.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use ums_journal::StoreClock;
use zeroize::Zeroizing;

use crate::open::tls::{InvalidRoots, Roots};

/// Where a journal is, and how it is reached.
#[derive(Clone)]
pub struct PostgresOptions {
    pub(crate) config: Config,
    pub(crate) schema: String,
    pub(crate) is_made: bool,
    pub(crate) roots: Roots,
    pub(crate) password: Option<Zeroizing<String>>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) patience: Duration,
    pub(crate) readers: usize,
    pub(crate) needs_standby: bool,
    pub(crate) is_other_system: bool,
    pub(crate) clock: Option<Arc<dyn StoreClock>>,
}

impl PostgresOptions {
    /// The journal in the database of this URL, `postgres://user@host:port/database`, in the schema
    /// `ums_journal`. It is made when there is none.
    ///
    /// The URL has no password: that is given by [`with_password`](Self::with_password) or
    /// [`with_password_file`](Self::with_password_file), and no environment is read. Of several
    /// hosts, the one is taken that can be written.
    ///
    /// Everything but a Unix socket and this machine itself is spoken to in TLS, with the server's
    /// certificate and name verified: `sslmode` can say `require` of this machine too, and nothing
    /// else.
    ///
    /// # Errors
    ///
    /// Returns an error if it is no such URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        let options = Self::parse(url)?;
        match options.password {
            Some(_) => Err(InvalidUrl::Password),
            None => Ok(options),
        }
    }

    /// The same of a URL that nobody else sees, because it comes from the environment or from a
    /// file of one's own: it may have the password.
    ///
    /// # Errors
    ///
    /// Returns an error if it is no such URL.
    pub fn from_secret_url(url: &str) -> Result<Self, InvalidUrl> {
        Self::parse(url)
    }

    fn parse(url: &str) -> Result<Self, InvalidUrl> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(InvalidUrl::NoUrl);
        }
        // What verifies is not the mode but the connector, which knows no other way.
        let url = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        // The parser's own words could show a part of it.
        let mut config: Config = url.parse().map_err(|_| InvalidUrl::NoUrl)?;
        let password = config
            .get_password()
            .map(|word| Zeroizing::new(String::from_utf8_lossy(word).into_owned()));
        if config.get_hosts().is_empty() {
            return Err(InvalidUrl::NoHost);
        }
        if config.get_user().is_none() {
            return Err(InvalidUrl::NoUser);
        }
        let names_mode = url.contains("sslmode=");
        let is_here = is_this_machine(&config);
        match config.get_ssl_mode() {
            SslMode::Require => {}
            _ if is_here => {
                config.ssl_mode(SslMode::Disable);
            }
            SslMode::Prefer if !names_mode => {
                config.ssl_mode(SslMode::Require);
            }
            _ => return Err(InvalidUrl::Plain),
        }
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("ums-journal");
        }
        Ok(Self {
            config,
            schema: "ums_journal".to_owned(),
            is_made: true,
            roots: Roots::default(),
            password,
            password_file: None,
            patience: Duration::from_secs(5),
            readers: 2,
            needs_standby: false,
            is_other_system: false,
            clock: None,
        })
    }

    /// Another schema of the database: a lower-case letter or underscore, then such letters, digits
    /// and underscores, at most 63.
    ///
    /// # Errors
    ///
    /// Returns an error if it has another character.
    pub fn with_schema(self, schema: impl Into<String>) -> Result<Self, InvalidUrl> {
        let schema = schema.into();
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let is_name = schema.bytes().next().is_some_and(is_letter)
            && schema.len() <= 63
            && schema
                .bytes()
                .all(|byte| is_letter(byte) || byte.is_ascii_digit());
        if is_name && !schema.starts_with("pg_") {
            Ok(Self { schema, ..self })
        } else {
            Err(InvalidUrl::Schema)
        }
    }

    /// The user's password. It is never shown.
    #[must_use]
    pub fn with_password(self, password: impl Into<String>) -> Self {
        Self {
            password: Some(Zeroizing::new(password.into())),
            ..self
        }
    }

    /// The file to look for the password in, in the form of `.pgpass`; nobody else may read it.
    #[must_use]
    pub fn with_password_file(self, path: impl Into<PathBuf>) -> Self {
        Self {
            password_file: Some(path.into()),
            ..self
        }
    }

    /// Only these authorities are trusted, a PEM text, and not the operating system's.
    ///
    /// # Errors
    ///
    /// Returns an error if it holds no certificate of an authority.
    pub fn with_roots(self, pem: &[u8]) -> Result<Self, InvalidRoots> {
        Ok(Self {
            roots: Roots::of_pem(pem)?,
            ..self
        })
    }

    /// Only a journal that is there already is opened: an empty one in its place is another one.
    #[must_use]
    pub fn must_exist(self) -> Self {
        Self {
            is_made: false,
            ..self
        }
    }

    /// How long a caller waits for a server that cannot be reached, and for each answer of one that
    /// can: 5 seconds unless said otherwise. What is not written down by then is not sent.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How many connections read: 2 unless said otherwise, never less than 1.
    #[must_use]
    pub fn with_readers(self, readers: usize) -> Self {
        Self {
            readers: readers.max(1),
            ..self
        }
    }

    /// What is written down must be on a standby too: a server that waits for none is refused.
    #[must_use]
    pub fn with_standby(self) -> Self {
        Self {
            needs_standby: true,
            ..self
        }
    }

    /// A person's word that the journal goes on here: it was moved to this server, put back from a
    /// backup, or this server was a standby. Facts that were written last may be missing.
    #[must_use]
    pub fn with_other_system_accepted(self) -> Self {
        Self {
            is_other_system: true,
            ..self
        }
    }

    /// Another clock than the server's: for tests, never for money.
    #[must_use]
    pub fn with_clock_for_tests(self, clock: Arc<dyn StoreClock>) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("hosts", &self.config.get_hosts())
            .field("database", &self.config.get_dbname())
            .field("user", &self.config.get_user())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// Whether nothing that is said leaves this machine.
fn is_this_machine(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// A URL or a name that leads to no journal. It shows nothing of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// It is no URL of the form that is wanted.
    #[error("this is no URL of the form postgres://user@host:port/database")]
    NoUrl,
    /// It has a password.
    #[error("a URL is seen by others: give the password by itself or in a password file")]
    Password,
    /// It has no host.
    #[error("the URL names no host")]
    NoHost,
    /// It has no user.
    #[error("the URL names no user")]
    NoUser,
    /// It asks for a connection without TLS to another machine.
    #[error("only a server of this machine is spoken to without TLS")]
    Plain,
    /// The name of the schema has a character that it must not have.
    #[error("a schema is named by lower-case letters, digits and underscores")]
    Schema,
}
