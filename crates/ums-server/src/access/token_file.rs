//! The file of tokens: read anew whenever it has changed, so that a revoked token ends at once.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use ums_durable::journal::CallerText;

use crate::access::grant::{Grant, NewGrant};
use crate::access::token::{ServerToken, ShownToken};

/// The most that a file of tokens may hold.
const MOST: u64 = 1 << 20;

/// A file in which tokens are kept: hashes of them, and what they grant.
///
/// Only its owner may read and write it, and nobody else may write to its directory; it is refused
/// otherwise.
///
/// ```
/// use ums_server::{NewGrant, Role, TokenFile};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("tokens.json");
/// let file = TokenFile::new(path);
/// let token = file.add(NewGrant::new("till 3", [Role::Submit, Role::Read]), chrono::DateTime::UNIX_EPOCH)?;
/// assert!(token.reveal().starts_with("ums_"));
/// assert_eq!(file.grants()?[0].name, "till 3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    read: Mutex<Option<(Seen, Arc<Vec<Grant>>)>>,
}

/// By what a file is told from what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    file: (u64, u64),
    length: u64,
    changed: Option<std::time::SystemTime>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: u32,
    tokens: Vec<Grant>,
}

/// A file of tokens that cannot be used, or a token that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// It cannot be read or written.
    #[error("the file of tokens, {}, cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than its owner can read or change it, or what lies in its directory.
    #[error("the file of tokens, {}, lies open: {problem}", path.display())]
    LiesOpen {
        /// The file.
        path: PathBuf,
        /// How.
        problem: &'static str,
    },
    /// It holds something else than tokens.
    #[error("the file of tokens, {}, cannot be read as one", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The name of a new token is none.
    #[error(
        "a token needs a name of 1 to {} characters, none of them a control character",
        CallerText::MAX_LENGTH
    )]
    Name,
    /// Another token has this name.
    #[error("there is a token of this name already")]
    NameTaken,
    /// A new token that grants nothing.
    #[error("a token needs a role")]
    NoRole,
    /// No token has this name or id.
    #[error("no token has this name or id")]
    NoSuchToken,
}

impl TokenFile {
    /// The file at this path, whether or not it is there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            read: Mutex::new(None),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it grants. Nothing when there is no file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, lies open to others, or holds something else.
    pub fn grants(&self) -> Result<Arc<Vec<Grant>>, TokenFileError> {
        let metadata = match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(self.io(error)),
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = Seen::of(&metadata);
        if let Some((known, grants)) = &*read
            && *known == seen
        {
            return Ok(Arc::clone(grants));
        }
        // What cannot be read grants nothing, not what it granted before.
        *read = None;
        let (seen, grants) = self.load()?;
        let grants = Arc::new(grants);
        *read = Some((seen, Arc::clone(&grants)));
        Ok(grants)
    }

    /// Makes a token. It is shown once: the file has only a hash of it.
    ///
    /// # Errors
    ///
    /// Returns an error if its name is none or taken, if it has no role, or if the file cannot be
    /// written.
    pub fn add(&self, new: NewGrant, now: DateTime<Utc>) -> Result<ServerToken, TokenFileError> {
        if CallerText::new(new.name.as_str()).is_err() {
            return Err(TokenFileError::Name);
        }
        if new.roles.is_empty() {
            return Err(TokenFileError::NoRole);
        }
        let _lock = self.lock()?;
        let mut grants = self.now()?;
        if grants.iter().any(|grant| grant.name == new.name) {
            return Err(TokenFileError::NameTaken);
        }
        let token = ServerToken::draw().map_err(|error| self.io(error))?;
        let Some(shown) = token.shown() else {
            return Err(self.io(io::ErrorKind::InvalidData.into()));
        };
        let named = |names: std::collections::BTreeSet<String>| match names.is_empty() {
            true => None,
            false => Some(names),
        };
        grants.push(Grant {
            id: shown.id,
            name: new.name,
            roles: new.roles,
            operations: named(new.operations),
            profiles: named(new.profiles),
            most_fen: new.most_fen,
            made: now,
            expires: new.expires,
            sha256: base16ct::lower::encode_string(&shown.hash),
        });
        self.write(grants)?;
        Ok(token)
    }

