//! A Unix socket.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use crate::listen::place::ListenError;

/// A socket that goes away with the server.
#[derive(Debug)]
pub(crate) struct OwnSocket {
    pub(crate) listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

impl OwnSocket {
    /// Listens at a path. A socket that a dead server of this user has left there makes way.
    pub(crate) fn bind(path: PathBuf) -> Result<Self, ListenError> {
        check_directory(&path)?;
        make_way(&path)?;
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660))?;
        let inode = std::fs::symlink_metadata(&path)?.ino();
        Ok(Self {
            listener,
            path,
            inode,
        })
    }
}

impl Drop for OwnSocket {
    fn drop(&mut self) {
        let there = std::fs::symlink_metadata(&self.path);
        if there.is_ok_and(|there| there.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn check_directory(path: &Path) -> Result<(), ListenError> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let metadata = std::fs::metadata(parent.unwrap_or_else(|| Path::new(".")))?;
    let is_own = metadata.uid() == 0 || is_own(&metadata);
    match is_own && metadata.mode() & 0o027 == 0 {
        true => Ok(()),
        false => Err(ListenError::OpenDirectory {
            path: path.to_owned(),
        }),
    }
}

fn make_way(path: &Path) -> Result<(), ListenError> {
    let there = match std::fs::symlink_metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let is_dead = || {
        let connected = std::os::unix::net::UnixStream::connect(path);
        connected.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if there.file_type().is_socket() && is_own(&there) && is_dead() {
        std::fs::remove_file(path)?;
        return Ok(());
    }
    Err(ListenError::Taken {
        path: path.to_owned(),
    })
}

fn is_own(metadata: &std::fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}
