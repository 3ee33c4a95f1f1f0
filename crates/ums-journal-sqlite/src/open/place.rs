//! The directory and the file of a journal, before SQLite sees them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::open::error::OpenError;
use crate::open::options::SqliteOptions;

/// A file that is there, that nobody else may read, on a file system that keeps what it is told as
/// far as can be seen. Answers its whole path.
pub(crate) fn prepare(options: &SqliteOptions) -> Result<PathBuf, OpenError> {
    let path = &options.path;
    let no_name = || OpenError::NoFileName { path: path.clone() };
    let name = path.file_name().ok_or_else(no_name)?;
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut directory = fs::canonicalize(directory).map_err(unreachable(directory))?;
    check_directory(&directory, options)?;
    let mut path = directory.join(name);
    if path.is_symlink()
        && let Ok(target) = fs::canonicalize(&path)
        && let Some(parent) = target.parent()
    {
        // SQLite keeps its log beside the file that is meant.
        directory = parent.to_owned();
        check_directory(&directory, options)?;
        path = target;
    }
    if options.is_made {
        make(&path)?;
    }
    check_file(&path)?;
    // A file whose name is not on the disk is lost with the next power cut, whatever is in it.
    let sync = File::open(&directory).and_then(|directory| directory.sync_all());
    sync.map_err(|_| OpenError::NotDurable {
        path: directory,
        what: "its directory cannot be synced",
    })?;
    Ok(path)
}

fn check_directory(directory: &Path, options: &SqliteOptions) -> Result<(), OpenError> {
    let path = directory.to_owned();
    let metadata = fs::metadata(directory).map_err(unreachable(directory))?;
    // Who may write into a directory of other users may remove their files, unless it is sticky.
    let is_for_all = |directory: &&Path| {
        let mode = directory.metadata().map(|it| it.permissions().mode());
        mode.is_ok_and(|mode| mode & 0o022 != 0 && mode & 0o1000 == 0)
    };
    if let Some(above) = directory.ancestors().find(is_for_all) {
        let path = above.to_owned();
        return Err(OpenError::DirectoryOfOthers { path });
    }
    if metadata.permissions().mode() & 0o002 != 0 {
        return Err(OpenError::DirectoryOfOthers { path });
    }
    let found = rustix::fs::statfs(directory).map_err(|error| OpenError::Unreachable {
        path: path.clone(),
        source: error.into(),
    })?;
    // The field is signed on some machines; the numbers fit 32 bits.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::unnecessary_cast,
        reason = "a magic number of 32 bits, whatever type the machine gives it"
    )]
    let magic = found.f_type as u32;
    if let Some(file_system) = name_in(NETWORK, magic) {
        return Err(OpenError::NetworkFileSystem { path, file_system });
    }
    match name_in(MEMORY, magic) {
        Some(file_system) if !options.may_be_in_memory => {
            Err(OpenError::MemoryFileSystem { path, file_system })
        }
        _ => Ok(()),
    }
}

fn make(path: &Path) -> Result<(), OpenError> {
    let made = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unwritable(path)(error)),
    }
}

fn check_file(path: &Path) -> Result<(), OpenError> {
    let owned = || path.to_owned();
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::Missing { path: owned() });
        }
        metadata => metadata.map_err(unreachable(path))?,
    };
    if !metadata.is_file() {
        return Err(OpenError::Foreign { path: owned() });
    }
    // Each name has a log of its own, and what is in one is missing under the other.
    if metadata.nlink() > 1 {
        return Err(OpenError::SeveralNames { path: owned() });
    }
    let mode = metadata.permissions().mode();
    if mode & 0o200 == 0 {
        return Err(OpenError::ReadOnly { path: owned() });
    }
    if mode & 0o077 != 0 {
        return Err(OpenError::FileOfOthers { path: owned() });
    }
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.map(drop).map_err(unwritable(path))
}

fn unreachable(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Unreachable {
        path: path.clone(),
        source,
    }
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| {
        let path = path.clone();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                OpenError::ReadOnly { path }
            }
            io::ErrorKind::StorageFull => OpenError::Full { path },
            _ => OpenError::Unreachable { path, source },
        }
    }
}