    /// Takes a token back, by its name or its id. Whoever shows it is refused from then on.
    ///
    /// # Errors
    ///
    /// Returns an error if there is none, or if the file cannot be written.
    pub fn revoke(&self, name_or_id: &str) -> Result<(), TokenFileError> {
        let _lock = self.lock()?;
        let mut grants = self.now()?;
        let before = grants.len();
        grants.retain(|grant| grant.name != name_or_id && grant.id != name_or_id);
        if grants.len() == before {
            return Err(TokenFileError::NoSuchToken);
        }
        self.write(grants)
    }

    /// What is granted to whoever shows this. `None` when it is no token of this file, or has
    /// ended.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be used.
    pub(crate) fn granted_to(
        &self,
        shown: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Grant>, TokenFileError> {
        let Some(shown) = ShownToken::read(shown) else {
            return Ok(None);
        };
        let grants = self.grants()?;
        let found = grants.iter().find(|grant| grant.id == shown.id);
        let Some(grant) = found.filter(|grant| !grant.is_over(now)) else {
            return Ok(None);
        };
        let hash = base16ct::lower::encode_string(&shown.hash);
        let is_equal: bool = hash.as_bytes().ct_eq(grant.sha256.as_bytes()).into();
        Ok(is_equal.then(|| grant.clone()))
    }

    fn now(&self) -> Result<Vec<Grant>, TokenFileError> {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(self.grants()?.to_vec())
    }

    fn load(&self) -> Result<(Seen, Vec<Grant>), TokenFileError> {
        self.check_directory()?;
        let mut options = OpenOptions::new();
        options.read(true);
        not_through_a_link(&mut options);
        let mut file = options.open(&self.path).map_err(|error| self.io(error))?;
        let metadata = file.metadata().map_err(|error| self.io(error))?;
        self.check_file(&metadata)?;
        let mut text = String::new();
        let mut part = (&mut file).take(MOST);
        part.read_to_string(&mut text)
            .map_err(|error| self.io(error))?;
        let contents: Contents =
            serde_json::from_str(&text).map_err(|_| TokenFileError::Malformed {
                path: self.path.clone(),
            })?;
        if contents.version != 1 {
            return Err(TokenFileError::Malformed {
                path: self.path.clone(),
            });
        }
        Ok((Seen::of(&metadata), contents.tokens))
    }

    /// Written aside and put in its place, so that whoever reads has the whole of one of the two.
    fn write(&self, tokens: Vec<Grant>) -> Result<(), TokenFileError> {
        let io = |error| self.io(error);
        let contents = Contents { version: 1, tokens };
        let text = serde_json::to_string_pretty(&contents).map_err(|error| io(error.into()))?;
        let mut name = [0; 8];
        getrandom::getrandom(&mut name).map_err(|error| io(error.into()))?;
        let mut aside = self.path.clone().into_os_string();
        aside.push(format!(".{}", base16ct::lower::encode_string(&name)));
        let aside = PathBuf::from(aside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        not_through_a_link(&mut options);
        let written = options.open(&aside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&aside, &self.path)
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&aside);
        }
        written.map_err(io)?;
        if let Ok(directory) = File::open(self.directory()) {
            directory.sync_all().map_err(io)?;
        }
        Ok(())
    }