fn name_in(table: &[(u32, &'static str)], magic: u32) -> Option<&'static str> {
    let found = table.iter().find(|(number, _)| *number == magic);
    found.map(|(_, name)| *name)
}

/// File systems that several machines may have, by `statfs(2)`. Of FUSE nobody can tell.
const NETWORK: &[(u32, &str)] = &[
    (0x6969, "nfs"),
    (0x517b, "smb"),
    (0xfe53_4d42, "smb2"),
    (0xff53_4d42, "cifs"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "fuse"),
    (0x00c3_6400, "ceph"),
    (0x0bd0_0bd0, "lustre"),
    (0x4750_4653, "gpfs"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "kafs"),
    (0x7375_7245, "coda"),
    (0x564c, "ncp"),
    (0x7461_636f, "ocfs2"),
    (0x0116_1970, "gfs2"),
    (0x1983_0326, "beegfs"),
];

/// File systems of which nothing outlives the machine's next start.
const MEMORY: &[(u32, &str)] = &[(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs")];

#[cfg(test)]
mod tests {
    use super::*;

    fn options(path: impl Into<PathBuf>) -> SqliteOptions {
        SqliteOptions::new(path).in_memory_for_tests()
    }

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_new_file_is_nobody_elses() {
        let directory = directory();
        let path = prepare(&options(directory.path().join("j"))).unwrap();
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_or_directory_of_others_is_refused() {
        let directory = directory();
        let options = options(directory.path().join("j"));
        let path = prepare(&options).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            prepare(&options),
            Err(OpenError::FileOfOthers { .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(matches!(prepare(&options), Err(OpenError::ReadOnly { .. })));
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let found = prepare(&options);
        assert!(matches!(found, Err(OpenError::DirectoryOfOthers { .. })));
    }

    #[test]
    fn who_may_write_above_the_directory_may_put_another_one_there() {
        let outer = directory();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let options = options(inner.join("j"));
        prepare(&options).unwrap();
        for (mode, is_refused) in [
            (0o777, true),
            (0o770, true),
            (0o1777, false),
            (0o755, false),
        ] {
            fs::set_permissions(outer.path(), fs::Permissions::from_mode(mode)).unwrap();
            let found = prepare(&options);
            let refused = matches!(&found, Err(OpenError::DirectoryOfOthers { path })
                if *path == outer.path().canonicalize().unwrap());
            assert_eq!(refused, is_refused, "{mode:o}: {found:?}");
        }
    }

    #[test]
    fn a_file_has_one_name_and_a_link_leads_to_it() {
        let directory = directory();
        let options_of = |name: &str| options(directory.path().join(name));
        let path = prepare(&options_of("j")).unwrap();
        std::os::unix::fs::symlink(&path, directory.path().join("link")).unwrap();
        assert_eq!(prepare(&options_of("link")).unwrap(), path);
        fs::hard_link(&path, directory.path().join("hard")).unwrap();
        for name in ["j", "hard", "link"] {
            let found = prepare(&options_of(name));
            assert!(
                matches!(found, Err(OpenError::SeveralNames { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_file_or_not_there_is_refused() {
        let directory = directory();
        fs::create_dir(directory.path().join("inner")).unwrap();
        let found = prepare(&options(directory.path().join("inner")));
        assert!(matches!(found, Err(OpenError::Foreign { .. })), "{found:?}");
        let missing = options(directory.path().join("j")).must_exist();
        assert!(matches!(prepare(&missing), Err(OpenError::Missing { .. })));
        let nowhere = options(directory.path().join("none/j"));
        let found = prepare(&nowhere);
        assert!(matches!(found, Err(OpenError::Unreachable { .. })));
        let found = prepare(&options("/"));
        assert!(matches!(found, Err(OpenError::NoFileName { .. })));
    }

    #[test]
    fn memory_is_no_place_for_money() {
        let Ok(directory) = tempfile::tempdir_in("/dev/shm") else {
            return;
        };
        let options = SqliteOptions::new(directory.path().join("j"));
        let found = prepare(&options);
        assert!(matches!(found, Err(OpenError::MemoryFileSystem { .. })));
        assert!(prepare(&options.in_memory_for_tests()).is_ok());
    }

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        assert_eq!(name_in(NETWORK, 0x6969), Some("nfs"));
        assert_eq!(name_in(NETWORK, 0xff53_4d42), Some("cifs"));
        assert_eq!(name_in(NETWORK, 0xef53), None);
        assert_eq!(name_in(MEMORY, 0xef53), None);
    }
}