    /// One process at a time adds or revokes.
    fn lock(&self) -> Result<File, TokenFileError> {
        let directory = self.directory();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&directory).map_err(|error| self.io(error))?;
        self.check_directory()?;
        let file = File::open(&directory).map_err(|error| self.io(error))?;
        #[cfg(unix)]
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)
            .map_err(|error| self.io(error.into()))?;
        Ok(file)
    }

    fn directory(&self) -> PathBuf {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    fn check_directory(&self) -> Result<(), TokenFileError> {
        let directory = self.directory();
        let metadata = std::fs::metadata(directory).map_err(|error| self.io(error))?;
        if is_foreign(&metadata) {
            return Err(self.open("another user owns its directory"));
        }
        if mode(&metadata) & 0o022 != 0 {
            return Err(self.open("others can write to its directory"));
        }
        Ok(())
    }

    fn check_file(&self, metadata: &Metadata) -> Result<(), TokenFileError> {
        if !metadata.is_file() {
            return Err(self.open("it is no regular file"));
        }
        if is_foreign(metadata) {
            return Err(self.open("another user owns it"));
        }
        if mode(metadata) & 0o077 != 0 {
            return Err(self.open("others can read or write it: chmod 600"));
        }
        Ok(())
    }

    fn open(&self, problem: &'static str) -> TokenFileError {
        TokenFileError::LiesOpen {
            path: self.path.clone(),
            problem,
        }
    }

    fn io(&self, source: io::Error) -> TokenFileError {
        TokenFileError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: identity(metadata),
            length: metadata.len(),
            changed: metadata.modified().ok(),
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.mode()
}

/// Whether somebody else than this user or root owns it.
#[cfg(unix)]
fn is_foreign(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = metadata.uid();
    owner != 0 && owner != rustix::process::geteuid().as_raw()
}

/// Opened only if it is no symbolic link, and made for its owner alone.
#[cfg(unix)]
fn not_through_a_link(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    options.mode(0o600).custom_flags(flags);
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
fn is_foreign(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn not_through_a_link(_: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::Role;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_grants_until_it_is_revoked_or_over() {
        let directory = tempfile::tempdir().unwrap();
        let file = TokenFile::new(directory.path().join("own").join("tokens.json"));
        let now = at("2026-01-01T00:00:00Z");
        assert!(file.grants().unwrap().is_empty());

        let new = NewGrant::new("till 1", [Role::Submit]).most_fen(100);
        let first = file.add(new, now).unwrap();
        let new = NewGrant::new("till 2", [Role::Read]).expires(at("2026-01-02T00:00:00Z"));
        let second = file.add(new, now).unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        for token in [&first, &second] {
            assert!(!text.contains(token.reveal()) && !text.contains(&token.reveal()[20..60]));
        }
        let name = |token: &ServerToken, now| {
            let granted = file.granted_to(token.reveal(), now).unwrap();
            granted.map(|grant| grant.name)
        };
        assert_eq!(name(&first, now).as_deref(), Some("till 1"));
        assert_eq!(name(&second, now).as_deref(), Some("till 2"));
        assert_eq!(name(&second, at("2026-01-02T00:00:00Z")), None);

        // Another handle, as another process is one.
        TokenFile::new(file.path()).revoke("till 1").unwrap();
        assert_eq!(name(&first, now), None);
        assert!(matches!(
            file.revoke("till 1"),
            Err(TokenFileError::NoSuchToken)
        ));
        let again = NewGrant::new("till 2", [Role::Read]);
        assert!(matches!(
            file.add(again, now),
            Err(TokenFileError::NameTaken)
        ));
        let none = NewGrant::new("nobody", []);
        assert!(matches!(file.add(none, now), Err(TokenFileError::NoRole)));
        let none = NewGrant::new("a\nb", [Role::Read]);
        assert!(matches!(file.add(none, now), Err(TokenFileError::Name)));
        let left: Vec<_> = std::fs::read_dir(file.path().parent().unwrap())
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    /// The id is public: with another secret it is nobody's.
    #[test]
    fn the_id_alone_grants_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let file = TokenFile::new(directory.path().join("tokens.json"));
        let now = at("2026-01-01T00:00:00Z");
        let token = file.add(NewGrant::new("till", [Role::Read]), now).unwrap();
        let other = ServerToken::draw().unwrap();
        let id = token.shown().unwrap().id;
        let text = std::fs::read_to_string(file.path()).unwrap();
        let swapped = text.replace(&id, &other.shown().unwrap().id);
        std::fs::write(file.path(), swapped).unwrap();
        assert_eq!(file.grants().unwrap().len(), 1);
        assert!(file.granted_to(other.reveal(), now).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_lies_open_grants_nothing() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.json");
        let file = TokenFile::new(&path);
        let now = at("2026-01-01T00:00:00Z");
        let token = file.add(NewGrant::new("till", [Role::Read]), now).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(file.granted_to(token.reveal(), now).unwrap().is_some());

        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let fresh = || TokenFile::new(&path);
        set(&path, 0o640);
        assert!(matches!(
            fresh().granted_to(token.reveal(), now),
            Err(TokenFileError::LiesOpen { .. })
        ));
        set(&path, 0o600);
        set(directory.path(), 0o777);
        assert!(fresh().grants().is_err());
        assert!(fresh().revoke("till").is_err());
        set(directory.path(), 0o700);
        assert!(fresh().grants().is_ok());

        let link = directory.path().join("link.json");
        symlink(&path, &link).unwrap();
        assert!(TokenFile::new(&link).grants().is_err());
    }
}
